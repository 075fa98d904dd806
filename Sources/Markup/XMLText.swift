/// Text as XML 1.0 can hold it: in reports and drawings.
public enum XMLText {
  /// The text with markup written as entities.
  ///
  /// `replacement` says what stands for a character; where it says nothing the character stays, or
  /// becomes U+FFFD where XML cannot hold it at all.
  public static func escaped(
    _ text: String, replacing replacement: (Unicode.Scalar) -> String? = { _ in nil }
  ) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      default:
        if let text = replacement(scalar) {
          result += text
        } else {
          result.unicodeScalars.append(isAllowed(scalar) ? scalar : "\u{FFFD}")
        }
      }
    }
    return result
  }

  /// Whether XML 1.0 can hold a character as it is; a carriage return would be read as a new line.
  public static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\t" || scalar == "\n"
      || scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
  }
}
