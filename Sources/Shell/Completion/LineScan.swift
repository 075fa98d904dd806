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

  init(_ text: some StringProtocol) {
    bytes = Array(text.utf8)
    var index = 0
    while index < bytes.count { index = step(index) }
  }

  private mutating func step(_ index: Int) -> Int {
    let byte = bytes[index]
    if let open = string {
      if byte == UInt8(ascii: "\\") { return index + 2 }
      if byte == open.quote { string = nil }
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
    case UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: "]"): _ = brackets.popLast()
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

  /// Where the path of names begins that ends at a place: names, `.`, `:` and simple `[key]`.
  func pathStart(before end: Int) -> Int {
    var start = end
    while start > 0 {
      let byte = bytes[start - 1]
      if LuaNames.isNameByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":") {
        start -= 1
      } else if byte == UInt8(ascii: "]"), let open = keyStart(before: start) {
        start = open
      } else {
        break
      }
    }
    return start
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

/// A path such as `m.domains[1]:na` taken apart.
struct TypedPath {
  /// The steps before the last separator.
  var steps: [LuaPathStepText] = []
  /// The separator before the last part; `nil` for a global.
  var separator: Character?
  /// The part that is being typed.
  var partial = ""

  /// A step as typed.
  enum LuaPathStepText: Equatable {
    case name(String)
    case index(Int)
  }

  /// Reads a path; `nil` where it is none.
  init?(_ text: String) {
    var rest = text[...]
    var current = ""
    while let character = rest.popFirst() {
      switch character {
      case ".", ":":
        guard flush(&current) else { return nil }
        separator = character
      case "[":
        guard flush(&current), let end = rest.firstIndex(of: "]"),
          let step = Self.key(rest[..<end])
        else { return nil }
        steps.append(step)
        rest = rest[rest.index(after: end)...]
      default: current.append(character)
      }
    }
    if separator == nil, !steps.isEmpty { return nil }
    partial = current
    if let first = partial.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) {
      return nil
    }
  }

  private mutating func flush(_ current: inout String) -> Bool {
    guard !current.isEmpty else { return !steps.isEmpty }
    steps.append(.name(current))
    current = ""
    return true
  }

  private static func key(_ text: Substring) -> LuaPathStepText? {
    if let index = Int(text) { return .index(index) }
    guard let quote = text.first, quote == "\"" || quote == "'", text.last == quote,
      text.count >= 2
    else { return nil }
    return .name(String(text.dropFirst().dropLast()))
  }
}
