public import CLua

/// What the arguments of a function with arguments of any kind take besides their Swift types.
@usableFromInline
final class CallPlan {
  /// The function, for messages.
  @usableFromInline let function: String
  private let descriptions: [ParameterDescription]
  /// A `ParameterReader` for each parameter.
  @usableFromInline let readers: [AnyObject]

  @usableFromInline
  init(_ function: String, _ parameters: ParameterList) {
    self.function = function
    descriptions = parameters.descriptions
    readers = parameters.readers
  }

  /// What a body's caller is told about an argument; `type` is the name of its Swift type.
  @usableFromInline
  func mismatch(_ mismatch: LuaMismatch, _ position: Int, _ type: String) -> any Error {
    guard descriptions.indices.contains(position) else { return mismatch }
    let description = descriptions[position]
    return ArgumentMismatch(
      position: position + 1, name: description.name,
      mismatch: mismatch.path.isEmpty ? mismatch.renamed(type, description.type.name) : mismatch)
  }
}

/// A parameter as an object, so that a thunk does not carry copies of parameters.
@usableFromInline
final class ParameterReader<Value: LuaArgument> {
  private let parameter: Parameter<Value>

  init(_ parameter: Parameter<Value>) { self.parameter = parameter }

  @usableFromInline
  func convert(
    at value: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) throws(LuaMismatch) -> Value {
    try parameter.convert(at: value, host)
  }
}

/// The reader of the arguments of one call, in order.
@usableFromInline
struct ArgumentCursor {
  @usableFromInline var next: UnsafePointer<clua_value>
  @usableFromInline let host: OpaquePointer
  @usableFromInline var position = 0

  @inlinable @inline(__always)
  init(_ frame: UnsafeMutablePointer<clua_frame>) {
    next = frame.pointee.arguments
    host = frame.pointee.host
  }

  /// The next argument as C decoded it.
  @inlinable @inline(__always)
  mutating func take() -> UnsafePointer<clua_value> {
    defer { next += 1 }
    return next
  }

  /// The next argument, of any kind; what is absent, and options, are the parameter's to read.
  @inlinable @inline(__always)
  mutating func convert<Value: LuaArgument>(
    _ type: Value.Type, _ plan: CallPlan
  ) throws -> Value {
    let place = position
    position += 1
    let value = take()
    do throws(LuaMismatch) {
      if type != LuaOptions.self, value.pointee.kind > UInt8(truncatingIfNeeded: CLUA_NIL) {
        return try Value.read(value, host)
      }
      return try unsafeDowncast(plan.readers[place], to: ParameterReader<Value>.self)
        .convert(at: value, host)
    } catch {
      throw plan.mismatch(error, place, Value.luaType.name)
    }
  }
}
