import Files
import LuaRuntime

/// The files that scripts name in calls of the engine; none in the sandbox.
extension EngineBindings.Environment {
  /// Reads a file whole, or raises an error that names it.
  func readFile(_ path: String) throws -> [UInt8] {
    try checkFiles(path)
    do throws(FileFailure) {
      return try FileBytes.read(path)
    } catch {
      throw LuaBindingError(code: "file", message: error.message)
    }
  }

  /// Writes a file whole, or raises an error that names it.
  func writeFile(_ path: String, _ bytes: [UInt8]) throws {
    try checkFiles(path)
    do throws(FileFailure) {
      try FileBytes.write(bytes, to: path)
    } catch {
      throw LuaBindingError(code: "file", message: error.message)
    }
  }

  private func checkFiles(_ path: String) throws {
    if !allowsFiles {
      throw LuaBindingError(
        code: "file", message: "cannot open \(path): there are no files in the sandbox")
    }
  }
}
