import LuaRuntime

#if canImport(Glibc)
  import Glibc
#endif

/// Writes a file whole, or raises an error that names it.
func writeFile(_ path: String, _ bytes: [UInt8]) throws {
  func failure() -> LuaBindingError {
    LuaBindingError(
      code: "file", message: "cannot write \(path): \(String(cString: strerror(errno)))")
  }
  guard let file = fopen(path, "wb") else { throw failure() }
  let written = fwrite(bytes, 1, bytes.count, file)
  if written != bytes.count {
    let error = failure()
    fclose(file)
    throw error
  }
  if fclose(file) != 0 { throw failure() }
}
