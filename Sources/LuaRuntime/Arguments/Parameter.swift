public import CLua

/// A parameter of a bound function, or a field of an options table: one declaration for checking,
/// conversion, messages and documentation.
///
///     Parameter<Int>("count", "How many")            required
///     Parameter("count", "How many", default: 1)     may be left out
///     Parameter<Int?>("count", "How many")           may be left out, then nil
///     .address("dva", "The address"), .size(...), .count(...)   unsigned ones by meaning
public struct Parameter<Value: LuaArgument> {
  /// Everything but the Swift type.
  public let description: ParameterDescription
  /// What an absent argument becomes.
  public let fallback: Value?
  /// What makes it another parameter than one with the same name.
  private let owner = ParameterIdentity()
  /// Reads a copied value; looks into the fields of an options table, whose value needs them.
  let read: (LuaValue) throws(LuaMismatch) -> Value
  /// How C takes the value apart.
  let form: LuaForm
  /// Reads an argument that needs the fields of an options table.
  private let decode: ((UnsafePointer<clua_value>, OpaquePointer) throws(LuaMismatch) -> Value)?

  /// A parameter that must be given, unless its type is optional.
  public init(
    _ name: String, _ summary: String = "", type: LuaType? = nil, unit: String? = nil
  ) {
    self.init(name, summary, type: type, unit: unit, fallback: nil)
  }

  /// A parameter with a default.
  public init(
    _ name: String, _ summary: String = "", type: LuaType? = nil, unit: String? = nil,
    default fallback: Value
  ) {
    self.init(name, summary, type: type, unit: unit, fallback: fallback)
  }

  init(
    _ name: String, _ summary: String, type: LuaType?, unit: String?, fallback: Value?,
    fields: [any OptionField] = [],
    read: ((LuaValue) throws(LuaMismatch) -> Value)? = nil,
    decode: ((UnsafePointer<clua_value>, OpaquePointer) throws(LuaMismatch) -> Value)? = nil
  ) {
    var type = type ?? Value.luaType
    if Value.luaType.isOptional { type = type.optional }
    description = ParameterDescription(
      name: name, summary: summary, type: type, unit: unit,
      isOptional: fallback != nil || type.isOptional, defaultText: fallback?.luaText,
      fields: fields.map(\.description))
    self.fallback = fallback
    self.decode = decode
    form = decode == nil ? Value.luaForm : LuaForm(kind: .fields(fields.map(\.part)))
    self.read = read ?? Parameter.reader(for: type)
  }

  /// Reads a value, and enforces what the type of the parameter says beyond the Swift type.
  private static func reader(for type: LuaType) -> (LuaValue) throws(LuaMismatch) -> Value {
    let isUnsigned = Value.self == UInt64.self || Value.self == UInt64?.self
    guard isUnsigned, type.accept == UInt8(CLUA_ACCEPT_INTEGER) else {
      return { value throws(LuaMismatch) in
        do throws(LuaMismatch) { return try Value.fromLua(value) } catch {
          throw error.path.isEmpty ? error.renamed(Value.luaType.name, type.name) : error
        }
      }
    }
    return { value throws(LuaMismatch) in
      if value.isNil { return try Value.fromLua(value) }
      guard let integer = value.exactInteger,
        let bits = UInt64(bitPattern: integer) as? Value
      else { throw .expected(type.name, got: value) }
      return bits
    }
  }

  /// The value of a copied field, or the default where there is none.
  func convert(_ value: LuaValue) throws(LuaMismatch) -> Value {
    if value.isNil, let fallback { return fallback }
    return try read(value)
  }

  /// The value of an argument as C left it, or the default where there is none.
  func convert(
    at value: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) throws(LuaMismatch) -> Value {
    if value.pointee.kind <= UInt8(CLUA_NIL), let fallback { return fallback }
    if let decode { return try decode(value, host) }
    return try Value.read(value, host)
  }

  /// What an option becomes that was not given.
  ///
  /// Inlinable, since the code for any type asks the runtime for the type of the default in each call.
  @inlinable
  func absent(_ host: OpaquePointer) throws(LuaMismatch) -> Value {
    if let fallback { return fallback }
    var value = clua_value()
    value.kind = UInt8(truncatingIfNeeded: CLUA_NIL)
    return try Value.read(&value, host)
  }

  /// Tells it from other parameters, also of the same name.
  public var identity: ObjectIdentifier { ObjectIdentifier(owner) }

