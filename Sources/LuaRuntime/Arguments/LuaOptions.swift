public import CLua

/// The options table of a call, checked and converted; read with the parameters that declare it.
///
///     let pages = Parameter<UInt64>.count("pages", "How many")
///     t.method("negotiate", "...", .options(pages)) { domain, options in
///       try domain.negotiate(pages: options[pages])
///     }
///
/// Options are read before the function calls back into Lua, which could change the table.
public struct LuaOptions: LuaArgument {
  /// What C took apart; the fields lie side by side, since copying an enum of them for each option that
  /// is read costs more than the reading.
  @usableFromInline let decoded: Decoded?
  /// The options where C left a table to us.
  private let copied: [(name: String, value: Any, isGiven: Bool)]

  @usableFromInline
  struct Decoded {
    /// In the order of the fields; `nil` where no table was given.
    @usableFromInline let values: UnsafePointer<clua_value>?
    @usableFromInline let host: OpaquePointer
    @usableFromInline let keys: OptionKeys
    /// How often Lua had run when the values were taken; they may move when it runs again.
    @usableFromInline let runs: UInt64
  }

  /// The names of the options that the script gave.
  public var given: Set<String> {
    guard let decoded else { return Set(copied.filter(\.isGiven).map(\.name)) }
    guard let values = decoded.values else { return [] }
    return Set(
      decoded.keys.fields.indices.filter { Int(values[$0].kind) != CLUA_NONE }
        .map { decoded.keys.fields[$0].name })
  }

  /// The type in Lua.
  public static var luaType: LuaType { .table }
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> LuaOptions {
    try LuaOptions(value, fields: [])
  }

  /// Takes over what C decoded, or copies what it left to us.
  init(
    _ value: UnsafePointer<clua_value>, _ host: OpaquePointer, _ keys: OptionKeys
  ) throws(LuaMismatch) {
    switch Int(value.pointee.kind) {
    case CLUA_FIELDS:
      let values = value.pointee.entries
      if let values {
        for field in keys.unchecked where Int(values[field].kind) != CLUA_NONE {
          do throws(LuaMismatch) {
            try keys.fields[field].check(values + field, host)
          } catch {
            throw error.at(".\(keys.fields[field].name)")
          }
        }
      }
      self.init(Decoded(values: values, host: host, keys: keys, runs: clua_runs(host)))
    case CLUA_NIL where keys.mayBeAbsent:
      self.init(Decoded(values: nil, host: host, keys: keys, runs: clua_runs(host)))
    default:
      self = try LuaOptions(LuaValue(at: value, host), fields: keys.fields)
    }
  }

  private init(_ decoded: Decoded) {
    self.decoded = decoded
    copied = []
  }

  init(_ table: LuaValue, fields: [any OptionField]) throws(LuaMismatch) {
    let pairs = try LuaOptions.pairs(of: table)
    for (name, _) in pairs where !fields.contains(where: { $0.name == name }) {
      let names = fields.map(\.name)
      let hint = NearestName.find(name, in: names).map { "; did you mean '\($0)'?" } ?? ""
      throw LuaMismatch("unknown option '\(name)'" + hint)
    }
    var values: [(name: String, value: Any, isGiven: Bool)] = []
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
    decoded = nil
    copied = values
  }

  /// The values of a copied table, in the order of the fields.
  var convertedValues: [Any] { copied.map(\.value) }

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
  /// Errors: `LuaBindingError` if the function does not declare the option, or called back before.
  @inlinable
  public subscript<Value>(_ field: Parameter<Value>) -> Value {
    get throws {
      guard let decoded, let place = decoded.keys.place(of: field.identity),
        decoded.runs == clua_runs(decoded.host)
      else { return try other(field) }
      if let values = decoded.values,
        values[place].kind > UInt8(truncatingIfNeeded: CLUA_NIL)
      {
        return try Value.read(values + place, decoded.host)
      }
      return try field.absent(decoded.host)
    }
  }

  /// The value of an option, in the cases that are rare.
  @usableFromInline
  func other<Value>(_ field: Parameter<Value>) throws -> Value {
    guard let decoded else {
      if let value = copied.first(where: { $0.name == field.name })?.value as? Value {
        return value
      }
      throw undeclared(field)
    }
    guard decoded.runs == clua_runs(decoded.host) else {
      throw LuaBindingError(
        code: "internal", message: "option '\(field.name)' was read after a call into Lua")
    }
    guard let place = decoded.keys.fields.firstIndex(where: { $0.name == field.name }) else {
      throw undeclared(field)
    }
    guard let values = decoded.values, values[place].kind > UInt8(CLUA_NIL) else {
      return try field.absent(decoded.host)
    }
    return try Value.read(values + place, decoded.host)
  }

  private func undeclared(_ field: some OptionField) -> LuaBindingError {
    LuaBindingError(
      code: "internal", message: "option '\(field.name)' is not declared for this function")
  }
}

/// Which options a function takes, in the order in which C gives their values.
@usableFromInline
final class OptionKeys {
  let fields: [any OptionField]
  /// The places of the fields that Swift has to check.
  let unchecked: [Int]
  let mayBeAbsent: Bool
  private let identities: [ObjectIdentifier]

  init(_ fields: [any OptionField]) {
    self.fields = fields
    unchecked = fields.indices.filter { !fields[$0].part.isScalar }
    mayBeAbsent = fields.allSatisfy(\.description.isOptional)
    identities = fields.map(\.identity)
  }

  @usableFromInline
  func place(of identity: ObjectIdentifier) -> Int? {
    identities.firstIndex { $0 == identity }
  }
}
