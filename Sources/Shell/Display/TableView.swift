import LuaRuntime
import Sun4v

/// Shows values in rows and columns: a list of records or of objects by their fields, a record by
/// names and values, anything else by itself.
struct TableView {
  let state: LuaState
  let settings: DisplaySettings
  /// Called for each cell; throws where a person does not want the rest.
  let poll: () throws -> Void
  private let fields: ObjectFields

  /// How many items of a table inside a cell are shown.
  private static let cellItems = 8

  init(
    state: LuaState, settings: DisplaySettings, poll: @escaping () throws -> Void = {}
  ) {
    self.state = state
    self.settings = settings
    self.poll = poll
    fields = ObjectFields(state: state)
  }

  func text(of value: LuaReference) throws -> String {
    if let type = fields.declaration(of: value) { return try self.text(of: [value], type) }
    guard value.kind == .table, !value.hasMetafield("__tostring") else { return try cell(value) }
    let table = try value.entries(limit: settings.items)
    guard table.total > 0 else { return "(empty)" }
    let more = table.total - table.entries.count
    let note = more > 0 ? "\n… \(more) more" : ""
    guard table.listCount >= table.entries.count else {
      let rows = try table.entries.map { [try cell($0.key), try cell($0.value)] }
      return TextTable(columns: ["name", "value"], rows: rows).text(width: settings.tableWidth)
        + note
    }
    let items = table.entries.map(\.value)
    if let type = items.first.flatMap(fields.declaration),
      items.allSatisfy({ $0.typeName == type.name })
    {
      return try self.text(of: items, type) + note
    }
    if items.allSatisfy({ $0.kind == .table && !$0.hasMetafield("__tostring") }) {
      return try records(items) + note
    }
    let rows = try items.enumerated().map { ["\($0 + 1)", try cell($1)] }
    return TextTable(columns: ["#", "value"], rows: rows).text(width: settings.tableWidth) + note
  }

  /// Objects by their plain properties.
  private func text(of objects: [LuaReference], _ type: TypeDeclaration) throws -> String {
    let properties = fields.columns(of: type)
    guard !properties.isEmpty else {
      return objects.map { VisibleText.line(state.guardedText($0)) }.joined(separator: "\n")
    }
    let rows = try objects.map { object in
      try properties.map { property in
        try fields.value(property, of: object).map { try cell($0, of: property) } ?? "?"
      }
    }
    return TextTable(columns: properties.map(\.name), rows: rows).text(width: settings.tableWidth)
  }

  private func records(_ items: [LuaReference]) throws -> String {
    var columns: [String] = []
    var known: Set<String> = []
    var rows: [[String: String]] = []
    for item in items {
      var row: [String: String] = [:]
      for entry in try item.entries(limit: settings.items).entries {
        let name = try cell(entry.key)
        if known.insert(name).inserted { columns.append(name) }
        row[name] = try cell(entry.value)
      }
      rows.append(row)
    }
    return TextTable(columns: columns, rows: rows.map { row in columns.map { row[$0] ?? "" } })
      .text(width: settings.tableWidth)
  }

  /// The value of a property as people read it: addresses in hexadecimal, sizes with a suffix, other
  /// objects by their names.
  private func cell(_ value: LuaReference, of property: PropertyDeclaration) throws -> String {
    if let integer = value.integer {
      if property.type.name == LuaType.address.name {
        return VisibleText.address(UInt64(bitPattern: integer))
      }
      if property.unit == "bytes", integer >= 0 {
        return ByteSize(UInt64(bitPattern: integer)).description
      }
    }
    return value.kind == .object ? fields.shortText(value) : try cell(value)
  }

  /// A table that is a range of addresses, such as a window, as a size and where it begins.
  private func range(_ value: LuaReference) throws -> String? {
    let names = try value.entries(limit: Self.rangeFields.count + 1).entries.map(\.key.text)
    guard names.allSatisfy({ $0.map(Self.rangeFields.contains) ?? false }),
      let base = try value.rawField("base").integer, let size = try value.rawField("size").integer
    else { return nil }
    let start = VisibleText.address(UInt64(bitPattern: base))
    return "\(ByteSize(UInt64(bitPattern: size))) at \(start)"
  }

  private static let rangeFields: Set<String> = ["base", "size", "pages", "page_size"]

  /// One value in one line.
  private func cell(_ value: LuaReference) throws -> String {
    try poll()
    switch value.kind {
    case .nil: return ""
    case .string: return VisibleText.line(value.text ?? "")
    case .integer:
      let (text, hex) = settings.integers.text(value.integer ?? 0)
      return hex ?? text
    case .table where !value.hasMetafield("__tostring"):
      if let range = try range(value) { return range }
      var plain = settings
      plain.color = false
      plain.width = .max
      plain.depth = 2
      plain.items = min(plain.items, Self.cellItems)
      var writer = LuaWriter(state: state, settings: plain)
      return try writer.text(of: value)
    default: return VisibleText.line(state.guardedText(value))
    }
  }
}