  /// The parameter for C.
  ///
  /// What it accepts is never less exact than what the Swift type needs.
  public var part: LuaPart {
    let own = Value.luaType.accept
    let isScalar = own < UInt8(CLUA_ACCEPT_FUNCTION)
    let isAsExact = !isScalar || description.type.accept < UInt8(CLUA_ACCEPT_FUNCTION)
    return LuaPart(
      description: description, form: form, typeAccept: isAsExact ? description.type.accept : own)
  }
}

extension Parameter {
  /// The parameter for C, which puts the default in place of an absent value where it can decode one.
  public var partWithDefault: LuaPart {
    var part = part
    part.fallback = (fallback as? any LuaFastArgument)?.luaFallback
    return part
  }
}

/// What makes a parameter itself.
private final class ParameterIdentity: Sendable {}

/// The reader is made of the declaration alone.
extension Parameter: @unchecked Sendable where Value: Sendable {}

extension LuaMismatch {
  func renamed(_ old: String, _ new: String) -> LuaMismatch {
    guard old != new, text.hasPrefix("\(old) expected") else { return self }
    return LuaMismatch(new + text.dropFirst(old.count))
  }
}

/// With a default that is a literal, the type must stand in front, for the sake of the compiler:
/// `Parameter<UInt64>.count("pages", default: 1)`.
extension Parameter where Value == UInt64 {
  /// An address: any 64 bits.
  public static func address(
    _ name: String, _ summary: String = "", default fallback: UInt64? = nil
  ) -> Parameter {
    Parameter(name, summary, type: .address, unit: nil, fallback: fallback)
  }

  /// A number of bytes.
  public static func size(
    _ name: String, _ summary: String = "", default fallback: UInt64? = nil
  ) -> Parameter {
    Parameter(name, summary, type: .size, unit: "bytes", fallback: fallback)
  }

  /// A number of things, in a unit such as "pages".
  public static func count(
    _ name: String, _ summary: String = "", unit: String? = nil, default fallback: UInt64? = nil
  ) -> Parameter {
    Parameter(name, summary, type: .count, unit: unit, fallback: fallback)
  }
}

extension Parameter where Value == LuaRest {
  /// All further arguments.
  public static func rest(_ name: String = "...", _ summary: String = "") -> Parameter {
    Parameter(name, summary, type: .rest, unit: nil, fallback: nil)
  }
}

extension Parameter where Value == LuaOptions {
  /// A table of options with the given fields; it may be left out if all of them may.
  ///
  /// Unknown fields are errors that name the nearest one.
  public static func options(
    _ name: String = "options", _ fields: any OptionField...
  ) -> Parameter {
    let keys = OptionKeys(fields)
    return Parameter(
      name, "Options", type: keys.mayBeAbsent ? .table.optional : .table, unit: nil,
      fallback: nil, fields: fields,
      read: { value throws(LuaMismatch) in try LuaOptions(value, fields: fields) },
      decode: { value, host throws(LuaMismatch) in try LuaOptions(value, host, keys) })
  }
}

/// A parameter as plain data, for help, completion and the `api` dumps.
public struct ParameterDescription: Sendable {
  /// The name.
  public let name: String
  /// One line.
  public let summary: String
  /// What it takes.
  public let type: LuaType
  /// The unit of a number: "bytes", "pages", "nanoseconds" ...
  public let unit: String?
  /// Whether it may be left out.
  public let isOptional: Bool
  /// The default as a Lua literal, if there is one.
  public let defaultText: String?
  /// The fields of an options table.
  public let fields: [ParameterDescription]

  /// Whether this takes all further arguments.
  public var isRest: Bool { type.accept == UInt8(CLUA_ACCEPT_REST) }

  /// What a message says is expected: the type, and the unit where there is one.
  public var expectation: String {
    guard let unit, unit != type.name else { return type.name }
    return "\(type.name) in \(unit)"
  }
}

/// A field of an options table: a `Parameter` of any type.
public protocol OptionField {
  /// The name of the field.
  var name: String { get }
  /// The field as data.
  var description: ParameterDescription { get }
  /// The field for C.
  var part: LuaPart { get }
  /// The field for C, with its default.
  var partWithDefault: LuaPart { get }
  /// Tells it from other fields, also of the same name.
  var identity: ObjectIdentifier { get }
  /// The value of the field, of the type of the parameter.
  func value(of value: LuaValue) throws(LuaMismatch) -> Any
  /// Refuses a value, as C left it, that is not of the type of the parameter.
  func check(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) throws(LuaMismatch)
}

extension Parameter: OptionField {
  /// The name.
  public var name: String { description.name }
  /// Reads the value of the field.
  public func value(of value: LuaValue) throws(LuaMismatch) -> Any { try convert(value) }
  /// Reads the value and drops it.
  public func check(
    _ value: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) throws(LuaMismatch) {
    _ = try Value.read(value, host)
  }
}
