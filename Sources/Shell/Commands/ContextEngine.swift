import LuaRuntime

extension ShellContext {
  /// The bound objects in global variables, by name.
  private func globalObjects() throws -> [(name: String, value: LuaReference)] {
    try session().state.globals().entries().entries.compactMap { entry in
      guard entry.value.kind == .object, let name = entry.key.text, name != "_" else { return nil }
      return (name, entry.value)
    }
  }

  /// What `\ls` lists.
  func inventory(_ kind: String) throws -> String {
    let state = try session().state
    let objects = try globalObjects()
    if kind.isEmpty {
      guard !objects.isEmpty else { return "no objects in globals; try m = sun4v.machine {}\n" }
      let rows = objects.map {
        [$0.name, $0.value.typeName ?? "", VisibleText.line(state.guardedText($0.value))]
      }
      return TextTable(columns: ["name", "type", "value"], rows: rows).text + "\n"
    }
    let view = TableView(state: state, settings: display)
    let kinds = ["machines", "domains", "root_complexes", "functions", "grants", "iotsbs"]
    if kinds.contains(kind) {
      let machines = objects.filter { $0.value.typeName == "machine" }.map(\.value)
      let arguments: [any LuaResult] = [kind] + machines
      let found = try state.run(Self.inventoryChunk, name: "=ls", arguments: arguments)
      guard let list = found.first else { return "" }
      return try view.text(of: list) + "\n"
    }
    let type = kind.hasSuffix("s") ? String(kind.dropLast()) : kind
    guard state.registry.type(named: type) != nil else {
      let names = kinds + state.registry.types.map(\.name)
      let hint = NearestName.find(kind, in: names).map { "; did you mean '\($0)'?" } ?? ""
      throw CommandError("there is nothing called '\(kind)' to list\(hint)")
    }
    let lines = try objects.filter { $0.value.typeName == type }.map {
      "\($0.name):\n" + (try view.text(of: $0.value))
    }
    return lines.isEmpty ? "(none in globals)\n" : lines.joined(separator: "\n") + "\n"
  }

  private static let inventoryChunk = """
    local kind, found = (...), {}
    for i = 2, select("#", ...) do
      local m = select(i, ...)
      local of_bus = { functions = "functions", grants = "grants" }
      if kind == "machines" then
        found[#found + 1] = m
      elseif kind == "domains" or kind == "root_complexes" then
        for _, item in ipairs(m[kind]) do found[#found + 1] = item end
      else
        for _, bus in ipairs(m.root_complexes) do
          local items = of_bus[kind] and bus[of_bus[kind]] or { bus.iotsb }
          for _, item in ipairs(items) do found[#found + 1] = item end
        end
      end
    end
    return found
    """

  /// The value of an expression in rows and columns.
  func showTable(_ expression: String) throws -> String {
    guard !expression.isEmpty else { throw CommandError("\\show needs an expression") }
    let state = try session().state
    let values = try state.run("return " + expression, name: "=show")
    let view = TableView(state: state, settings: display)
    return try values.map { try view.text(of: $0) + "\n" }.joined()
  }

  /// Memory and counters.
  func statistics() throws -> String {
    let state = try session().state
    guard let lua = state.statistics else { return "" }
    var rows = [
      ["Lua memory, bytes", "\(lua.memoryUsed)"], ["Lua memory, peak", "\(lua.memoryPeak)"],
      ["objects held by Lua", "\(lua.objects)"], ["values held by Swift", "\(lua.references)"],
    ]
    if options.instructionLimit > 0 {
      rows.append(["instructions", "\(lua.instructions)"])
    }
    for (name, machine) in try globalObjects() where machine.typeName == "machine" {
      let stats = try state.run("return (...):stats()", name: "=stats", arguments: [machine]).first
      for entry in try stats?.entries().entries ?? [] {
        let value = VisibleText.line(state.guardedText(entry.value))
        rows.append(["\(name): \(entry.key.text ?? "")", value])
      }
    }
    return TextTable(columns: ["counter", "value"], rows: rows).text + "\n"
  }

  /// Listens to the machines that are in globals now, while `\trace` is on.
  func attachTrace() throws {
    guard settings.trace else { return }
    let state = try session().state
    for (name, machine) in try globalObjects()
    where machine.typeName == "machine" && traced.insert(machine.identity).inserted {
      try state.run(
        "local m, name, show = ... m:on('hypercall', function(e) show(name, e) end)",
        name: "=trace",
        arguments: [machine, name, try state.global("shell").rawField("trace_event")])
    }
  }

  /// Prints a hypercall, if tracing is on.
  func traceEvent(_ machine: String, _ event: LuaValue) {
    guard settings.trace else { return }
    func words(_ name: String) -> String {
      (event[name].items ?? []).map { value in
        VisibleText.address(UInt64(bitPattern: value.exactInteger ?? 0))
      }.joined(separator: ", ")
    }
    let call = event["call"].text ?? "?"
    let results = words("results")
    StandardStreams.complain(
      "\(machine): \(event["domain"].text ?? "?") \(call)(\(words("arguments"))) = "
        + (event["status"].text ?? "?") + (results.isEmpty ? "" : ", \(results)") + "\n")
  }

  /// Does what `\reset` asked for.
  func performReset() throws {
    guard let reset = pendingReset else { return }
    pendingReset = nil
    switch reset {
    case .all: closeSession()
    case .engine:
      let state = try session().state
      for (name, _) in try globalObjects() { try state.setGlobal(name, LuaValue.nil) }
      try state.setGlobal("_", LuaValue.nil)
      try state.setGlobal("_all", LuaValue.nil)
      traced = []
      state.collectGarbage()
    }
  }
}
