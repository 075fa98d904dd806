import LuaRuntime

/// What `\\ls` lists: bound objects that global variables lead to, and what machines hold.
extension ShellContext {
  /// A bound object and an expression for it.
  typealias NamedObject = (name: String, value: LuaReference)

  /// How deep tables are searched, and how many objects are enough.
  private static let (depthLimit, objectLimit) = (4, 1000)

  /// What machines hold, by name; `maps` is short for mappings.
  private static let kinds = [
    "machines", "domains", "root_complexes", "functions", "grants", "iotsbs", "buffers", "mappings",
  ]

  /// The words that `\\ls` takes besides the names of types.
  static let inventoryKinds = kinds + ["maps"]

  /// The bound objects in global variables, by name.
  func globalObjects() throws -> [NamedObject] {
    try session().state.globals().entries().entries.compactMap { entry in
      guard entry.value.kind == .object, let name = entry.key.text, name != "_" else { return nil }
      return (name, entry.value)
    }
  }

  /// The bound objects in global variables and in the tables that they lead to.
  ///
  /// Found by raw looks; each once, under the shortest of its names. Modules are left out.
  func reachableObjects() throws -> [NamedObject] {
    let state = try session().state
    var seen: Set<UInt> = [try state.globals().identity]
    for entry in try state.global("package").rawField("loaded").entries().entries {
      seen.insert(entry.value.identity)
    }
    var found: [NamedObject] = []
    var level: [NamedObject] = [("", try state.globals())]
    for _ in 0...Self.depthLimit {
      var next: [NamedObject] = []
      for (path, table) in level {
        for entry in try table.entries(limit: Self.objectLimit).entries {
          guard let name = Self.path(path, entry.key), name != "_", name != "_all",
            found.count < Self.objectLimit
          else { continue }
          switch entry.value.kind {
          case .object where seen.insert(entry.value.identity).inserted:
            found.append((name, entry.value))
          case .table where seen.insert(entry.value.identity).inserted:
            next.append((name, entry.value))
          default: continue
          }
        }
      }
      level = next
    }
    return found
  }

  private static func path(_ table: String, _ key: LuaReference) -> String? {
    if let index = key.integer { return table.isEmpty ? nil : "\(table)[\(index)]" }
    guard let name = key.text else { return nil }
    if LuaNames.isIdentifier(name) { return table.isEmpty ? name : "\(table).\(name)" }
    return table.isEmpty ? nil : "\(table)[\(VisibleText.literal(Array(name.utf8)))]"
  }

  /// The list of a kind, of a type, or of all objects.
  func inventory(_ kind: String) throws -> String {
    let kind = kind == "maps" ? "mappings" : kind
    if kind.isEmpty { return try overview() }
    if Self.kinds.contains(kind) { return try held(kind) }
    let state = try session().state
    let type = kind.hasSuffix("s") ? String(kind.dropLast()) : kind
    guard state.registry.type(named: type) != nil else {
      let names = Self.inventoryKinds + state.registry.types.map(\.name)
      let hint = NearestName.find(kind, in: names).map { "; did you mean '\($0)'?" } ?? ""
      throw CommandError("there is nothing called '\(kind)' to list\(hint)")
    }
    let view = TableView(state: state, settings: display)
    let lines = try reachableObjects().filter { $0.value.typeName == type }.map {
      "\($0.name):\n" + (try view.text(of: $0.value))
    }
    return lines.isEmpty
      ? "no global variable leads to a \(type)\n" : lines.joined(separator: "\n") + "\n"
  }

  /// All objects, and a line about what each machine holds.
  private func overview() throws -> String {
    let state = try session().state
    let objects = try reachableObjects()
    guard !objects.isEmpty else { return "no objects in globals; try m = sun4v.machine {}\n" }
    let rows = objects.map {
      [$0.name, $0.value.typeName ?? "", VisibleText.line(state.guardedText($0.value))]
    }
    var text = TextTable(columns: ["name", "type", "value"], rows: rows).text + "\n"
    for object in objects where object.value.typeName == "machine" {
      let counts = try Self.kinds.dropFirst().map { kind in
        let list = try state.run(Self.chunk, name: "=ls", arguments: [kind, object.value]).first
        return "\(list?.rawLength ?? 0) \(kind)"
      }
      text += "\(object.name) holds " + counts.joined(separator: ", ") + "\n"
    }
    return text
  }

  /// What machines hold of a kind.
  private func held(_ kind: String) throws -> String {
    let state = try session().state
    let machines = try reachableObjects().filter { $0.value.typeName == "machine" }.map(\.value)
    let arguments: [any LuaResult] = [kind] + machines
    guard let list = try state.run(Self.chunk, name: "=ls", arguments: arguments).first else {
      return ""
    }
    return try TableView(state: state, settings: display).text(of: list) + "\n"
  }

  private static let chunk = """
    local kind, found = (...), {}
    local of_machine = {
      domains = "domains", root_complexes = "root_complexes", buffers = "buffers",
      mappings = "mappings",
    }
    local of_bus = { functions = "functions", grants = "grants" }
    for i = 2, select("#", ...) do
      local m = select(i, ...)
      if kind == "machines" then
        found[#found + 1] = m
      elseif of_machine[kind] then
        for _, item in ipairs(m[of_machine[kind]]) do found[#found + 1] = item end
      else
        for _, bus in ipairs(m.root_complexes) do
          local items = of_bus[kind] and bus[of_bus[kind]] or { bus.iotsb }
          for _, item in ipairs(items) do found[#found + 1] = item end
        end
      end
    end
    return found
    """
}
