import CLua

extension LuaState {
  /// What a prompt does with the lines typed so far.
  public enum Evaluation {
    /// The text is no whole chunk yet: ask for another line.
    case incomplete
    /// It ran, with these results.
    case results([LuaReference])
  }

  /// Evaluates what was typed: an expression, or else a chunk.
  ///
  /// The text is complete if `return` and the text, or the text itself, compiles. Otherwise it is
  /// incomplete if either message ends in `<eof>`, except that a short string left open is an
  /// error at once, unless its line ends in a backslash or `\z`.
  /// Errors: `LuaFailure`.
  public func evaluate(_ buffer: String, name: String = "=stdin") throws -> Evaluation {
    switch try reading(of: buffer, name: name) {
    case .expression: return .results(try run("return " + buffer, name: name))
    case .chunk: return .results(try run(buffer, name: name))
    case .incomplete: return .incomplete
    case .wrong(let message): throw LuaFailure(kind: .syntax, message: message)
    }
  }

  /// Whether ``evaluate(_:name:)`` would ask for another line.
  ///
  /// Errors: `LuaFailure` for lack of memory.
  public func isIncomplete(_ buffer: String, name: String = "=stdin") throws -> Bool {
    if case .incomplete = try reading(of: buffer, name: name) { return true }
    return false
  }

  /// What typed text is.
  private enum Reading {
    case expression
    case chunk
    case incomplete
    case wrong(String)
  }

  private func reading(of buffer: String, name: String) throws -> Reading {
    let expressionError = try syntaxError("return " + buffer, name: name)
    guard let expressionError else { return .expression }
    guard let chunkError = try syntaxError(buffer, name: name) else { return .chunk }
    let messages = [expressionError, chunkError]
    if messages.contains(where: { $0.hasSuffix("<eof>") }) {
      let isOpenString = messages.contains { $0.contains("unfinished string near <eof>") }
      let continues = buffer.hasSuffix("\\") || buffer.hasSuffix("\\z")
      if !isOpenString || continues { return .incomplete }
    }
    return .wrong(chunkError)
  }

  /// The message of the compiler about a chunk, or `nil` if it compiles.
  ///
  /// Errors: `LuaFailure` for lack of memory.
  public func syntaxError(_ source: String, name: String = "=stdin") throws -> String? {
    let pointer = try pointer()
    var outcome = clua_outcome()
    var source = source
    source.append("\0")
    source.withUTF8 { bytes in
      let start = UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self)
      clua_check(pointer, start, bytes.count - 1, name, &outcome)
    }
    do {
      try check(outcome)
      return nil
    } catch let failure as LuaFailure where failure.kind == .syntax {
      return failure.message
    }
  }
}
