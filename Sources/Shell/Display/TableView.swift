import LuaRuntime

/// Shows values in rows and columns: a list of records or of objects by their fields, a record by
/// names and values, anything else by itself.
struct TableView {
  let state: LuaState
  let settings: DisplaySettings

  func text(of value: LuaReference) throws -> String {
    if let type = declaration(of: value) { return try self.text(of: [value], type) }
    guard value.kind == .table, !value.hasMetafield("__tostring") else { return try cell(value) }
    let table = try value.entries(limit: settings.items)
    guard table.total > 0 else { return "(empty)" }
    let more = table.total - table.entries.count
    let note = more > 0 ? "\n… \(more) more" : ""
    guard table.listCount >= table.entries.count else {
      let rows = try table.entries.map { [try cell($0.key), try cell($0.value)] }
      return TextTable(columns: ["name", "value"], rows: rows).text + note
    }
    let items = table.entries.map(\.value)
    if let type = items.first.flatMap(declaration), items.allSatisfy({ $0.typeName == type.name }) {
      return try self.text(of: items, type) + note
    }
    if items.allSatisfy({ $0.kind == .table }) { return try records(items) + note }
    let rows = try items.enumerated().map { ["\($0 + 1)", try cell($1)] }
    return TextTable(columns: ["#", "value"], rows: rows).text + note
  }

  private func declaration(of value: LuaReference) -> TypeDeclaration? {
    guard value.kind == .object else { return nil }
    return value.typeName.flatMap { state.registry.type(named: $0) }
  }

  /// Objects by their plain properties.
  private func text(of objects: [LuaReference], _ type: TypeDeclaration) throws -> String {
    let properties = type.properties.filter { $0.type.element == nil }
    guard !properties.isEmpty else { return objects.map(state.guardedText).joined(separator: "\n") }
    let rows = objects.map { object in
      properties.map { property in
        let values = try? state.run(
          "local o, k = ... return o[k]", name: "=dvmash", arguments: [object, property.name])
        guard let value = values?.first else { return "?" }
        if property.type.name == "address", let bits = value.integer {
          return VisibleText.address(UInt64(bitPattern: bits))
        }
        return (try? cell(value)) ?? "?"
      }
    }
    return TextTable(columns: properties.map(\.name), rows: rows).text
  }

  private func records(_ items: [LuaReference]) throws -> String {
    var columns: [String] = []
    let rows = try items.map { item in
      try item.entries(limit: settings.items).entries.map { (try cell($0.key), $0.value) }
    }
    for name in rows.joined().map(\.0) where !columns.contains(name) { columns.append(name) }
    return TextTable(
      columns: columns,
      rows: try rows.map { row in
        try columns.map { name in
          try row.first { $0.0 == name }.map { try cell($0.1) } ?? ""
        }
      }
    ).text
  }

  /// One value in one line.
  private func cell(_ value: LuaReference) throws -> String {
    switch value.kind {
    case .nil: return ""
    case .string: return VisibleText.line(value.text ?? "")
    case .integer:
      let (text, hex) = settings.integers.text(value.integer ?? 0)
      return hex ?? text
    case .table where !value.hasMetafield("__tostring"):
      var plain = settings
      plain.color = false
      plain.width = .max
      plain.depth = 2
      var writer = LuaWriter(state: state, settings: plain)
      return try writer.text(of: value)
    default: return VisibleText.line(state.guardedText(value))
    }
  }
}
