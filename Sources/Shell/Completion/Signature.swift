import LuaRuntime

/// What is known of a function from the path that is typed before its bracket.
enum Signature {
  private static func target(_ path: String, _ state: LuaState) -> LuaState.Target? {
    guard let typed = TypedPath(path), !typed.partial.isEmpty else { return nil }
    return (try? state.resolve(typed.wholePath)) ?? nil
  }

  /// The declaration of a bound function.
  static func declaration(_ path: String, _ state: LuaState) -> FunctionDeclaration? {
    switch target(path, state) {
    case .function(let declaration)?: declaration
    case .value(let value)?: value.declaration
    default: nil
    }
  }

  /// The options of the first table argument that has any.
  static func options(of path: String, _ state: LuaState) -> [ParameterDescription]? {
    declaration(path, state)?.parameters.first { !$0.fields.isEmpty }?.fields
  }

  /// One line about how a function is called.
  static func hint(_ path: String, _ state: LuaState) -> String? {
    if let declaration = declaration(path, state) { return declaration.synopsis }
    guard case .value(let value)? = target(path, state), let info = value.functionInfo,
      !info.isNative
    else { return nil }
    let more = info.isVariadic ? ", ..." : ""
    return "\(path)(\(info.parameterCount) parameters\(more)) of \(info.source):\(info.line)"
  }

  /// The names of all hypercalls.
  static func hypercalls(_ state: LuaState) -> [String] {
    let module = state.registry.modules.first { $0.name == "sun4v" }
    let list = module?.constants.first { $0.name == "hypercalls" }?.value.items ?? []
    return list.compactMap { $0["name"].text }
  }
}
