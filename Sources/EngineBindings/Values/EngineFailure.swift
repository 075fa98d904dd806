import LuaRuntime
import Simulation

/// A refusal of the machine as the error object that scripts see.
struct EngineFailure: LuaConvertibleError {
  let code: String
  let name: String
  let message: String

  init(_ error: MachineError) {
    code = error.code.rawValue
    name = error.name
    message = error.message
  }
}

/// Runs an operation of a machine and raises its refusal in Lua.
@inline(__always)
func raising<Value>(_ body: () throws(MachineError) -> Value) throws -> Value {
  do throws(MachineError) {
    return try body()
  } catch {
    throw error.asScriptsSeeIt
  }
}

extension MachineError {
  /// What Lua raises.
  var asScriptsSeeIt: any Error {
    code == .interrupted ? LuaInterrupted() : EngineFailure(self)
  }
}
