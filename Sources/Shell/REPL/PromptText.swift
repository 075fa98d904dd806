import LineEditor

/// A prompt that a person made: its colours stay and take no room on the line, and nothing else in it
/// drives the terminal.
enum PromptText {
  private static let marks: Set<Unicode.Scalar> = ["\u{1}", "\u{2}"]

  /// The longest prompt, in bytes: readline takes minutes, in which no key is seen, over what is very
  /// long.
  private static let limit = 1000

  /// The text for the line editor, without its colours on a terminal that has none; `nil` where it is too
  /// long for a prompt.
  ///
  /// A text with the marks of readline in it is left as it is.
  static func shown(_ text: String, isDumb: Bool) -> String? {
    guard text.utf8.count <= limit else { return nil }
    if text.unicodeScalars.contains(where: marks.contains) { return text }
    var result = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "\u{1B}") {
      result += VisibleText.multiline(String(rest[..<start]))
      if let sequence = colour(rest[start...]) {
        if !isDumb { result += LineEditor.invisible(String(sequence)) }
        rest = rest[sequence.endIndex...]
      } else {
        result += VisibleText.line("\u{1B}")
        rest = rest[rest.index(after: start)...]
      }
    }
    return result + VisibleText.multiline(String(rest))
  }

  /// The sequence at the beginning of a text, if it is one that sets colours.
  private static func colour(_ text: Substring) -> Substring? {
    guard text.hasPrefix("\u{1B}["),
      let end = text.dropFirst(2).firstIndex(where: { !"0123456789;:".contains($0) }),
      text[end] == "m"
    else { return nil }
    return text[...end]
  }
}
