import CReadline

/// Finds what a line can be completed to.
public typealias Completer = (CompletionRequest) -> Completion

/// What a person has typed when Tab is pressed.
public struct CompletionRequest: Hashable, Sendable {
  /// The whole line.
  public var line: String
  /// Where the cursor is, in bytes of UTF-8 from the beginning of the line.
  public var cursor: Int

  /// Makes a request; a cursor outside the line or inside a character is moved back into place.
  public init(line: String, cursor: Int) {
    self.line = line
    let bytes = line.utf8
    var index = bytes.index(line.startIndex, offsetBy: min(max(cursor, 0), bytes.count))
    while index.samePosition(in: line.unicodeScalars) == nil {
      index = bytes.index(before: index)
    }
    self.cursor = bytes.distance(from: line.startIndex, to: index)
  }

  /// The line up to the cursor.
  public var typed: Substring {
    line[..<line.utf8.index(line.startIndex, offsetBy: cursor)]
  }
}

/// One way to complete a word.
public struct Candidate: Hashable, Sendable {
  /// The whole word.
  public var text: String
  /// What follows the word when it is the only candidate, such as `(` or `.`; listed with it too.
  public var suffix: String

  /// Makes a candidate.
  public init(_ text: String, suffix: String = "") {
    self.text = text
    self.suffix = suffix
  }
}

/// What a completer found.
public struct Completion: Hashable, Sendable {
  /// Where the word begins that the candidates replace, in bytes of UTF-8 from the beginning of the
  /// line; it ends at the cursor.
  public var start: Int
  /// The candidates in any order.
  ///
  /// One that does not begin with what is typed is ignored.
  public var candidates: [Candidate]
  /// A line, such as a signature, that the second Tab shows under the line.
  public var hint: String?

  /// Makes a result.
  public init(start: Int, candidates: [Candidate], hint: String? = nil) {
    self.start = start
    self.candidates = candidates
    self.hint = hint
  }

  /// Nothing to offer.
  public static let none = Completion(start: 0, candidates: [])

  /// What readline may be given for the request.
  ///
  /// Candidates continue what is typed and can stand in a line, and the hint is one line without
  /// control characters. A completer is free to hand over names that a script made, so both are
  /// checked here.
  public func sanitized(for request: CompletionRequest) -> Completion {
    let line = request.line.utf8
    let first = line.index(line.startIndex, offsetBy: min(max(start, 0), request.cursor))
    guard let begin = first.samePosition(in: request.line.unicodeScalars) else { return .none }
    let word = request.typed[begin...].utf8
    var result = self
    result.start = line.distance(from: line.startIndex, to: begin)
    result.candidates = candidates.filter {
      $0.text.utf8.starts(with: word) && !Self.hasControl($0.text) && !Self.hasControl($0.suffix)
    }
    result.hint = hint.map { String($0.unicodeScalars.map(Self.visible).joined()) }
    return result
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control
  }

  private static func hasControl(_ text: String) -> Bool {
    text.unicodeScalars.contains(where: isControl)
  }

  private static func visible(_ scalar: Unicode.Scalar) -> String {
    isControl(scalar) ? " " : String(scalar)
  }
}

/// Holds the completer where C can reach it.
final class CompletionHandler {
  var completer: Completer?

  /// What C calls.
  ///
  /// A line that is not UTF-8 has no offsets that both sides agree on: no candidates.
  static let entry: creadline_completion_function = { context, line, length, point, sink in
    guard let context, let line, let sink else { return }
    let handler = Unmanaged<CompletionHandler>.fromOpaque(context).takeUnretainedValue()
    let bytes = UnsafeRawBufferPointer(start: line, count: length)
    guard let completer = handler.completer, let text = String(validating: bytes, as: UTF8.self)
    else { return }
    let request = CompletionRequest(line: text, cursor: point)
    let completion = completer(request).sanitized(for: request)
    creadline_sink_begin(sink, completion.start)
    for candidate in completion.candidates {
      creadline_sink_emit(sink, candidate.text, candidate.suffix)
    }
    if let hint = completion.hint {
      creadline_sink_hint(sink, hint)
    }
  }
}
