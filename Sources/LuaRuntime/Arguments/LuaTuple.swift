public import CLua

/// A type that scripts write as a table of values by position, such as `{ buffer, offset, length }`.
///
///     struct Piece: LuaTuple {
///       static var luaType: LuaType { .custom("piece") }
///       static var luaForm: LuaForm {
///         .tuple(Parameter<Buffer>("buffer"), Parameter<UInt64?>("offset", type: .size))
///       }
///       init(parts: inout LuaParts) throws(LuaMismatch) {
///         buffer = try parts.next(Buffer.self)
///         offset = try parts.next(UInt64?.self) ?? 0
///       }
///     }
public protocol LuaTuple: LuaArgument {
  /// Reads the values, each once, in the order and with the types of `luaForm`.
  init(parts: inout LuaParts) throws(LuaMismatch)
}

extension LuaTuple {
  /// Reads a copied table.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> Self {
    guard case .tuple(let parts) = luaForm.kind else {
      throw .expected(luaType.name, got: value)
    }
    switch value {
    case .list, .record, .table: break
    default:
      let names = parts.map(\.description.name).joined(separator: ", ")
      throw .expected("\(luaType.name) (a table { \(names) })", got: value)
    }
    var reader = LuaParts(.copied(value, parts))
    return try Self(parts: &reader)
  }

  /// Reads what C took apart.
  @inlinable
  public static func readItem(
    _ values: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) throws(LuaMismatch) -> Self {
    var reader = LuaParts(.decoded(values, host))
    return try Self(parts: &reader)
  }
}

/// The values of one `LuaTuple`, in order.
public struct LuaParts {
  @usableFromInline
  enum Source {
    case decoded(UnsafePointer<clua_value>, OpaquePointer)
    case copied(LuaValue, [LuaPart])
  }

  @usableFromInline let source: Source
  @usableFromInline var position = 0

  @usableFromInline
  init(_ source: Source) { self.source = source }

  /// The next value.
  @inlinable @inline(__always)
  public mutating func next<Value: LuaArgument>(
    _ type: Value.Type
  ) throws(LuaMismatch) -> Value {
    let place = position
    position += 1
    if case .decoded(let values, let host) = source {
      return try Value.read(values + place, host)
    }
    return try copied(type, place)
  }

  @usableFromInline
  func copied<Value: LuaArgument>(
    _ type: Value.Type, _ place: Int
  ) throws(LuaMismatch) -> Value {
    guard case .copied(let table, let parts) = source, parts.indices.contains(place) else {
      throw LuaMismatch("a table of fewer values was declared")
    }
    let description = parts[place].description
    do throws(LuaMismatch) {
      return try Value.fromLua(table[place + 1])
    } catch {
      throw error.renamed(Value.luaType.name, description.type.name).at(".\(description.name)")
    }
  }
}
