import CLua

/// A step of a path such as `m.domains[1].name`.
public enum LuaPathStep: Hashable, Sendable, ExpressibleByStringLiteral,
  ExpressibleByIntegerLiteral
{
  /// `.name` or `["name"]`.
  case name(String)
  /// `[1]`.
  case index(Int)
  /// `(...)`: the first result of a call, known by its declaration; nothing is called.
  case call

  /// A step by name.
  public init(stringLiteral name: String) { self = .name(name) }
  /// A step by index.
  public init(integerLiteral index: Int) { self = .index(index) }
}

/// What may follow a path.
public struct LuaMember: Hashable, Sendable {
  /// The name.
  public let name: String
  /// Whether it can be called.
  public let isCallable: Bool
  /// Whether it has members itself: a table that is not empty, or an object.
  public let hasMembers: Bool
}

/// Looking things up for completion: by raw access only, so that no code of a script runs and no
/// property is read. Objects are known by their declarations in the registry.
extension LuaState {
  /// Where a path leads to.
  public enum Target {
    /// A value.
    case value(LuaReference)
    /// Some object of a type, which is not at hand: the value of a property, or a result.
    case object(TypeDeclaration)
    /// A list of such objects.
    case list(TypeDeclaration)
    /// A method or function of the registry.
    case function(FunctionDeclaration)
  }

  private static let indexLimit = 16

  /// The table of globals.
  public func globals() throws -> LuaReference {
    let pointer = try pointer()
    var outcome = clua_outcome()
    var value = clua_handle()
    clua_globals(pointer, &value, &outcome)
    try host.check(outcome)
    return LuaReference(value, host: host)
  }

  /// The value of a global variable, by raw access.
  public func global(_ name: String) throws -> LuaReference {
    try globals().rawField(name)
  }

  /// Follows a path from the globals through tables, `__index` tables and properties of objects;
  /// `nil` if it leads nowhere or cannot be followed without running code.
  public func resolve(_ path: [LuaPathStep]) throws -> Target? {
    guard case .name(let first)? = path.first else { return nil }
    var target: Target? = .value(try global(first))
    for step in path.dropFirst() {
      switch (target, step) {
      case (.function(let declaration), .call): target = result(of: declaration)
      case (.value(let value), .call): target = value.declaration.flatMap(result)
      case (.list(let declaration), .index): target = .object(declaration)
      case (.value(let value), _) where value.typeName != nil:
        target = member(step, of: type(of: value))
      case (.value(let value), _):
        target = try field(step, of: value).map(Target.value)
      case (.object(let declaration), _):
        target = member(step, of: declaration)
      default: return nil
      }
    }
    if case .value(let value)? = target, value.kind == .nil { return nil }
    return target
  }

  /// What may follow a path, sorted by name; the empty path gives the globals.
  public func members(ofPath path: [LuaPathStep]) throws -> [LuaMember] {
    guard !path.isEmpty else { return try members(of: globals()) }
    switch try resolve(path) {
    case .value(let value)?: return try members(of: value)
    case .object(let declaration)?: return members(of: declaration)
    default: return []
    }
  }

  /// What may follow a value, sorted by name.
  public func members(of value: LuaReference) throws -> [LuaMember] {
    if let declaration = type(of: value) { return members(of: declaration) }
    var found: [String: LuaMember] = [:]
    var next: LuaReference? = value
    for _ in 0..<Self.indexLimit {
      guard let current = next else { break }
      if current.kind == .table {
        for entry in try current.entries().entries where entry.key.kind == .string {
          let name = entry.key.text ?? ""
          if found[name] == nil { found[name] = try member(name, entry.value) }
        }
      }
      next = try indexTable(of: current)
    }
    return found.values.sorted { $0.name < $1.name }
  }

  // MARK: Steps

  private func member(_ name: String, _ value: LuaReference) throws -> LuaMember {
    let isFull = value.kind == .table ? try value.entries(limit: 1).total > 0 : false
    return LuaMember(
      name: name, isCallable: value.kind == .function || value.hasMetafield("__call"),
      hasMembers: isFull || value.kind == .object)
  }

  private func members(of declaration: TypeDeclaration) -> [LuaMember] {
    let properties = declaration.properties.map {
      LuaMember(name: $0.name, isCallable: false, hasMembers: $0.type.object != nil)
    }
    let methods = declaration.methods.map {
      LuaMember(name: $0.name, isCallable: true, hasMembers: false)
    }
    return (properties + methods).sorted { $0.name < $1.name }
  }

  private func type(of value: LuaReference) -> TypeDeclaration? {
    value.typeName.flatMap { registry.type(named: $0) }
  }

  private func member(_ step: LuaPathStep, of declaration: TypeDeclaration?) -> Target? {
    guard case .name(let name) = step, let declaration else { return nil }
    if let method = declaration.methods.first(where: { $0.name == name }) {
      return .function(method)
    }
    return declaration.properties.first { $0.name == name }.flatMap { target(of: $0.type) }
  }

  private func result(of declaration: FunctionDeclaration) -> Target? {
    declaration.results.first.flatMap { target(of: $0.type) }
  }

  /// What is known of a value from its declared type alone.
  private func target(of type: LuaType) -> Target? {
    if let object = type.object, let index = registry.typeIndices[object] {
      return .object(registry.types[Int(index)])
    }
    return type.element.flatMap { registry.type(named: $0) }.map(Target.list)
  }

  private func field(_ step: LuaPathStep, of value: LuaReference) throws -> LuaReference? {
    var next: LuaReference? = value
    for _ in 0..<Self.indexLimit {
      guard let current = next else { return nil }
      let found: LuaReference
      switch step {
      case .name(let name): found = try current.rawField(name)
      case .index(let index): found = try current.rawItem(index)
      case .call: return nil
      }
      if found.kind != .nil { return found }
      next = try indexTable(of: current)
    }
    return nil
  }

  private func indexTable(of value: LuaReference) throws -> LuaReference? {
    let index = try value.metatable().rawField("__index")
    return index.kind == .table ? index : nil
  }
}
