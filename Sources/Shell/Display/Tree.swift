import LuaRuntime

/// A value as data for JSON and YAML, within the limits of the display.
enum Tree {
  case null
  case boolean(Bool)
  case number(String)
  case string(String)
  case list([Tree])
  case record([(String, Tree)])
}

/// Reads values as trees; a table inside itself becomes a text that says so.
struct TreeReader {
  let state: LuaState
  let settings: DisplaySettings
  private var path: Set<UInt> = []

  /// How deep data goes: deeper than what people read, shallow enough for every stack.
  private static let depthLimit = 64
  /// How many items of a table are data.
  private static let itemLimit = 100_000

  init(state: LuaState, settings: DisplaySettings) {
    self.state = state
    self.settings = settings
  }

  mutating func read(_ value: LuaReference) throws -> Tree {
    switch value.kind {
    case .nil: return .null
    case .boolean: return .boolean(value.boolean ?? false)
    case .integer: return Self.integer(value.integer ?? 0)
    case .number: return .number(NumberText.json(value.number ?? 0))
    case .string: return .string(value.text ?? "")
    case .table where value.hasMetafield("__tostring"): return .string(state.guardedText(value))
    case .table: return try table(value)
    default: return .string(state.guardedText(value))
    }
  }

  /// Beyond 2^53 most readers of JSON lose digits: such integers are hexadecimal text.
  static func integer(_ value: Int64) -> Tree {
    value.magnitude < 1 << 53
      ? .number("\(value)") : .string(VisibleText.address(UInt64(bitPattern: value)))
  }

  private mutating func table(_ value: LuaReference) throws -> Tree {
    guard path.count < Self.depthLimit, path.insert(value.identity).inserted else {
      return .string(path.contains(value.identity) ? "<cycle>" : "<too deep>")
    }
    defer { path.remove(value.identity) }
    let table = try value.entries(limit: Self.itemLimit)
    if table.listCount == table.total, table.total > 0 {
      var items: [Tree] = []
      for entry in table.entries { items.append(try read(entry.value)) }
      return .list(items)
    }
    var fields: [(String, Tree)] = []
    for entry in table.entries {
      fields.append((entry.key.text ?? state.guardedText(entry.key), try read(entry.value)))
    }
    return .record(fields)
  }
}

/// Trees as JSON on one line.
enum JSONText {
  static func write(_ tree: Tree) -> String {
    switch tree {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .number(let text): text
    case .string(let text): quoted(text)
    case .list(let items): "[" + items.map(write).joined(separator: ",") + "]"
    case .record(let fields):
      "{" + fields.map { quoted($0) + ":" + write($1) }.joined(separator: ",") + "}"
    }
  }

  /// A string of JSON; control characters are escaped, those of Unicode too.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        if scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) {
          result += "\\u" + VisibleText.hex(UInt64(scalar.value), digits: 4)
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}

/// Trees as YAML in block style.
enum YAMLText {
  static func write(_ tree: Tree) -> String { lines(tree, indent: 0).joined(separator: "\n") }

  private static func lines(_ tree: Tree, indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    switch tree {
    case .list(let items) where !items.isEmpty:
      return items.flatMap { nested($0, after: margin + "-", indent: indent + 2) }
    case .record(let fields) where !fields.isEmpty:
      return fields.flatMap { nested($1, after: margin + key($0) + ":", indent: indent + 2) }
    default: return [margin + scalar(tree)]
    }
  }

  private static func nested(_ tree: Tree, after head: String, indent: Int) -> [String] {
    switch tree {
    case .list(let items) where !items.isEmpty: [head] + lines(tree, indent: indent)
    case .record(let fields) where !fields.isEmpty: [head] + lines(tree, indent: indent)
    default: ["\(head) \(scalar(tree))"]
    }
  }

  private static func scalar(_ tree: Tree) -> String {
    switch tree {
    case .string(let text): JSONText.quoted(text)
    default: JSONText.write(tree)
    }
  }

  private static func key(_ name: String) -> String {
    LuaNames.isIdentifier(name) && !["y", "n", "yes", "no", "on", "off", "null"].contains(name)
      ? name : JSONText.quoted(name)
  }
}
