/// One word of the text language.
enum Token: Hashable {
  /// A name: of a node type, a label or a property.
  case name(String)
  /// `node`, `proto`, `include`, `lookup`, `setprop` or `expr`.
  case keyword(String)
  /// A number; a negative one is its two's complement.
  case number(UInt64, isNegative: Bool)
  case string(String)
  /// `{ } ( ) [ ] , ; + - * & | ^ ~ = << ->`
  case punctuation(String)
  case end

  /// The token in words, for messages.
  var words: String {
    switch self {
    case .name(let name): "the name \(name)"
    case .keyword(let word): "the keyword \(word)"
    case .number(let value, _): "the number \(value)"
    case .string: "a string"
    case .punctuation(let mark): mark
    case .end: "the end of the text"
    }
  }
}

/// Takes preprocessed text apart into words.
///
/// Names start with a letter, `_`, `#`, `?` or `$` and go on with these, digits and `-`; so an arrow
/// needs a blank in front. Numbers are decimal without leading zeros, with a minus directly in front
/// or a K, M or G (binary) behind, or `0x` and digits of one case. Source: the lexer of Sun's
/// description compiler.
struct Lexer {
  private let text: SourceText
  private let position: (SourceText.Origin) -> SourcePosition
  private var index = 0

  init(_ preprocessor: Preprocessor) {
    text = preprocessor.output
    position = preprocessor.position
  }

  static let keywords: Set<String> = ["node", "proto", "include", "lookup", "setprop", "expr"]

  private func error(_ code: CompileError.Code, at place: Int, _ message: String) -> CompileError {
    CompileError(code: code, position: position(text.origin(at: place)), message: message)
  }

  private func peek(_ distance: Int = 0) -> UInt8? {
    index + distance < text.count ? text.bytes[index + distance] : nil
  }

  /// The next word and where it starts.
  mutating func next() throws(CompileError) -> (token: Token, position: SourcePosition) {
    while let byte = peek(), [0x20, 9, 10, 11, 12, 13].contains(byte) { index += 1 }
    let start = index
    let place = position(text.origin(at: start))
    guard let byte = peek() else { return (.end, place) }
    switch byte {
    case UInt8(ascii: "\""): return (.string(try string()), place)
    case _ where Self.startsName(byte): return (try name(), place)
    case _ where Macro.isDigit(byte): return (try number(isNegative: false), place)
    case UInt8(ascii: "-"):
      index += 1
      if peek() == UInt8(ascii: ">") {
        index += 1
        return (.punctuation("->"), place)
      }
      if let digit = peek(), Macro.isDigit(digit) { return (try number(isNegative: true), place) }
      return (.punctuation("-"), place)
    case UInt8(ascii: "<"):
      guard peek(1) == UInt8(ascii: "<") else {
        throw error(.character, at: start, "< alone has no meaning; << shifts to the left")
      }
      index += 2
      return (.punctuation("<<"), place)
    case _ where Self.marks.contains(byte):
      index += 1
      return (.punctuation(String(latin1: [byte])), place)
    default:
      throw error(
        .character, at: start,
        "the character \"\(String(latin1: [byte]))\" is not part of the language")
    }
  }

  private static let marks = Set("{}()[],;+*&|^~=".utf8)

