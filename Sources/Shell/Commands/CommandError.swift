import LuaRuntime

/// Why a command of the shell, or its twin in Lua, did nothing.
struct CommandError: LuaConvertibleError {
  var code: String { "command" }
  var name: String { "command" }
  let message: String

  init(_ message: String) { self.message = message }
}
