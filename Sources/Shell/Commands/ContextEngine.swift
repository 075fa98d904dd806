import LuaRuntime

extension ShellContext {
  /// What shows values of a state in rows and columns.
  func tableView(_ state: LuaState) -> TableView {
    TableView(state: state, settings: display, poll: { [unowned self] in try checkCancelled() })
  }

  /// The value of an expression in rows and columns.
  func showTable(_ expression: String) throws -> String {
    guard !expression.isEmpty else { throw CommandError("\\show needs an expression") }
    let state = try session().state
    let values = try state.run("return " + expression, name: "=show")
    let view = tableView(state)
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
    for (name, machine) in try reachableObjects() where machine.typeName == "machine" {
      let stats = try state.run("return (...):stats()", name: "=stats", arguments: [machine]).first
      for entry in try stats?.entries().entries ?? [] {
        let value = VisibleText.line(state.guardedText(entry.value))
        rows.append(["\(name): \(entry.key.text ?? "")", value])
      }
    }
    return TextTable(columns: ["counter", "value"], rows: rows).text(width: screenWidth) + "\n"
  }

  /// Does what `\reset` asked for.
  func performReset() throws {
    guard let reset = pendingReset else { return }
    pendingReset = nil
    switch reset {
    case .all: closeSession()
    case .engine:
      let state = try session().state
      try forgetObjects()
      try state.setGlobal("_", LuaValue.nil)
      try state.setGlobal("_all", LuaValue.nil)
      state.collectGarbage()
    }
  }
}