  /// Whether a name can start with the byte.
  static func startsName(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x41...0x5a, 0x61...0x7a: true
    default:
      [UInt8(ascii: "_"), UInt8(ascii: "#"), UInt8(ascii: "?"), UInt8(ascii: "$")]
        .contains(byte)
    }
  }

  /// Whether a name can go on with the byte.
  static func continuesName(_ byte: UInt8) -> Bool {
    startsName(byte) || Macro.isDigit(byte) || byte == UInt8(ascii: "-")
  }

  private mutating func name() throws(CompileError) -> Token {
    let start = index
    while let byte = peek(), Self.continuesName(byte) { index += 1 }
    let name = String(latin1: text.bytes[start..<index])
    guard index - start <= MachineDescription.longestName else {
      throw error(
        .limit, at: start,
        "the name has \(index - start) characters; \(MachineDescription.longestName) are the most")
    }
    if name.hasSuffix("-"), peek() == UInt8(ascii: ">") {
      throw error(
        .syntax, at: start, "write a blank before ->; a name may contain -, so \(name) is one name")
    }
    return Self.keywords.contains(name) ? .keyword(name) : .name(name)
  }

  private mutating func number(isNegative: Bool) throws(CompileError) -> Token {
    let start = index
    while let byte = peek(), Self.continuesName(byte), byte != UInt8(ascii: "-") { index += 1 }
    let digits = Array(text.bytes[start..<index])
    func wrong(_ message: String) -> CompileError {
      error(.number, at: start, "\(String(latin1: digits)): \(message)")
    }
    if digits.starts(with: Array("0x".utf8)) {
      let hexadecimal = digits.dropFirst(2)
      let hasLower = hexadecimal.contains { (0x61...0x66).contains($0) }
      let hasUpper = hexadecimal.contains { (0x41...0x46).contains($0) }
      guard !isNegative else { throw wrong("a hexadecimal number has no sign") }
      guard !(hasLower && hasUpper) else {
        throw wrong("hexadecimal digits are all upper or all lower case")
      }
      guard let value = UInt64(String(latin1: hexadecimal), radix: 16) else {
        throw wrong("not a hexadecimal number of at most 64 bits")
      }
      return .number(value, isNegative: false)
    }
    var factor: UInt64 = 1
    var decimal = digits[...]
    switch digits.last {
    case UInt8(ascii: "K"), UInt8(ascii: "k"): factor = 1 << 10
    case UInt8(ascii: "M"), UInt8(ascii: "m"): factor = 1 << 20
    case UInt8(ascii: "G"), UInt8(ascii: "g"): factor = 1 << 30
    default: break
    }
    if factor != 1 { decimal = decimal.dropLast() }
    guard let value = UInt64(String(latin1: decimal)) else {
      throw wrong("not a decimal number of at most 64 bits, with K, M or G behind it if wanted")
    }
    guard decimal.first != UInt8(ascii: "0") || decimal.count == 1 else {
      throw wrong("a decimal number has no leading zero")
    }
    let (scaled, overflow) = value.multipliedReportingOverflow(by: factor)
    guard !overflow, !isNegative || scaled <= 1 << 63 else { throw wrong("more than 64 bits") }
    return .number(isNegative ? 0 &- scaled : scaled, isNegative: isNegative)
  }

  private mutating func string() throws(CompileError) -> String {
    let start = index
    index += 1
    var bytes: [UInt8] = []
    while let byte = peek(), byte != UInt8(ascii: "\n") {
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return String(latin1: bytes)
      case UInt8(ascii: "\\"): bytes.append(try escape())
      default: bytes.append(byte)
      }
    }
    throw error(.string, at: start, "the string is not closed by \" on its line")
  }

  private mutating func escape() throws(CompileError) -> UInt8 {
    guard let byte = peek(), byte != UInt8(ascii: "\n") else {
      throw error(.string, at: index, "a character must follow \\")
    }
    if (0x30...0x37).contains(byte) {
      var value = 0
      let start = index
      while let digit = peek(), (0x30...0x37).contains(digit), index < start + 3 {
        value = value << 3 | Int(digit & 7)
        index += 1
      }
      guard let character = UInt8(exactly: value) else {
        throw error(.string, at: start, "an octal escape is at most \\377")
      }
      return character
    }
    index += 1
    return switch byte {
    case UInt8(ascii: "n"): 10
    case UInt8(ascii: "t"): 9
    case UInt8(ascii: "r"): 13
    case UInt8(ascii: "b"): 8
    case UInt8(ascii: "f"): 12
    default: byte
    }
  }
}
