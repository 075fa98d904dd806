/// The options table of a call, checked and converted; read with the parameters that declare it.
///
///     let pages = Parameter<UInt64>.count("pages", "How many")
///     t.method("negotiate", "...", .options(pages)) { domain, options in
///       try domain.negotiate(pages: options[pages])
///     }
public struct LuaOptions: LuaArgument {
  private var values: [(name: String, value: Any, isGiven: Bool)] = []

  /// The names of the options that the script gave.
  public var given: Set<String> { Set(values.filter(\.isGiven).map(\.name)) }

  /// The type in Lua.
  public static var luaType: LuaType { .table }
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> LuaOptions {
    try LuaOptions(value, fields: [])
  }

  init(_ table: LuaValue, fields: [any OptionField]) throws(LuaMismatch) {
    let pairs = try LuaOptions.pairs(of: table)
    for (name, _) in pairs where !fields.contains(where: { $0.name == name }) {
      let names = fields.map(\.name)
      let hint = NearestName.find(name, in: names).map { "; did you mean '\($0)'?" } ?? ""
      throw LuaMismatch("unknown option '\(name)'" + hint)
    }
    values.reserveCapacity(fields.count)
    for field in fields {
      let name = field.name
      let value = pairs.first { $0.name == name }?.value
      if value == nil, !field.description.isOptional {
        let expectation = field.description.expectation
        throw LuaMismatch("option '\(name)' is missing (\(expectation) expected)")
      }
      do {
        values.append((name, try field.value(of: value ?? .nil), value != nil))
      } catch {
        throw error.at(".\(name)")
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
      let name = field.name
      guard let value = values.first(where: { $0.name == name })?.value as? Value else {
        throw LuaBindingError(
          code: "internal",
          message: "option '\(name)' is not declared for this function")
      }
      return value
    }
  }
}
