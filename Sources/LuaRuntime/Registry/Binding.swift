public import CLua

/// What C calls for a bound function: reads the frame, sets the result, answers a status.
public typealias LuaThunk = (UnsafeMutablePointer<clua_frame>) -> Int32

/// A declared function with its body.
///
/// C holds its address; the registry keeps it alive.
@usableFromInline
final class Binding {
  let declaration: FunctionDeclaration
  @usableFromInline let thunk: LuaThunk
  /// The class of the object of a method.
  let receiver: ObjectIdentifier?
  let receiverName: String
  /// The class of the object that it gives, if it gives one.
  let result: ObjectIdentifier?
  let parts: [LuaPart]

  init(
    _ declaration: FunctionDeclaration, receiver: ObjectIdentifier?, receiverName: String,
    result: ObjectIdentifier?, parts: [LuaPart], thunk: @escaping LuaThunk
  ) {
    self.declaration = declaration
    self.receiver = receiver
    self.receiverName = receiverName
    self.result = result
    self.parts = parts
    self.thunk = thunk
  }

  /// Hands C the declaration, which C copies; types of objects are the indices of the registry.
  ///
  /// Errors: `LuaBindingError` for too many parameters or a class that is not registered.
  func declare(
    typeIndices: [ObjectIdentifier: UInt32], _ body: (UnsafePointer<clua_function>) -> Void
  ) throws {
    let storage = DeclarationStorage(typeIndices, of: declaration.qualifiedName)
    var function = clua_function()
    function.context = Unmanaged.passUnretained(self).toOpaque()
    function.thunk = callBinding
    function.reject = rejectCall
    function.receiver = UInt32.max
    function.result = UInt32.max
    if let receiver { function.receiver = try storage.index(of: receiver) }
    if let result, let index = typeIndices[result] { function.result = index }
    guard parts.count <= Int(CLUA_MAXIMUM_ARGUMENTS) else {
      throw LuaBindingError(
        code: "internal", message: "\(declaration.qualifiedName) has too many parameters")
    }
    function.count = UInt16(parts.count)
    try withUnsafeMutableBytes(of: &function.parameters) { bytes in
      let parameters = bytes.bindMemory(to: clua_parameter.self)
      for (position, part) in parts.enumerated() {
        parameters[position] = try storage.parameter(part)
      }
    }
    body(&function)
    withExtendedLifetime(storage) {}
  }
}

/// A mismatch that still lacks the name of the function.
struct ArgumentMismatch: Error {
  let position: Int
  let name: String
  let mismatch: LuaMismatch

  func error(in function: String) -> LuaArgumentError {
    LuaArgumentError(
      message: "bad argument #\(position) '\(name)\(mismatch.path)' to '\(function)' "
        + "(\(mismatch.text))")
  }
}

private func callBinding(
  _ context: UnsafeMutableRawPointer?, _ frame: UnsafeMutablePointer<clua_frame>?
) -> Int32 {
  guard let context, let frame else { return Int32(CLUA_OK) }
  return Unmanaged<Binding>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.thunk(frame) }
}

/// Writes why C refused a call.
private func rejectCall(
  _ context: UnsafeMutableRawPointer?, _ frame: UnsafeMutablePointer<clua_frame>?,
  _ reason: Int32, _ index: Int32
) {
  guard let context, let frame, let host = LuaHost.of(frame) else { return }
  let binding = Unmanaged<Binding>.fromOpaque(context).takeUnretainedValue()
  let name = binding.declaration.qualifiedName
  let parameters = binding.declaration.parameters
  let message: String
  switch Int(reason) {
  case CLUA_REJECT_COUNT:
    let limit = parameters.count
    let list = parameters.map(\.name).joined(separator: ", ")
    message =
      "too many arguments to '\(name)' (\(limit == 0 ? "none" : "at most \(limit): \(list)") "
      + "expected, got \(frame.pointee.given))"
  case CLUA_REJECT_RECEIVER:
    let value = LuaValue(frame.pointee.arguments[0], host: host)
    message =
      Int(frame.pointee.arguments[0].kind) == CLUA_CLOSED
      ? "attempt to use a \(value.typeName)"
      : "'\(name)' needs the object in front (\(binding.receiverName) expected, got "
        + "\(value.briefText)); call it as object:\(binding.declaration.name)(...)"
  default:
    guard parameters.indices.contains(Int(index)) else { return }
    let parameter = parameters[Int(index)]
    let value = frame.pointee.arguments[Int(index)]
    let text = mismatchText(value, parameter, host: host)
    message = "bad argument #\(index + 1) '\(parameter.name)' to '\(name)' (\(text))"
  }
  LuaArgumentError(message: message).encodeRecord(into: host)
}

