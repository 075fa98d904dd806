import LuaRuntime

/// Shows values in the chosen format, by raw looks; only `__tostring` runs, and guarded.
struct ValuePrinter {
  let state: LuaState
  let settings: DisplaySettings
  /// Throws where a person does not want the rest.
  var poll: () throws -> Void = {}

  /// One result, without a newline at its end.
  func text(of value: LuaReference) throws -> String {
    switch settings.format {
    case .lua:
      var writer = LuaWriter(state: state, settings: settings, poll: poll)
      return try writer.text(of: value)
    case .json:
      var writer = TreeReader(state: state, poll: poll)
      return JSONText.write(try writer.read(value))
    case .yaml:
      var writer = TreeReader(state: state, poll: poll)
      return "---\n" + YAMLText.write(try writer.read(value))
    case .table:
      return try TableView(state: state, settings: settings, poll: poll).text(of: value)
    }
  }
}
