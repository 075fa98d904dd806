import LuaRuntime

extension ShellContext {
  /// The layout of help on what shows it now.
  var pages: HelpText { HelpText(width: screenWidth) }

  /// The page about a topic, or the overview.
  func help(_ topic: String?) throws -> String {
    let state = try session().state
    guard let topic, !topic.isEmpty else { return pages.overview(state.registry) }
    let catalog = HelpCatalog(state.registry)
    let found = catalog.find(topic)
    if found.count == 1, let entry = found.first { return entry.page(pages) }
    if found.count > 1 { return list(found) }
    if let page = try pageOfVariable(topic, state) { return page }
    let near = catalog.nearest(topic).map { "; did you mean '\($0)'?" } ?? ";"
    throw CommandError(
      "there is no help about '\(VisibleText.line(topic))'\(near) \\apropos WORD searches")
  }

  /// The page about what a path of variables leads to, such as `m.boot` or `m`.
  private func pageOfVariable(_ topic: String, _ state: LuaState) throws -> String? {
    let steps = topic.split { $0 == "." || $0 == ":" }.map { LuaPathStep.name(String($0)) }
    switch try state.resolve(steps) {
    case .function(let declaration)?: return pages.page(declaration)
    case .object(let declaration)?, .list(let declaration)?: return pages.page(declaration)
    case .value(let value)?: return page(of: value, named: topic, state)
    case nil: return nil
    }
  }

  private func page(of value: LuaReference, named name: String, _ state: LuaState) -> String {
    if let declaration = value.declaration { return pages.page(declaration) }
    if let type = value.typeName.flatMap({ state.registry.type(named: $0) }) {
      return pages.page(type)
    }
    guard let info = value.functionInfo else { return "\(name) is a \(value.kind.rawValue)\n" }
    guard !info.isNative else {
      return "\(name) is a function of Lua's libraries" + (LuaManual.reference(name) ?? "") + "\n"
    }
    let parameters = info.isVariadic ? "\(info.parameterCount) and more" : "\(info.parameterCount)"
    return "\(name) is a Lua function, \(VisibleText.line(info.source)):\(info.line), parameters: "
      + "\(parameters)\n"
  }

  /// What a word finds.
  func apropos(_ word: String) throws -> String {
    guard !word.isEmpty else { throw CommandError("\\apropos needs a word") }
    let found = HelpCatalog(try session().state.registry).search(word)
    guard !found.isEmpty else { throw CommandError("nothing about '\(VisibleText.line(word))'") }
    return list(found)
  }

  private func list(_ entries: [HelpCatalog.Entry]) -> String {
    TextTable(
      columns: ["name", "kind", "summary"], rows: entries.map { [$0.name, $0.kind, $0.summary] }
    ).text(width: screenWidth) + "\n"
  }
}
