import LuaRuntime

/// A value as data for JSON and YAML.
enum Tree {
  case null
  case boolean(Bool)
  case number(String)
  case string(String)
  case list([Tree])
  case record([(String, Tree)])
}

/// Reads values as trees; a table inside itself becomes a text that says so.
///
/// Data is whole or an error: nothing is left out, as it is in what people read. A table that is in
/// several places is written in each, so a few tables can be more than any disk holds; what has more
/// than ``partLimit`` parts is refused.
struct TreeReader {
  let state: LuaState
  /// Called for each value; throws where a person does not want the rest.
  let poll: () throws -> Void
  private let fields: ObjectFields
  private var path: Set<UInt> = []
  private var parts = 0

  /// How deep data goes: deeper than what people read, shallow enough for every stack.
  private static let depthLimit = 64
  /// How many values there are in all.
  private static let partLimit = 2_000_000

  init(state: LuaState, poll: @escaping () throws -> Void = {}) {
    self.state = state
    self.poll = poll
    fields = ObjectFields(state: state)
  }

  mutating func read(_ value: LuaReference) throws -> Tree {
    try poll()
    parts += 1
    guard parts <= Self.partLimit else { throw Self.tooLarge }
    switch value.kind {
    case .nil: return .null
    case .boolean: return .boolean(value.boolean ?? false)
    case .integer: return Self.integer(value.integer ?? 0)
    case .number: return .number(NumberText.json(value.number ?? 0))
    case .string: return .string(value.text ?? "")
    case .table where value.hasMetafield("__tostring"): return .string(state.guardedText(value))
    case .table: return try table(value)
    default:
      return try fields.declaration(of: value).flatMap { try object(value, $0) }
        ?? .string(state.guardedText(value))
    }
  }

  /// Beyond 2^53 most readers of JSON lose digits: such integers are hexadecimal text.
  static func integer(_ value: Int64) -> Tree {
    value.magnitude < 1 << 53
      ? .number("\(value)") : .string(VisibleText.address(UInt64(bitPattern: value)))
  }

  private static let tooLarge = CommandError(
    "the value has more than \(partLimit) parts as JSON and YAML have them, where a table that is in "
      + "several places is written in each")

  private mutating func table(_ value: LuaReference) throws -> Tree {
    guard path.count < Self.depthLimit, path.insert(value.identity).inserted else {
      return .string(path.contains(value.identity) ? "<cycle>" : "<too deep>")
    }
    defer { path.remove(value.identity) }
    let table = try value.entries(limit: Self.partLimit)
    guard table.total == table.entries.count else { throw Self.tooLarge }
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

  /// A bound object as its properties; `nil` for one that has none.
  private mutating func object(_ value: LuaReference, _ type: TypeDeclaration) throws -> Tree? {
    let properties = fields.columns(of: type)
    guard !properties.isEmpty else { return nil }
    var record: [(String, Tree)] = []
    for property in properties {
      record.append((property.name, try tree(fields.value(property, of: value), property)))
    }
    return .record(record)
  }

  private mutating func tree(
    _ value: LuaReference?, _ property: PropertyDeclaration
  ) throws -> Tree {
    guard let value else { return .null }
    if value.kind == .object { return .string(fields.shortText(value)) }
    if property.type.name == LuaType.address.name, let bits = value.integer {
      return .string(VisibleText.address(UInt64(bitPattern: bits)))
    }
    return try read(value)
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
