import Files
import LuaRuntime

/// Writes a file whole, or raises an error that names it.
func writeFile(_ path: String, _ bytes: [UInt8]) throws {
  do {
    try FileBytes.write(bytes, to: path)
  } catch {
    throw LuaBindingError(code: "file", message: error.message)
  }
}
