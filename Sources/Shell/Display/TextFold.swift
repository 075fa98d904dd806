import LineEditor

/// Text broken into lines at its spaces, for a screen of so many columns.
enum TextFold {
  /// In a narrower column than this, lines would be broken more often than read.
  static let narrowest = 16

  /// The lines of a text, none wider than the width unless the width is too small for anything; a word
  /// that is wider itself is cut.
  static func lines(_ text: String, width: Int) -> [String] {
    guard width >= narrowest, TextWidth.columns(text) > width else { return [text] }
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      let longer = line.isEmpty ? String(word) : line + " " + word
      if TextWidth.columns(longer) <= width {
        line = longer
        continue
      }
      if !line.isEmpty { lines.append(line) }
      var pieces = cut(word, width: width)
      line = pieces.popLast() ?? ""
      lines += pieces
    }
    return lines + [line]
  }

  /// The text with its later lines so many spaces to the right; as it is where no width is given.
  static func hanging(_ text: String, indent: Int, width: Int?) -> String {
    guard let width else { return text }
    let margin = "\n" + String(repeating: " ", count: indent)
    return lines(text, width: width - indent).joined(separator: margin)
  }

  private static func cut(_ word: Substring, width: Int) -> [String] {
    var pieces: [String] = []
    var piece = ""
    var columns = 0
    for character in word {
      let more = TextWidth.columns(String(character))
      if columns + more > width {
        pieces.append(piece)
        (piece, columns) = ("", 0)
      }
      piece.append(character)
      columns += more
    }
    return pieces + [piece]
  }
}
