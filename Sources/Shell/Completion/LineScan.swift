/// What stands around the cursor, read from the typed text alone.
struct LineScan {
  /// An open bracket and what stands before it.
  struct Bracket {
    let character: UInt8
    /// The path that is called, such as `m:add_domain`; empty where there is none.
    let callee: String
    /// Where the text inside begins.
    let inside: Int
  }

  /// The string that the cursor is in.
  struct OpenString {
    let quote: UInt8
    /// Where its text begins.
    let start: Int
  }

  let bytes: [UInt8]
  private(set) var brackets: [Bracket] = []
  private(set) var string: OpenString?
  private(set) var isComment = false
  /// Where each bracket or string began, by the place of its last byte.
  private var openings: [Int: Int] = [:]

  init(_ text: some StringProtocol) {
    bytes = Array(text.utf8)
    var index = 0
    while index < bytes.count { index = step(index) }
  }

  private mutating func step(_ index: Int) -> Int {
    let byte = bytes[index]
    if let open = string {
      if byte == UInt8(ascii: "\\") { return index + 2 }
      if byte == open.quote {
        openings[index] = open.start - 1
        string = nil
      }
      return index + 1
    }
    if isComment {
      if byte == UInt8(ascii: "\n") { isComment = false }
      return index + 1
    }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      string = OpenString(quote: byte, start: index + 1)
    case UInt8(ascii: "-") where index + 1 < bytes.count && bytes[index + 1] == byte:
      isComment = true
    case UInt8(ascii: "("), UInt8(ascii: "{"), UInt8(ascii: "["):
      let inner = brackets.last
      var callee = path(before: index)
      if callee.isEmpty, byte == UInt8(ascii: "{"), let inner, inner.character == UInt8(ascii: "("),
        bytes[inner.inside..<index].allSatisfy({ $0 == UInt8(ascii: " ") })
      {
        callee = inner.callee
      }
      brackets.append(Bracket(character: byte, callee: callee, inside: index + 1))
    case UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: "]"):
      if let bracket = brackets.popLast() { openings[index] = bracket.inside - 1 }
    default: break
    }
    return index + 1
  }

  /// The path of names that ends at a place, spaces left out.
  private func path(before index: Int) -> String {
    var end = index
    while end > 0, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
    return String(decoding: bytes[pathStart(before: end)..<end], as: UTF8.self)
  }

  /// Where the path of names begins that ends at a place: names, `.`, `:`, simple `[key]`, and calls.
  func pathStart(before end: Int) -> Int {
    var start = end
    while start > 0 {
      let byte = bytes[start - 1]
      if LuaNames.isNameByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":") {
        start -= 1
      } else if byte == UInt8(ascii: "]"), let open = keyStart(before: start) {
        start = open
      } else if let called = calledEnd(before: start) {
        start = called
      } else {
        break
      }
    }
    return start
  }

  /// Where what is called ends, if the arguments of a call end at a place: `f(x)`, `f {x}`, `f "x"`.
  private func calledEnd(before end: Int) -> Int? {
    guard bytes[end - 1] != UInt8(ascii: "]"), var index = openings[end - 1] else { return nil }
    while index > 0, bytes[index - 1] == UInt8(ascii: " ") { index -= 1 }
    guard index > 0 else { return nil }
    let last = bytes[index - 1]
    let isCalled =
      LuaNames.isNameByte(last) || last == UInt8(ascii: ")") || last == UInt8(ascii: "]")
    return isCalled ? index : nil
  }

  /// Where a simple `[1]` or `["name"]` begins that ends at a place.
  private func keyStart(before end: Int) -> Int? {
    var index = end - 2
    while index >= 0, bytes[index] != UInt8(ascii: "[") {
      guard bytes[index] != UInt8(ascii: "]"), end - index < 64 else { return nil }
      index -= 1
    }
    return index > 0 ? index : nil
  }
}
