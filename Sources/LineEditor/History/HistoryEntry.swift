/// One entry of the history: what was typed, which can be several lines, and when.
public struct HistoryEntry: Hashable, Sendable {
  /// The lines, separated by newlines.
  public var text: String
  /// Seconds since 1970 in UTC; 0 when the file does not say.
  public var time: Int

  /// Makes an entry.
  public init(text: String, time: Int) {
    self.text = text
    self.time = time
  }

  /// Whether an entry belongs in the history: not when it is blank, begins with a space (the way to
  /// keep something out of the history), or repeats the one before.
  public static func isWorthKeeping(_ text: String, after last: String?) -> Bool {
    text.first != " " && text != last && !text.allSatisfy(\.isWhitespace)
  }
}
