import LuaRuntime

/// A path such as `m.domains[1]:na` or `m:domain("ldg1"):na` taken apart.
struct TypedPath {
  /// The steps before the last separator.
  private(set) var steps: [LuaPathStep] = []
  /// The separator before the last part; `nil` for a global.
  private(set) var separator: Character?
  /// The part that is being typed.
  private(set) var partial = ""

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
        separator = nil
        rest = rest[rest.index(after: end)...]
      case "(", "{", "\"", "'":
        guard flush(&current), let after = Self.end(of: rest, openedBy: character) else {
          return nil
        }
        steps.append(.call)
        separator = nil
        rest = after
      case " ":
        guard let next = rest.first(where: { $0 != " " }), "({\"'".contains(next) else {
          return nil
        }
      default: current.append(character)
      }
    }
    if separator == nil, !steps.isEmpty { return nil }
    partial = current
    if let first = partial.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) {
      return nil
    }
  }

  /// The steps with the part that is being typed as the last.
  var wholePath: [LuaPathStep] { steps + [.name(partial)] }

  private mutating func flush(_ current: inout String) -> Bool {
    guard !current.isEmpty else { return !steps.isEmpty }
    steps.append(.name(current))
    current = ""
    return true
  }

  /// What follows the arguments of a call that a bracket or a quote has begun.
  private static func end(of text: Substring, openedBy opening: Character) -> Substring? {
    var rest = text
    var depth = 1
    var quote: Character? = "({".contains(opening) ? nil : opening
    while let character = rest.popFirst() {
      if let open = quote {
        if character == "\\" {
          _ = rest.popFirst()
        } else if character == open {
          quote = nil
          if !"({".contains(opening) { return rest }
        }
      } else if "([{".contains(character) {
        depth += 1
      } else if ")]}".contains(character) {
        depth -= 1
        if depth == 0 { return rest }
      } else if character == "\"" || character == "'" {
        quote = character
      }
    }
    return nil
  }

  private static func key(_ text: Substring) -> LuaPathStep? {
    if let index = Int(text) { return .index(index) }
    guard let quote = text.first, quote == "\"" || quote == "'", text.last == quote,
      text.count >= 2
    else { return nil }
    return .name(String(text.dropFirst().dropLast()))
  }
}
