/// One line of the preprocessor, taken apart.
struct Directive {
  /// Where the line starts.
  let origin: SourceText.Origin
  /// The first word after `#`.
  let word: String
  private let rest: [UInt8]

  init(_ text: SourceText, _ range: Range<Int>) {
    origin = text.origin(at: range.lowerBound)
    var line: [UInt8] = []
    var index = range.lowerBound + 1
    while index < range.upperBound {
      let byte = text.bytes[index]
      if byte == UInt8(ascii: "\\"), index + 1 < range.upperBound,
        text.bytes[index + 1] == UInt8(ascii: "\n")
      {
        index += 2
        line.append(UInt8(ascii: " "))
        continue
      }
      if byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { line.append(byte) }
      index += 1
    }
    let start = line.firstIndex { !Self.isBlank($0) } ?? line.count
    let end = Macro.endOfWord(line, from: start)
    word = String(latin1: line[start..<end])
    rest = Self.trimmed(line[end...])
  }

  /// The line number of a line marker, or `nil` for a directive.
  var markedLine: Int32? { word.isEmpty ? nil : Int32(word).flatMap { $0 >= 0 ? $0 : nil } }

  /// The text in quotes that follows the word.
  var quotedName: String? {
    guard rest.first == UInt8(ascii: "\""), rest.count >= 2,
      let end = rest[1...].firstIndex(of: UInt8(ascii: "\"")), end > 1
    else { return nil }
    return String(latin1: rest[1..<end])
  }

  /// The macro's name that follows the word.
  var name: String? {
    let end = Macro.endOfWord(rest, from: 0)
    guard end > 0, !Macro.isDigit(rest[0]) else { return nil }
    return String(latin1: rest[..<end])
  }

  /// The macro that a `#define` defines; `nil` where its parameters are malformed.
  var macro: Macro? {
    var index = Macro.endOfWord(rest, from: 0)
    guard index < rest.count, rest[index] == UInt8(ascii: "(") else {
      return Macro(parameters: nil, body: Self.trimmed(rest[index...]))
    }
    guard let close = rest[index...].firstIndex(of: UInt8(ascii: ")")) else { return nil }
    let list = rest[(index + 1)..<close]
    var parameters: [String] = []
    if !list.allSatisfy(Self.isBlank) {
      for part in list.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
        let word = Self.trimmed(part)
        guard let first = word.first, !Macro.isDigit(first), word.allSatisfy(Macro.isWordByte)
        else { return nil }
        parameters.append(String(latin1: word))
      }
    }
    index = close + 1
    return Macro(parameters: parameters, body: Self.trimmed(rest[index...]))
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    [0x20, 9, 11, 12, SourceText.paste].contains(byte)
  }

  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var slice = bytes
    while let first = slice.first, isBlank(first) { slice.removeFirst() }
    while let last = slice.last, isBlank(last) { slice.removeLast() }
    return Array(slice)
  }
}
