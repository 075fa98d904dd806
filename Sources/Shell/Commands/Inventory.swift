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

  /// Where a bound object is: an expression for it, and the table and the key that have it.
  private struct Place {
    let name: String
    let value: LuaReference
    let table: LuaReference
    let key: LuaReference
  }

  /// The bound objects in global variables and in the tables that they lead to.
  ///
  /// Found by raw looks; each once, under the shortest of its names. Modules are left out.
  func reachableObjects() throws -> [NamedObject] {
    var seen: Set<UInt> = []
    return try places().filter { seen.insert($0.value.identity).inserted }
      .map { ($0.name, $0.value) }
  }

  /// Takes the bound objects out of the global variables and of the tables that they lead to.
  func forgetObjects() throws {
    let state = try session().state
    for place in try places() {
      try state.run(
        "local table, key = ... table[key] = nil", name: "=reset",
        arguments: [place.table, place.key])
    }
  }

  /// Every place of a bound object, the shortest names first.
  private func places() throws -> [Place] {
    let state = try session().state
    var seen: Set<UInt> = [try state.globals().identity]
    for entry in try state.global("package").rawField("loaded").entries().entries {
      seen.insert(entry.value.identity)
    }
    var found: [Place] = []
    var level: [NamedObject] = [("", try state.globals())]
    for _ in 0...Self.depthLimit {
      var next: [NamedObject] = []
      for (path, table) in level {
        for entry in try table.entries(limit: Self.objectLimit).entries {
          guard let name = Self.path(path, entry.key), name != "_", name != "_all",
            found.count < Self.objectLimit
          else { continue }
          if entry.value.kind == .object {
            found.append(Place(name: name, value: entry.value, table: table, key: entry.key))
          } else if entry.value.kind == .table, seen.insert(entry.value.identity).inserted {
            next.append((name, entry.value))
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
      let hint =
        NearestName.find(kind, in: names).map { "did you mean '\($0)'?" }
        ?? "there are " + Self.kinds.joined(separator: ", ") + ", and every type"
      throw CommandError("there is nothing called '\(kind)' to list; \(hint)")
    }
    let view = tableView(state)
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
    let table = TextTable(columns: ["name", "type", "value"], rows: rows)
    var text = table.text(width: screenWidth) + "\n"
    for object in objects where object.value.typeName == "machine" {
      let counts = try Self.kinds.dropFirst().map { kind in
        let list = try state.run(Self.chunk, name: "=ls", arguments: [kind, object.value]).first
        return Self.count(list?.rawLength ?? 0, of: kind)
      }
      let line = "\(object.name) holds " + counts.joined(separator: ", ")
      text += TextFold.hanging(line, indent: 2, width: screenWidth) + "\n"
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
    return try tableView(state).text(of: list) + "\n"
  }

  /// A number of things of a kind, in words: `1 root complex`.
  private static func count(_ number: Int, of kind: String) -> String {
    let words = kind.split(separator: "_").joined(separator: " ")
    guard number == 1 else { return "\(number) \(words)" }
    return "1 " + words.dropLast(words.hasSuffix("xes") ? 2 : 1)
  }

  /// What machines hold of a kind; without globals, which a script may have replaced.
  private static let chunk = """
    local arguments, found = { ... }, {}
    local kind = arguments[1]
    local of_machine = {
      domains = "domains", root_complexes = "root_complexes", buffers = "buffers",
      mappings = "mappings",
    }
    local of_bus = { functions = "functions", grants = "grants" }
    local function add(items)
      for i = 1, #items do found[#found + 1] = items[i] end
    end
    local function table_of(bus)
      local usage = bus.iotsb:usage()
      return {
        bus = bus.name, window = bus.window, pages = usage.pages, granted = usage.granted,
        valid = usage.valid,
      }
    end
    for i = 2, #arguments do
      local m = arguments[i]
      if kind == "machines" then
        add { m }
      elseif of_machine[kind] then
        add(m[of_machine[kind]])
      else
        local buses = m.root_complexes
        for j = 1, #buses do
          add(of_bus[kind] and buses[j][of_bus[kind]] or { table_of(buses[j]) })
        end
      end
    end
    return found
    """
}
