/// The colours of series, and of everything around them.
///
/// Each has one value for light and one for dark surroundings, chosen to keep apart for readers with
/// any kind of colour vision, and one of the sixteen colours that a terminal's own theme defines.
enum Palette {
  /// A colour for light and for dark surroundings, as six hexadecimal digits, and its terminal code.
  struct Color: Sendable {
    let light: String
    let dark: String
    /// The code that sets it as the colour of characters.
    let code: String
  }

  /// The colours of series, in the order they are used.
  static let series = [
    Color(light: "2a78d6", dark: "3987e5", code: "34"),
    Color(light: "eb6834", dark: "d95926", code: "31"),
    Color(light: "1baf7a", dark: "199e70", code: "36"),
    Color(light: "eda100", dark: "c98500", code: "33"),
    Color(light: "4a3aa7", dark: "9085e9", code: "35"),
    Color(light: "008300", dark: "008300", code: "32"),
    Color(light: "e87ba4", dark: "d55181", code: "95"),
    Color(light: "e34948", dark: "e66767", code: "91"),
  ]

  /// The colour of the n-th series; they come round again.
  static func series(_ number: Int) -> Color {
    series[((number % series.count) + series.count) % series.count]
  }

  /// The marks of series where there are neither colours nor braille.
  static let marks: [Character] = ["*", "o", "+", "x", "#", "@", "%", "&"]

  static let surface = Color(light: "fcfcfb", dark: "1a1a19", code: "")
  static let ink = Color(light: "1f1e1c", dark: "f2f1ec", code: "1")
  static let label = Color(light: "5f5d57", dark: "b4b2a9", code: "2")
  static let rule = Color(light: "e4e2dc", dark: "363532", code: "2")
  static let quiet = Color(light: "f1efe9", dark: "262524", code: "2")
  static let axis = Color(light: "a3a199", dark: "6f6d66", code: "2")
}
