import LuaRuntime

/// What a script expects of the engine, and whether it is so.
struct Expectation {
  /// Whether it is so.
  let holds: Bool
  /// What was expected, as it follows "expected that".
  let wanted: String
  /// What was expected where it should not hold; by default says so of `wanted`.
  var opposite: String?
  /// What was found instead, or as well.
  let found: String

  /// Throws where it does not hold, or where it holds and should not.
  func demand(_ isWanted: Bool) throws {
    guard holds != isWanted else { return }
    let text =
      isWanted
      ? "expected that \(wanted)"
      : opposite.map { "expected that \($0)" } ?? "did not expect that \(wanted)"
    throw LuaBindingError(code: "expectation", name: "expectation", message: "\(text)\n\(found)")
  }
}

/// An error that a function of a script raised, as far as expectations look at it.
struct RaisedError {
  /// The field `code` of an error object.
  let code: String?
  /// The field `name` of an error object.
  let name: String?
  /// The whole error in words.
  let text: String

  /// Calls a function; `nil` where it raises nothing.
  init?(calling function: LuaFunction) throws {
    do {
      try function()
      return nil
    } catch let error as LuaScriptError {
      let value = error.value
      code = try? value.rawField("code").text
      name = try? value.rawField("name").text
      let message = (try? value.rawField("message").text) ?? value.text
      text = message ?? "an error that is a \(value.kind.rawValue)"
      // A run that is to stop stops, whatever was expected.
      if code == "interrupted" { throw error }
    }
  }
}
