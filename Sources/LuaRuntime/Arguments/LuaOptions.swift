/// The options table of a call, checked and converted; read with the parameters that declare it.
///
///     let pages = Parameter<UInt64>.count("pages", "How many")
///     t.method("negotiate", "...", .options(pages)) { domain, options in
///       try domain.negotiate(pages: options[pages])
///     }
public struct LuaOptions: LuaArgument {
  private var values: [String: Any] = [:]
  /// The names of the options that the script gave.
  public private(set) var given: Set<String> = []

  /// The type in Lua.
  public static var luaType: LuaType { .table }
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> LuaOptions {
    try LuaOptions(value, fields: [])
  }

  init(_ table: LuaValue, fields: [any OptionField]) throws(LuaMismatch) {
    let pairs = try LuaOptions.pairs(of: table)
    let names = fields.map(\.description.name)
    for (name, _) in pairs where !names.contains(name) {
      let hint = NearestName.find(name, in: names).map { "; did you mean '\($0)'?" } ?? ""
      throw LuaMismatch("unknown option '\(name)'" + hint)
    }
    for field in fields {
      let description = field.description
      let value = pairs.first { $0.name == description.name }?.value
      if value != nil { given.insert(description.name) }
      if value == nil, !description.isOptional {
        throw LuaMismatch(
          "option '\(description.name)' is missing (\(description.expectation) expected)")
      }
      do {
        values[description.name] = try field.value(of: value ?? .nil)
      } catch {
        throw error.at(".\(description.name)")
      }
    }
  }

  private static func pairs(
    of table: LuaValue
  ) throws(LuaMismatch) -> [(name: String, value: LuaValue)] {
    switch table {
    case .nil: return []
    case .record(let fields): return fields
    case .list(let items):
      guard items.isEmpty else { throw LuaMismatch("options need names: { name = value }") }
      return []
    case .table: throw LuaMismatch("options need names: { name = value }")
    default: throw .expected("table", got: table)
    }
  }

  /// The value of an option.
  ///
  /// Errors: `LuaBindingError` if the function does not declare the option.
  public subscript<Value>(_ field: Parameter<Value>) -> Value {
    get throws {
      guard let value = values[field.description.name] as? Value else {
        throw LuaBindingError(
          code: "internal",
          message: "option '\(field.description.name)' is not declared for this function")
      }
      return value
    }
  }
}
