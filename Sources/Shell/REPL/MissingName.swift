import LuaRuntime

/// What was meant by a name that leads to nothing, for the messages of the prompt.
///
/// Lua's message about a nil value names the global, the field or the method that has it.
enum MissingName {
  /// `; did you mean 'print'?`, or nothing.
  static func hint(_ message: String, input: String, _ state: LuaState) -> String {
    guard message.contains("a nil value") else { return "" }
    let near =
      name(after: "(global '", in: message).flatMap { global($0, state) }
      ?? name(after: "(field '", in: message).flatMap { field($0, input, state) }
    return near.map { "; did you mean '\($0)'?" } ?? ""
  }

  /// What stands between a mark and the next quote.
  static func name(after mark: String, in message: String) -> String? {
    guard let start = message.firstRange(of: mark)?.upperBound else { return nil }
    return String(message[start...].prefix { $0 != "'" })
  }

  private static func global(_ name: String, _ state: LuaState) -> String? {
    let names = (try? state.members(ofPath: []).map(\.name)) ?? []
    return NearestName.find(name, in: names)
  }

  /// A function with nearly that name of the library that was typed before it.
  private static func field(_ name: String, _ input: String, _ state: LuaState) -> String? {
    let libraries = try? state.global("package").rawField("loaded").entries().entries
    for entry in libraries ?? [] {
      guard let library = entry.key.text, input.contains("\(library).\(name)"),
        entry.value.kind == .table,
        let names = try? state.members(of: entry.value).filter(\.isCallable).map(\.name),
        let near = NearestName.find(name, in: names)
      else { continue }
      return "\(library).\(near)"
    }
    return nil
  }
}
