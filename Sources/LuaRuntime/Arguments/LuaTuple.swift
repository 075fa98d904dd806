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
    var reader = LuaParts(CopiedParts(value, parts))
    return try Self(parts: &reader)
  }

  /// Reads what C took apart.
  @inlinable
  public static func readItem(
    _ values: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) throws(LuaMismatch) -> Self {
    var reader = LuaParts(values, host)
    return try Self(parts: &reader)
  }
}

/// The values of one `LuaTuple` or `LuaFields`, in order.
public struct LuaParts {
  /// What C took apart, from the next value on, or `nil` where the table was copied.
  @usableFromInline var decoded: Decoded?
  @usableFromInline let copy: CopiedParts?
  @usableFromInline var position = 0

  @usableFromInline
  struct Decoded {
    @usableFromInline let next: UnsafePointer<clua_value>
    @usableFromInline let host: OpaquePointer

    @inlinable @inline(__always)
    init(_ next: UnsafePointer<clua_value>, _ host: OpaquePointer) {
      self.next = next
      self.host = host
    }
  }

  @inlinable @inline(__always)
  init(_ decoded: UnsafePointer<clua_value>, _ host: OpaquePointer) {
    self.decoded = Decoded(decoded, host)
    copy = nil
  }

  @usableFromInline
  init(_ copy: CopiedParts) {
    decoded = nil
    self.copy = copy
  }

  /// The next value.
  @inlinable @inline(__always)
  public mutating func next<Value: LuaArgument>(
    _ type: Value.Type
  ) throws(LuaMismatch) -> Value {
    position &+= 1
    guard let decoded else { return try copied(type) }
    self.decoded = Decoded(decoded.next + 1, decoded.host)
    return try Value.read(decoded.next, decoded.host)
  }

  @usableFromInline
  func copied<Value: LuaArgument>(_ type: Value.Type) throws(LuaMismatch) -> Value {
    guard let copy else { throw LuaMismatch("a table of fewer values was declared") }
    return try copy.value(type, position - 1)
  }
}

/// A copied table, as the parts of it are read.
@usableFromInline
final class CopiedParts {
  private enum Source {
    /// A table of values by position.
    case table(LuaValue, [LuaPart])
    /// Values of the types that are read.
    case converted([Any])
  }

  private let source: Source

  init(_ table: LuaValue, _ parts: [LuaPart]) { source = .table(table, parts) }
  init(converted values: [Any]) { source = .converted(values) }

  func value<Value: LuaArgument>(
    _ type: Value.Type, _ place: Int
  ) throws(LuaMismatch) -> Value {
    switch source {
    case .converted(let values) where values.indices.contains(place):
      if let value = values[place] as? Value { return value }
      throw LuaMismatch("a field of another type was declared")
    case .table(let table, let parts) where parts.indices.contains(place):
      let description = parts[place].description
      do throws(LuaMismatch) {
        return try Value.fromLua(table[place + 1])
      } catch {
        throw error.renamed(Value.luaType.name, description.type.name).at(".\(description.name)")
      }
    default: throw LuaMismatch("a table of fewer values was declared")
    }
  }
}
