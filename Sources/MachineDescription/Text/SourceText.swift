/// Bytes of source, each with the place it comes from.
struct SourceText {
  /// Where a byte comes from: the file by number, line and column.
  struct Origin: Hashable {
    var file: Int32
    var line: Int32
    var column: Int32
  }

  /// Stands where a comment was.
  ///
  /// It separates words until macros are expanded, then disappears, so
  /// that a comment pastes what it stands between.
  static let paste: UInt8 = 1

  private(set) var bytes: [UInt8] = []
  private(set) var origins: [Origin] = []

  var count: Int { bytes.count }
  var isEmpty: Bool { bytes.isEmpty }

  mutating func append(_ byte: UInt8, _ origin: Origin) {
    bytes.append(byte)
    origins.append(origin)
  }

  mutating func append(_ other: SourceText) {
    bytes += other.bytes
    origins += other.origins
  }

  mutating func append(_ other: SourceText, _ range: Range<Int>) {
    bytes += other.bytes[range]
    origins += other.origins[range]
  }

  mutating func removeAll() {
    bytes.removeAll()
    origins.removeAll()
  }

  subscript(range: Range<Int>) -> SourceText {
    var part = SourceText()
    part.append(self, range)
    return part
  }

  /// The origin of a byte; past the end, that of the last byte.
  func origin(at index: Int) -> Origin {
    if origins.indices.contains(index) { return origins[index] }
    guard var last = origins.last else { return Origin(file: 0, line: 1, column: 1) }
    last.column += 1
    return last
  }
}

/// Takes the comments out of a file and refuses characters and strings that cannot be.
struct CommentStripper {
  /// What is wrong with the file, and where.
  struct Problem: Error {
    let code: CompileError.Code
    let origin: SourceText.Origin
    let message: String
  }

  private let source: [UInt8]
  private var index = 0
  private var origin: SourceText.Origin
  private var text = SourceText()

  static func strip(_ source: [UInt8], file: Int) throws(Problem) -> SourceText {
    var stripper = CommentStripper(source, file: file)
    try stripper.run()
    return stripper.text
  }

  private init(_ source: [UInt8], file: Int) {
    self.source = source
    origin = SourceText.Origin(file: Int32(truncatingIfNeeded: file), line: 1, column: 1)
  }

  private func peek(_ distance: Int = 0) -> UInt8? {
    index + distance < source.count ? source[index + distance] : nil
  }

  private mutating func skip() {
    if source[index] == UInt8(ascii: "\n") {
      origin.line += 1
      origin.column = 1
    } else {
      origin.column += 1
    }
    index += 1
  }

  private mutating func keep() {
    text.append(source[index], origin)
    skip()
  }

  private mutating func run() throws(Problem) {
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "\""): try keepString()
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
        while let byte = peek(), byte != UInt8(ascii: "\n") { skip() }
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): try skipBlock()
      case 0..<9, 0xe..<0x20, 0x7f:
        throw Problem(
          code: .character, origin: origin,
          message: "the control character \(byte) is not part of the language")
      default: keep()
      }
    }
  }

  private mutating func skipBlock() throws(Problem) {
    let start = origin
    skip()
    skip()
    while let byte = peek() {
      if byte == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
        skip()
        skip()
        text.append(SourceText.paste, start)
        return
      }
      skip()
    }
    throw Problem(code: .syntax, origin: start, message: "the comment is not closed by */")
  }

  private mutating func keepString() throws(Problem) {
    let start = origin
    keep()
    while let byte = peek(), byte != UInt8(ascii: "\n") {
      if byte == UInt8(ascii: "\\"), let next = peek(1), next != UInt8(ascii: "\n") {
        keep()
        keep()
        continue
      }
      if byte < 9 {
        throw Problem(
          code: .character, origin: origin,
          message: "the control character \(byte) must be written as an escape, \\\(byte)")
      }
      keep()
      if byte == UInt8(ascii: "\"") { return }
    }
    throw Problem(
      code: .string, origin: start,
      message: "the string is not closed by \" on its line; write \\n for a line break")
  }
}
