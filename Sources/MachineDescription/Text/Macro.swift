/// A macro of the preprocessor: its parameters, and its body taken apart into text and parameters.
struct Macro {
  enum Part {
    case text([UInt8])
    case parameter(Int)
  }

  /// The names of the parameters; `nil` for a macro that is used without parentheses.
  let parameters: [String]?
  let body: [Part]

  /// Takes a body apart.
  ///
  /// Parameters count inside strings too, as in the traditional preprocessor; a
  /// comment separates words and then disappears.
  init(parameters: [String]?, body text: [UInt8]) {
    self.parameters = parameters
    let names = parameters ?? []
    var parts: [Part] = []
    var plain: [UInt8] = []
    var index = 0
    while index < text.count {
      let end = Self.endOfWord(text, from: index)
      if end > index {
        let word = text[index..<end]
        if !Self.isDigit(text[index]), let number = names.firstIndex(of: String(latin1: word)) {
          if !plain.isEmpty { parts.append(.text(plain)) }
          plain = []
          parts.append(.parameter(number))
        } else {
          plain += word
        }
        index = end
      } else {
        if text[index] != SourceText.paste { plain.append(text[index]) }
        index += 1
      }
    }
    if !plain.isEmpty { parts.append(.text(plain)) }
    body = parts
  }

  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Whether a byte can be part of a macro's name: those of C identifiers.
  static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "_"): true
    default: false
    }
  }

  /// The end of the C identifier or number that starts at an index; the index where none does.
  static func endOfWord(_ text: [UInt8], from start: Int) -> Int {
    var end = start
    while end < text.count, isWordByte(text[end]) { end += 1 }
    return end
  }

  /// The end of the string that starts at an index, its quote included.
  static func endOfString(_ text: [UInt8], from start: Int) -> Int {
    var end = start + 1
    while end < text.count {
      if text[end] == UInt8(ascii: "\\") {
        end += 2
        continue
      }
      end += 1
      if text[end - 1] == UInt8(ascii: "\"") { return end }
    }
    return text.count
  }
}