private func mismatchText(
  _ value: clua_value, _ parameter: ParameterDescription, host: LuaHost
) -> String {
  switch Int(value.problem) {
  case CLUA_CYCLIC: return "the table contains itself"
  case CLUA_TOO_DEEP: return "the table is nested too deep"
  case CLUA_TOO_LARGE: return "the table is too large"
  case CLUA_BAD_KEY: return "table keys must be strings, numbers or booleans"
  case CLUA_BAD_TEXT: return "string in UTF-8 expected, got other bytes"
  default:
    if Int(value.kind) == CLUA_NONE { return "\(parameter.expectation) expected, got no value" }
    if !parameter.type.choices.isEmpty, Int(value.kind) != CLUA_TABLE,
      Int(value.kind) != CLUA_FUNCTION
    {
      return parameter.type.choiceMismatch(LuaValue(value, host: host)).text
    }
    return "\(parameter.expectation) expected, got \(shallowText(value, host: host))"
  }
}

/// What was given, of a value whose tables and functions are not decoded.
private func shallowText(_ value: clua_value, host: LuaHost) -> String {
  switch Int(value.kind) {
  case CLUA_TABLE: "table"
  case CLUA_FUNCTION: "function"
  default: LuaValue(value, host: host).briefText
  }
}

extension LuaConvertibleError {
  /// Writes the error as the record that C makes an error object of.
  func encodeRecord(into host: LuaHost) {
    guard let pointer = host.pointer else { return }
    clua_output_begin(pointer)
    let encoder = LuaEncoder(pointer: pointer, host: host)
    let fields = luaFields
    clua_put_table(pointer, fields.count + 3)
    for field in fields {
      field.name.encode(into: encoder)
      field.value.encode(into: encoder)
    }
    for (name, text) in [("code", code), ("name", name), ("message", message)] {
      name.encode(into: encoder)
      text.encode(into: encoder)
    }
  }
}

/// Answers an error that a body threw; `function` is the name of the bound function.
@usableFromInline
func fail(
  _ frame: UnsafeMutablePointer<clua_frame>, _ error: any Error, in function: String
) -> Int32 {
  guard let host = LuaHost.of(frame) else { return Int32(CLUA_OK) }
  switch error {
  case let error as LuaBindingError:  // first, because the cast is cheap
    error.encodeRecord(into: host)
  case let error as any LuaConvertibleError:
    error.encodeRecord(into: host)
  case let error as LuaScriptError where error.value.host === host:
    error.value.rethrow(in: frame)
    return Int32(CLUA_RETHROW)
  case let error as LuaFailure:
    // A run inside of this call failed: its error goes on as it was.
    if let value = error.value, value.kind != .nil, value.host === host {
      value.rethrow(in: frame)
      return Int32(CLUA_RETHROW)
    }
    LuaBindingError(code: "script", message: error.message).encodeRecord(into: host)
  case let error as ArgumentMismatch:
    error.error(in: function).encodeRecord(into: host)
  case let error as LuaMismatch:
    LuaArgumentError(message: "bad argument to '\(function)' (\(error.text))")
      .encodeRecord(into: host)
  case let error as any CustomStringConvertible:
    LuaBindingError(code: "internal", message: error.description).encodeRecord(into: host)
  default:
    LuaBindingError(code: "internal", message: "internal error in '\(function)'")
      .encodeRecord(into: host)
  }
  return Int32(CLUA_FAIL)
}

extension LuaReference {
  /// Sets this value as the error that C raises again.
  fileprivate func rethrow(in frame: UnsafeMutablePointer<clua_frame>) {
    if handle.reference == 0 {
      frame.pointee.result.kind = handle.kind
      frame.pointee.result.integer = handle.integer
    } else {
      frame.pointee.result.kind = UInt8(CLUA_FUNCTION)
      frame.pointee.result.integer = Int64(handle.reference)
    }
  }
}
