/// Replaces the macros of a text by their bodies.
///
/// A macro is not expanded within its own expansion. Arguments are expanded before they are put into
/// the body, and the result is looked through again. What a macro leaves behind has the place of its
/// use. The work is bounded: every byte looked at counts against `CompileLimit.text`.
struct MacroExpander {
  /// What is wrong with a use of a macro, and where.
  struct Problem: Error {
    let code: CompileError.Code
    let origin: SourceText.Origin
    let message: String
  }

  var macros: [String: Macro] = [:]
  private var work = 0

  mutating func expand(_ text: SourceText) throws(Problem) -> SourceText {
    try expand(text, hidden: [], depth: 0)
  }

  private mutating func expand(
    _ text: SourceText, hidden: Set<String>, depth: Int
  ) throws(Problem) -> SourceText {
    guard depth < CompileLimit.nesting else {
      throw Problem(
        code: .limit, origin: text.origin(at: 0),
        message: "macros are nested deeper than \(CompileLimit.nesting)")
    }
    work += text.count
    guard work <= CompileLimit.text else {
      throw Problem(
        code: .limit, origin: text.origin(at: 0),
        message: "the expansion of macros exceeds \(CompileLimit.text) bytes")
    }
    var output = SourceText()
    var index = 0
    while index < text.count {
      let byte = text.bytes[index]
      if byte == UInt8(ascii: "\"") {
        let end = Macro.endOfString(text.bytes, from: index)
        output.append(text, index..<min(end, text.count))
        index = end
        continue
      }
      let end = Macro.endOfWord(text.bytes, from: index)
      guard end > index else {
        if byte != SourceText.paste { output.append(byte, text.origin(at: index)) }
        index += 1
        continue
      }
      let name = String(latin1: text.bytes[index..<end])
      guard !Macro.isDigit(byte), !hidden.contains(name), let macro = macros[name] else {
        output.append(text, index..<end)
        index = end
        continue
      }
      var arguments: [SourceText] = []
      var next = end
      if let parameters = macro.parameters {
        guard let call = try self.arguments(in: text, from: end, of: name) else {
          output.append(text, index..<end)
          index = end
          continue
        }
        arguments = call.arguments
        next = call.end
        if parameters.isEmpty, arguments.count == 1, arguments[0].isEmpty { arguments = [] }
        guard arguments.count == parameters.count else {
          throw Problem(
            code: .macro, origin: text.origin(at: index),
            message: "the macro \(name) has \(arguments.count) arguments; "
              + "\(parameters.count) are right")
        }
        for place in arguments.indices {
          arguments[place] = try expand(arguments[place], hidden: hidden, depth: depth + 1)
        }
      }
      let origin = text.origin(at: index)
      let body = try substitute(arguments, in: macro, at: origin)
      output.append(try expand(body, hidden: hidden.union([name]), depth: depth + 1))
      index = next
    }
    return output
  }

  private mutating func substitute(
    _ arguments: [SourceText], in macro: Macro, at origin: SourceText.Origin
  ) throws(Problem) -> SourceText {
    var body = SourceText()
    for part in macro.body {
      let bytes: [UInt8] =
        switch part {
        case .text(let bytes): bytes
        case .parameter(let number): arguments[number].bytes
        }
      work += bytes.count
      guard work <= CompileLimit.text else {
        throw Problem(
          code: .limit, origin: origin,
          message: "the expansion of macros exceeds \(CompileLimit.text) bytes")
      }
      for byte in bytes { body.append(byte, origin) }
    }
    return body
  }

  /// The arguments of a call whose parenthesis may follow; `nil` where none does.
  private func arguments(
    in text: SourceText, from start: Int, of name: String
  ) throws(Problem) -> (arguments: [SourceText], end: Int)? {
    var index = start
    while index < text.count, [0x20, 9, 10, 13, SourceText.paste].contains(text.bytes[index]) {
      index += 1
    }
    guard index < text.count, text.bytes[index] == UInt8(ascii: "(") else { return nil }
    let open = index
    index += 1
    var arguments: [SourceText] = []
    var first = index
    var depth = 0
    while index < text.count {
      switch text.bytes[index] {
      case UInt8(ascii: "\""):
        index = min(Macro.endOfString(text.bytes, from: index), text.count)
        continue
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")") where depth == 0:
        arguments.append(Self.trimmed(text, first..<index))
        return (arguments, index + 1)
      case UInt8(ascii: ")"): depth -= 1
      case UInt8(ascii: ",") where depth == 0:
        arguments.append(Self.trimmed(text, first..<index))
        first = index + 1
      default: break
      }
      index += 1
    }
    throw Problem(
      code: .macro, origin: text.origin(at: open),
      message: "the arguments of the macro \(name) are not closed by )")
  }

  private static func trimmed(_ text: SourceText, _ range: Range<Int>) -> SourceText {
    let blanks: [UInt8] = [0x20, 9, 10, 13]
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high, blanks.contains(text.bytes[low]) { low += 1 }
    while low < high, blanks.contains(text.bytes[high - 1]) { high -= 1 }
    return text[low..<high]
  }
}
