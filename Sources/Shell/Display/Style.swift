/// The colours of the shell, by meaning.
enum Style: String {
  case plain = "0"
  case keyword = "35"
  case number = "36"
  case string = "32"
  case special = "34"
  case comment = "2"
  case error = "31"
  case strong = "1"

  /// The text between the sequences that set and reset the colour.
  func paint(_ text: String) -> String {
    self == .plain ? text : "\u{1B}[\(rawValue)m\(text)\u{1B}[0m"
  }
}
