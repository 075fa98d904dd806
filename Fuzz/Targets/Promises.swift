#if canImport(Glibc)
  import Glibc
#endif

/// Writes a line to standard error.
func say(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = write(2, bytes, bytes.count)
}

/// Ends the process where a promise is broken, so that libFuzzer keeps the input.
func require(_ truth: Bool, _ promise: @autoclosure () -> String) {
  guard !truth else { return }
  say("broken: \(promise())")
  abort()
}

/// The value of something that cannot fail here, or the end of the process.
func must<Value>(_ what: String, _ body: () throws -> Value) -> Value {
  do {
    return try body()
  } catch {
    say("broken: \(what): \(error)")
    abort()
  }
}
