public import CLua

/// A Lua function that a script passed; it may be kept for later, such as an event listener.
///
/// The function stays alive as long as this value. Calling it after its state closed throws.
public struct LuaFunction {
  /// The value, to look at it.
  public let reference: LuaReference

  init(reference: LuaReference) { self.reference = reference }

  @usableFromInline
  init(adopting value: clua_value, host: LuaHost) {
    if let pointer = host.pointer { clua_adopt(pointer, value.type) }
    reference = LuaReference(
      clua_handle(
        kind: UInt8(CLUA_FUNCTION), reference: Int32(truncatingIfNeeded: value.integer), type: 0,
        .init(integer: 0), identity: nil, length: 0),
      host: host)
  }

  /// Calls the function.
  ///
  /// Errors: `LuaScriptError` with the error value that the function raised; if it leaves the
  /// bound function, the script gets that value unchanged.
  @discardableResult
  public func callAsFunction(_ arguments: any LuaResult...) throws -> [LuaValue] {
    try call(arguments)
  }

  /// Calls the function and converts its first result.
  ///
  /// Errors: as calling it, and `LuaArgumentError` if the result is something else.
  public func call<Result: LuaArgument>(
    _ arguments: any LuaResult..., returning: Result.Type
  ) throws -> Result {
    let first = try call(arguments).first ?? .nil
    do {
      return try Result.fromLua(first)
    } catch {
      throw LuaArgumentError(message: "bad result of a callback (\(error.text))")
    }
  }

  /// Calls the function with a list of arguments.
  @discardableResult
  public func call(_ arguments: [any LuaResult]) throws -> [LuaValue] {
    let host = reference.host
    guard let pointer = host.pointer else { throw LuaClosedError() }
    clua_output_begin(pointer)
    let encoder = LuaEncoder(pointer: pointer, host: host)
    for argument in arguments { argument.encode(into: encoder) }
    var values: UnsafePointer<clua_value>?
    var count = 0
    var error = clua_handle()
    let status = clua_call(
      pointer, reference.handle.reference, UInt32(arguments.count), &values, &count, &error)
    guard status == Int32(CLUA_OK) else {
      throw LuaScriptError(value: LuaReference(error, host: host))
    }
    defer { clua_call_end(pointer) }
    return UnsafeBufferPointer(start: values, count: count).map { LuaValue($0, host: host) }
  }
}
