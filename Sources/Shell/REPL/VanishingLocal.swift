import LuaRuntime

extension LuaState {
  /// The first local variable that a chunk declares for itself, and that is gone after it; `nil` for
  /// none, or where a `return` ends the chunk.
  ///
  /// The compiler finds it: nothing may jump over the declaration of a local to where it holds.
  func vanishingLocal(in chunk: String) -> String? {
    let source = "goto dvmash_end\n" + chunk + "\n::dvmash_end:: dvmash_end()"
    guard let message = try? syntaxError(source) else { return nil }
    return MissingName.name(after: "jumps into the scope of local '", in: message)
  }
}
