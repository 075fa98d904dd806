/// Text that cannot drive a terminal: control characters are written as escapes.
enum VisibleText {
  /// For messages of several lines: newlines and tabs stay.
  static func multiline(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { needsEscape($0) && $0 != "\n" && $0 != "\t" })
    else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar == "\n" || scalar == "\t" || !needsEscape(scalar) {
        result.unicodeScalars.append(scalar)
      } else {
        result += escape(scalar)
      }
    }
    return result
  }

  /// For one line.
  static func line(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: needsEscape) else { return text }
    return text.unicodeScalars.map { needsEscape($0) ? escape($0) : String($0) }.joined()
  }

  /// A Lua string literal with these bytes; what is cut off is counted behind it.
  static func literal(_ bytes: [UInt8], limit: Int = 2000) -> String {
    let shown = bytes.count > limit ? Array(bytes.prefix(limit)) : bytes
    var result = "\""
    var rest = shown[...]
    while !rest.isEmpty {
      var decoder = UTF8()
      var iterator = rest.makeIterator()
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar):
        result += scalar == "\"" ? "\\\"" : scalar == "\\" ? "\\\\" : quoted(scalar)
        rest = rest.dropFirst(UTF8.width(scalar))
      case .error, .emptyInput:
        result += "\\x" + hex(UInt64(rest[rest.startIndex]), digits: 2)
        rest = rest.dropFirst()
      }
    }
    result += "\""
    return bytes.count > limit ? result + " … \(bytes.count - limit) more bytes" : result
  }

  private static func quoted(_ scalar: Unicode.Scalar) -> String {
    needsEscape(scalar) ? escape(scalar) : String(scalar)
  }

  private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20..<0x7F: false
    case 0..<0x20, 0x7F..<0xA0: true
    default:
      switch scalar.properties.generalCategory {
      case .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: true
      default: false
      }
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\t": "\\t"
    case "\r": "\\r"
    default:
      scalar.value < 0x80
        ? "\\x" + hex(UInt64(scalar.value), digits: 2)
        : "\\u{" + String(scalar.value, radix: 16) + "}"
    }
  }

  /// Lower-case hexadecimal with leading zeros.
  static func hex(_ value: UInt64, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }

  /// An address as everything shows it.
  static func address(_ value: UInt64) -> String { "0x" + hex(value, digits: 16) }
}

extension UTF8 {
  fileprivate static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0..<0x80: 1
    case 0..<0x800: 2
    case 0..<0x10000: 3
    default: 4
    }
  }
}
