import LuaRuntime

/// Writes values as Lua would: tables in braces, keys sorted.
///
/// A table that appears more than once is written in full once, with a number in front, and named by
/// the number elsewhere; so cycles end, and sharing shows. Beyond what anybody reads, tables are
/// written as if they were too deep.
struct LuaWriter {
  let state: LuaState
  let settings: DisplaySettings
  /// Called for each value; throws where a person does not want the rest.
  let poll: () throws -> Void
  private var appearances: [UInt: Int] = [:]
  private var numbers: [UInt: Int] = [:]
  private var written: Set<UInt> = []
  private var values = 0

  /// How many values there are in all before tables stay closed.
  private static let valueLimit = 20_000

  init(
    state: LuaState, settings: DisplaySettings, poll: @escaping () throws -> Void = {}
  ) {
    self.state = state
    self.settings = settings
    self.poll = poll
  }

  /// One value, without a newline at its end.
  mutating func text(of value: LuaReference) throws -> String {
    if let integer = value.integer {
      let (expression, comment) = settings.integers.text(integer)
      return paint(expression, .number) + (comment.map { paint("  -- \($0)", .comment) } ?? "")
    }
    try count(value, depth: 0)
    values = 0
    return try layout(value, depth: 0, indent: 0).rendered(width: settings.width, indent: 0)
  }

  /// Counts how often each table appears within the limits.
  private mutating func count(_ value: LuaReference, depth: Int) throws {
    guard value.kind == .table, !value.hasMetafield("__tostring") else { return }
    appearances[value.identity, default: 0] += 1
    guard appearances[value.identity] == 1, depth < settings.depth, values < Self.valueLimit
    else { return }
    for entry in try value.entries(limit: settings.items).entries {
      values += 1
      try count(entry.value, depth: depth + 1)
    }
  }

  private mutating func layout(
    _ value: LuaReference, depth: Int, indent: Int
  ) throws -> LuaLayout {
    try poll()
    switch value.kind {
    case .nil: return .text(paint("nil", .keyword), width: 3)
    case .boolean: return leaf("\(value.boolean ?? false)", .keyword)
    case .integer:
      let (expression, comment) = settings.integers.text(value.integer ?? 0)
      let note = comment.map { " --[[\($0)]]" } ?? ""
      return .text(
        paint(expression, .number) + paint(note, .comment), width: (expression + note).count)
    case .number: return leaf(NumberText.lua(value.number ?? 0), .number)
    case .string: return leaf(VisibleText.literal(value.bytes ?? []), .string)
    case .function: return leaf(functionText(value), .special)
    case .thread: return leaf("thread", .special)
    case .object, .closedObject, .userdata:
      return leaf(VisibleText.line(state.guardedText(value)), .special)
    case .table where value.hasMetafield("__tostring"):
      return leaf(VisibleText.line(state.guardedText(value)), .special)
    case .table: return try table(value, depth: depth, indent: indent)
    }
  }

  private mutating func table(
    _ value: LuaReference, depth: Int, indent: Int
  ) throws -> LuaLayout {
    var mark = ""
    if appearances[value.identity] ?? 0 > 1 {
      let number = numbers[value.identity] ?? numbers.count + 1
      numbers[value.identity] = number
      guard written.insert(value.identity).inserted else {
        return leaf("<table \(number)>", .special)
      }
      mark = "<\(number)>"
    }
    let table = try value.entries(limit: settings.items)
    guard table.total > 0 else { return leaf(mark + "{}", .plain) }
    guard depth < settings.depth, values < Self.valueLimit else {
      return leaf(mark + "{…}", .special)
    }
    var items: [LuaLayout] = []
    for (position, entry) in table.entries.enumerated() {
      values += 1
      let item = try layout(entry.value, depth: depth + 1, indent: indent + 2)
      let isListed = position < table.listCount
      items.append(isListed ? item : item.prefixed(key(entry.key) + " = "))
    }
    if table.total > table.entries.count {
      items.append(leaf("… \(table.total - table.entries.count) more", .comment))
    }
    return .group(mark: mark, items)
  }

  private func key(_ key: LuaReference) -> String {
    switch key.kind {
    case .string:
      let text = key.text ?? ""
      return LuaNames.isIdentifier(text) ? text : "[\(VisibleText.literal(key.bytes ?? []))]"
    case .integer: return "[\(settings.integers.text(key.integer ?? 0).expression)]"
    case .number: return "[\(NumberText.lua(key.number ?? 0))]"
    case .boolean: return "[\(key.boolean ?? false)]"
    case .object, .closedObject: return "[\(VisibleText.line(state.guardedText(key)))]"
    default: return "[\(key.kind.rawValue)]"
    }
  }

  private func functionText(_ value: LuaReference) -> String {
    if let declaration = value.declaration { return "function \(declaration.synopsis)" }
    guard let info = value.functionInfo, !info.isNative else { return "function (native)" }
    return "function (\(VisibleText.line(info.source)):\(info.line))"
  }

  private func leaf(_ text: String, _ style: Style) -> LuaLayout {
    .text(paint(text, style), width: TextWidth.columns(text))
  }

  private func paint(_ text: String, _ style: Style) -> String {
    settings.color && !text.isEmpty ? style.paint(text) : text
  }
}

/// A value laid out: on one line where it fits, else one item a line.
indirect enum LuaLayout {
  case text(String, width: Int)
  case group(mark: String, [LuaLayout])
  case keyed(String, LuaLayout)

  func prefixed(_ key: String) -> LuaLayout { .keyed(key, self) }

  /// The width on one line.
  private var width: Int {
    switch self {
    case .text(_, let width): width
    case .keyed(let key, let value): TextWidth.columns(key) + value.width
    case .group(let mark, let items):
      mark.count + 4 + items.reduce(0) { $0 + $1.width } + 2 * max(0, items.count - 1)
    }
  }

  func rendered(width limit: Int, indent: Int) -> String {
    switch self {
    case .text(let text, _): return text
    case .keyed(let key, let value):
      return key + value.rendered(width: limit, indent: indent)
    case .group(let mark, let items):
      if width + indent <= limit {
        let line = items.map { $0.rendered(width: .max, indent: 0) }
        return mark + "{ " + line.joined(separator: ", ") + " }"
      }
      let margin = String(repeating: " ", count: indent + 2)
      let lines = items.map { margin + $0.rendered(width: limit, indent: indent + 2) }
      return mark + "{\n" + lines.joined(separator: ",\n") + "\n"
        + String(repeating: " ", count: indent) + "}"
    }
  }
}
