/// A typed command taken apart: `\name operand > file`.
struct CommandLineText {
  /// Where the text of a command goes.
  enum Destination: Equatable {
    case screen
    case file(String, append: Bool)
    case pipe(String)
  }

  var name: String
  var operand: String

  /// Takes a line apart that begins with a backslash.
  init(_ line: String) {
    let body = Trim.spaces(line.dropFirst())
    let isWord = body.first.map { $0.isLetter } ?? false
    let end =
      isWord
      ? body.firstIndex { !$0.isLetter && $0 != "_" } ?? body.endIndex
      : body.index(body.startIndex, offsetBy: min(1, body.count))
    name = String(body[..<end])
    operand = Trim.spaces(body[end...])
  }

  /// Takes `> file`, `>> file` or `| command` off the end, outside of quotes and brackets.
  mutating func takeDestination() throws(CommandError) -> Destination {
    var depth = 0
    var quote: Character?
    var before: Character = " "
    var index = operand.startIndex
    while index < operand.endIndex {
      let character = operand[index]
      if let open = quote {
        if character == open, before != "\\" { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if "([{".contains(character) {
        depth += 1
      } else if ")]}".contains(character) {
        depth -= 1
      } else if depth == 0, character == ">" || character == "|", before == " " {
        let isAppending = operand[index...].hasPrefix(">>")
        let rest = operand.index(index, offsetBy: isAppending ? 2 : 1)
        let target = Trim.spaces(operand[rest...])
        operand = Trim.spaces(operand[..<index])
        guard !target.isEmpty else { throw CommandError("nothing follows the '\(character)'") }
        return character == "|" ? .pipe(target) : .file(target, append: isAppending)
      }
      before = character
      index = operand.index(after: index)
    }
    return .screen
  }
}

/// White space at the ends of text.
enum Trim {
  /// Without white space at the end.
  static func end(_ text: some StringProtocol) -> String {
    var end = text.endIndex
    while end > text.startIndex, text[text.index(before: end)].isWhitespace {
      end = text.index(before: end)
    }
    return String(text[..<end])
  }

  /// Without white space at both ends.
  static func spaces(_ text: some StringProtocol) -> String {
    let start = text.firstIndex { !$0.isWhitespace } ?? text.endIndex
    var end = text.endIndex
    while end > start, text[text.index(before: end)].isWhitespace { end = text.index(before: end) }
    return String(text[start..<end])
  }
}
