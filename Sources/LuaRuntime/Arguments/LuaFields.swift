public import CLua

/// A table of options as a type of one's own, for functions that are called by the million: its fields
/// are read by their places, where `LuaOptions` looks each up.
///
///     struct Range: LuaFields {
///       static var luaFields: [any OptionField] {
///         [Parameter<UInt64>.address("base"), Parameter<UInt64>.count("pages", default: 1)]
///       }
///       init(parts: inout LuaParts) throws(LuaMismatch) {
///         base = try parts.next(UInt64.self)
///         pages = try parts.next(UInt64.self)
///       }
///     }
public protocol LuaFields: LuaArgument {
  /// The fields; those with a default are of types that C decodes alone.
  static var luaFields: [any OptionField] { get }
  /// Reads the fields, each once, in the order and with the types of `luaFields`.
  init(parts: inout LuaParts) throws(LuaMismatch)
}

extension LuaFields {
  /// A table, which may be left out if all fields may.
  public static var luaType: LuaType {
    luaFields.allSatisfy(\.description.isOptional) ? .table.optional : .table
  }

  /// The fields with their defaults.
  public static var luaForm: LuaForm { LuaForm(kind: .fields(luaFields.map(\.partWithDefault))) }

  /// Reads a copied table.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> Self {
    let options = try LuaOptions(value, fields: luaFields)
    var reader = LuaParts(CopiedParts(converted: options.convertedValues))
    return try Self(parts: &reader)
  }

  /// Reads what C took apart, or a copy of the table.
  @inlinable
  public static func read(
    _ value: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) throws(LuaMismatch) -> Self {
    guard Int(value.pointee.kind) == CLUA_FIELDS, let values = value.pointee.entries else {
      return try fromLua(LuaValue(at: value, host))
    }
    var reader = LuaParts(values, host)
    do throws(LuaMismatch) {
      return try Self(parts: &reader)
    } catch {
      throw named(error, reader.position)
    }
  }

  /// A mismatch in the field that was read last, with its name.
  @usableFromInline
  static func named(_ mismatch: LuaMismatch, _ position: Int) -> LuaMismatch {
    let fields = luaFields
    guard fields.indices.contains(position - 1) else { return mismatch }
    return mismatch.at(".\(fields[position - 1].name)")
  }
}

extension Parameter where Value: LuaFields {
  /// The options of a function.
  ///
  /// Unknown fields are errors that name the nearest one.
  public static func fields(_ name: String = "options") -> Parameter {
    Parameter(
      name, "Options", type: nil, unit: nil, fallback: nil, fields: Value.luaFields)
  }
}
