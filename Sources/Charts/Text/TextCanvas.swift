/// What a drawing in characters may use: the columns, the characters and the colours of whoever
/// reads it.
public struct TextCanvas: Sendable {
  /// The width, in terminal columns.
  public var columns: Int
  /// Whether characters beyond ASCII can be shown.
  public var isUnicode: Bool
  /// Whether colours can be shown.
  public var isColored: Bool
  /// Measures text, in terminal columns.
  public var measure: @Sendable (String) -> Int

  /// The narrowest canvas that is drawn on, in columns.
  static let narrowest = 20
  /// The widest canvas that is drawn on, in columns.
  static let widest = 1000

  /// Describes a canvas; without a measure, every scalar counts as one column.
  public init(
    columns: Int = 80, isUnicode: Bool = false, isColored: Bool = false,
    measure: @escaping @Sendable (String) -> Int = { $0.unicodeScalars.count }
  ) {
    self.columns = min(max(columns, Self.narrowest), Self.widest)
    self.isUnicode = isUnicode
    self.isColored = isColored
    self.measure = measure
  }

  /// The same canvas with another width.
  public func resized(to columns: Int) -> TextCanvas {
    TextCanvas(columns: columns, isUnicode: isUnicode, isColored: isColored, measure: measure)
  }

  /// The text between the sequences that set and reset rendition codes, where colours are shown.
  func paint(_ text: String, _ codes: String) -> String {
    isColored && !text.isEmpty && !codes.isEmpty ? "\u{1B}[\(codes)m\(text)\u{1B}[0m" : text
  }

  /// The text with spaces in front, to so many columns.
  func right(_ text: String, in width: Int) -> String {
    String(repeating: " ", count: max(0, width - measure(text))) + text
  }

  /// The text with spaces behind it, to so many columns.
  func left(_ text: String, in width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - measure(text)))
  }

  /// The text, or as much of it as fits in so many columns.
  func clipped(_ text: String, to width: Int) -> String {
    guard measure(text) > width else { return text }
    let mark = isUnicode ? "…" : "~"
    var result = ""
    for character in text {
      if measure(result + String(character)) > width - 1 { break }
      result.append(character)
    }
    return result + mark
  }

  /// Items one after the other, in as many lines as the width needs; each comes with its plain text.
  func flow(_ items: [(plain: String, shown: String)], gap: Int = 2) -> [String] {
    var lines: [String] = []
    var used = 0
    for item in items {
      let width = measure(item.plain)
      if !lines.isEmpty, used + gap + width <= columns {
        lines[lines.count - 1] += String(repeating: " ", count: gap) + item.shown
        used += gap + width
      } else {
        lines.append(item.shown)
        used = width
      }
    }
    return lines
  }
}

extension String {
  /// The text without the spaces at its end.
  func trimmedEnd() -> String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
