import CLua

/// The limits and the mode of a Lua state.
public struct LuaConfiguration: Sendable {
  /// The memory that Lua may use, in bytes; 0 for no limit.
  public var memoryLimit: Int
  /// The number of virtual-machine instructions after which a run ends; 0 for no limit.
  public var instructionLimit: UInt64
  /// No files, processes, native modules or debug functions but `traceback`.
  public var isSandboxed: Bool

  /// Makes a configuration; without arguments there are no limits.
  public init(memoryLimit: Int = 0, instructionLimit: UInt64 = 0, isSandboxed: Bool = false) {
    self.memoryLimit = memoryLimit
    self.instructionLimit = instructionLimit
    self.isSandboxed = isSandboxed
  }
}

/// One Lua state with the bindings of a registry, used by one thread at a time.
///
/// Lua code can raise whatever it likes: every entry of this class is protected, and none of them
/// lets a Lua error cross a Swift frame (the rules are at the head of CLua.h).
public final class LuaState {
  /// What scripts can use.
  public let registry: BindingRegistry
  let host: LuaHost
  private let typeContexts: [TypeContext]

  /// Builds a state.
  ///
  /// Errors: `LuaFailure` if there is not enough memory, `LuaBindingError` if a declaration uses
  /// what the registry does not have.
  public init(registry: BindingRegistry, configuration: LuaConfiguration = .init()) throws {
    self.registry = registry
    host = LuaHost(
      typeIndices: registry.typeIndices, typeNames: registry.types.map(\.name),
      storage: registry.bindings.storage)
    typeContexts = registry.types.map(TypeContext.init)
    let limit = max(0, configuration.memoryLimit)
    host.pointer = clua_open(
      Unmanaged.passUnretained(host).toOpaque(), releaseObject, limit, configuration.isSandboxed)
    guard let pointer = host.pointer else {
      throw LuaFailure(kind: .memory, message: "not enough memory for a Lua state")
    }
    do {
      try define(pointer)
    } catch {
      close()
      throw error
    }
    if configuration.instructionLimit != 0 {
      clua_limit_instructions(pointer, configuration.instructionLimit)
    }
  }

  deinit { close() }

  /// Closes the state: finalizers run and every object that Lua held is released.
  ///
  /// What Swift kept of the state is dead from then on.
  public func close() {
    guard let pointer = host.pointer else { return }
    clua_close(pointer)
    host.pointer = nil
  }

  private func define(_ pointer: OpaquePointer) throws {
    var outcome = clua_outcome()
    for (index, type) in registry.types.enumerated() {
      try define(type, index, pointer)
    }
    for member in registry.bindings.members {
      try member.binding.declare(typeIndices: registry.typeIndices) { function in
        clua_define_member(
          pointer, UInt32(member.type), Int32(member.role), member.name, function, &outcome)
      }
      try check(outcome)
    }
    for index in registry.types.indices {
      clua_finish_type(pointer, UInt32(index), &outcome)
      try check(outcome)
    }
    for module in registry.modules {
      clua_define_module(pointer, module.name, &outcome)
      try check(outcome)
      for constant in module.constants {
        encode([constant.value])
        clua_define_value(pointer, module.name, constant.name, &outcome)
        try check(outcome)
      }
    }
    for (module, binding) in registry.bindings.functions {
      try binding.declare(typeIndices: registry.typeIndices) { function in
        clua_define_function(pointer, module, binding.declaration.name, function, &outcome)
      }
      try check(outcome)
    }
    for script in registry.bindings.scripts {
      let made = try run(script.source, name: "=\(script.chunk)")
      encode(made.prefix(1).map { $0 as any LuaResult })
      clua_define_value(pointer, script.module, script.name, &outcome)
      try check(outcome)
    }
  }

  private func define(
    _ type: TypeDeclaration, _ index: Int, _ pointer: OpaquePointer
  ) throws {
    let storage = registry.bindings.storage[index]
    guard storage.size <= Int(CLUA_MAXIMUM_DATA), storage.alignment <= 8 else {
      throw LuaBindingError(
        code: "internal", message: "\(type.name) has more data than fits a plain object")
    }
    var owner = UInt32.max
    if let identifier = storage.owner {
      guard let found = registry.typeIndices[identifier] else {
        throw LuaBindingError(
          code: "internal", message: "\(type.name) belongs to a class that is not in the registry")
      }
      owner = found
    }
    var outcome = clua_outcome()
    var assigned: UInt32 = 0
    type.name.withCString { name in
      var declaration = clua_type(
        name: name, context: Unmanaged.passUnretained(typeContexts[index]).toOpaque(),
        reject: rejectMember, owner: owner, size: UInt32(storage.size))
      clua_define_type(pointer, &declaration, &assigned, &outcome)
    }
    try check(outcome)
  }

  /// The host, or the error that the state is closed.
  func pointer() throws -> OpaquePointer {
    guard let pointer = host.pointer else { throw LuaClosedError() }
    return pointer
  }

  /// Writes values into the output buffer, for the next call of C.
  func encode(_ values: [any LuaResult]) {
    guard let pointer = host.pointer else { return }
    clua_output_begin(pointer)
    let encoder = LuaEncoder(pointer: pointer, host: host)
    for value in values { value.encode(into: encoder) }
  }
}

/// What C holds of a type, for the messages about unknown fields.
private final class TypeContext {
  let declaration: TypeDeclaration
  init(_ declaration: TypeDeclaration) { self.declaration = declaration }
}

private func releaseObject(_ object: UnsafeMutableRawPointer?) {
  guard let object else { return }
  Unmanaged<AnyObject>.fromOpaque(object).release()
}

/// Writes the error of a field that does not exist or cannot be set.
private func rejectMember(
  _ context: UnsafeMutableRawPointer?, _ frame: UnsafeMutablePointer<clua_frame>?,
  _ reason: Int32, _ index: Int32
) {
  guard let context, let frame, let host = LuaHost.of(frame) else { return }
  let type = Unmanaged<TypeContext>.fromOpaque(context).takeUnretainedValue().declaration
  let key = LuaValue(frame.pointee.arguments[0], host: host)
  let message: String
  if let name = key.text {
    if Int(reason) == CLUA_REJECT_READ_ONLY {
      message = "\(type.name).\(name) cannot be set"
    } else {
      let hint =
        NearestName.find(name, in: type.memberNames).map { "; did you mean '\($0)'?" } ?? ""
      message = "\(type.name) has no field '\(name)'" + hint
    }
  } else {
    message = "\(type.name) has no field \(key.briefText); fields are named by strings"
  }
  LuaMemberError(message: message).encodeRecord(into: host)
}
