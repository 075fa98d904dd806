public import CLua

/// A type that is one word of 64 bits, such as a kind of address: as fast as an integer.
///
///     extension DVMAAddress: LuaWord {
///       public static var luaType: LuaType { .address.named("dva") }
///       public init(luaWord: UInt64) { self.init(luaWord) }
///       public var luaWord: UInt64 { rawValue }
///     }
public protocol LuaWord: LuaFastArgument, LuaResult {
  /// Makes the value of any 64 bits.
  init(luaWord: UInt64)
  /// The 64 bits.
  var luaWord: UInt64 { get }
}

extension LuaWord {
  /// An address, unless the type says more.
  public static var luaType: LuaType { .address }

  /// Reads the bits; negative integers are refused if the type is a count or a size.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> Self {
    guard let integer = value.exactInteger, luaType.acceptsNegative || integer >= 0 else {
      throw .expected(luaType.name, got: value)
    }
    return Self(luaWord: UInt64(bitPattern: integer))
  }

  /// Reads what C has checked.
  @inlinable
  public static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> Self {
    Self(luaWord: UInt64(bitPattern: value.pointee.integer))
  }

  /// The value for C.
  public var luaFallback: LuaFallback { .integer(Int64(bitPattern: luaWord)) }

  /// The bits in hexadecimal.
  public var luaText: String? { "0x" + String(luaWord, radix: 16) }

  /// Writes the bits.
  public func encode(into encoder: LuaEncoder) { luaWord.encode(into: encoder) }

  /// Sets the bits as the result.
  @inlinable
  public func write(to frame: UnsafeMutablePointer<clua_frame>) { luaWord.write(to: frame) }
}
