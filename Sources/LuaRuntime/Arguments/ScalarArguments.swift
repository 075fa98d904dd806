public import CLua

/// An integer type that parameters can have; `luaType` says which values it accepts.
extension FixedWidthInteger where Self: LuaTyped {
  fileprivate static func exact(_ value: LuaValue) throws(LuaMismatch) -> Self {
    guard let integer = value.exactInteger, let result = Self(exactly: integer) else {
      throw .expected(luaType.name, got: value)
    }
    return result
  }
}

extension Int64: LuaFastArgument {
  /// The type in Lua.
  public static var luaType: LuaType { .integer }
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> Int64 { try exact(value) }
  /// Reads what C has checked.
  @inlinable
  public static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> Int64 {
    value.pointee.integer
  }
  /// The value for C.
  public var luaFallback: LuaFallback { .integer(self) }
  /// The value as a Lua literal.
  public var luaText: String? { "\(self)" }
}

extension Int: LuaFastArgument {
  /// The type in Lua.
  public static var luaType: LuaType { .integer }
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> Int { try exact(value) }
  /// Reads what C has checked.
  @inlinable
  public static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> Int {
    Int(truncatingIfNeeded: value.pointee.integer)
  }
  /// The value for C.
  public var luaFallback: LuaFallback { .integer(Int64(self)) }
  /// The value as a Lua literal.
  public var luaText: String? { "\(self)" }
}

/// A count unless the parameter says that it is an address.
extension UInt64: LuaFastArgument {
  /// The type in Lua.
  public static var luaType: LuaType { .count }
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> UInt64 {
    try exact(value)
  }
  /// Reads what C has checked.
  @inlinable
  public static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> UInt64 {
    UInt64(bitPattern: value.pointee.integer)
  }
  /// The value for C.
  public var luaFallback: LuaFallback { .integer(Int64(bitPattern: self)) }
  /// The value as a Lua literal.
  public var luaText: String? { "\(self)" }
}

extension Double: LuaFastArgument {
  /// The type in Lua.
  public static var luaType: LuaType { .number }
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> Double {
    switch value {
    case .number(let number): number
    case .integer(let integer): Double(integer)
    default: throw .expected("number", got: value)
    }
  }
  /// Reads what C has checked.
  @inlinable
  public static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> Double {
    value.pointee.number
  }
  /// The value for C.
  public var luaFallback: LuaFallback { .number(self) }
  /// The value as a Lua literal.
  public var luaText: String? { "\(self)" }
}

extension Bool: LuaFastArgument {
  /// The type in Lua.
  public static var luaType: LuaType { .boolean }
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> Bool {
    guard case .boolean(let flag) = value else { throw .expected("boolean", got: value) }
    return flag
  }
  /// Reads what C has checked.
  @inlinable
  public static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> Bool {
    value.pointee.integer != 0
  }
  /// The value for C.
  public var luaFallback: LuaFallback { .integer(self ? 1 : 0, kind: CLUA_BOOLEAN) }
  /// The value as a Lua literal.
  public var luaText: String? { "\(self)" }
}

extension String: LuaFastArgument {
  /// The type in Lua.
  public static var luaType: LuaType { .string }
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> String {
    switch value {
    case .string(let text): text
    case .bytes: throw LuaMismatch("string in UTF-8 expected, got other bytes")
    default: throw .expected("string", got: value)
    }
  }
  /// Reads what C has checked.
  @inlinable
  public static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> String {
    String(
      decoding: UnsafeRawBufferPointer(start: value.pointee.bytes, count: value.pointee.length),
      as: UTF8.self)
  }
  /// The value for C.
  public var luaFallback: LuaFallback { .bytes(utf8) }
  /// The value as a Lua literal.
  public var luaText: String? { "\"\(self)\"" }
}

/// The bytes of a string argument in place: no copy, valid only while the bound function runs.
public struct LuaBytes: LuaFastArgument {
  /// The bytes; not to be kept.
  public let buffer: UnsafeRawBufferPointer
  /// What keeps the bytes alive that did not come straight from an argument.
  private let owner: LuaFallback?

  @usableFromInline
  init(_ buffer: UnsafeRawBufferPointer) {
    self.buffer = buffer
    owner = nil
  }

  /// The type in Lua.
  public static var luaType: LuaType { .bytes }
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> LuaBytes {
    guard let bytes = value.byteString else { throw .expected("string", got: value) }
    return LuaBytes(copying: bytes)
  }

  /// Bytes of one's own, which this value keeps.
  public init(copying bytes: some Collection<UInt8>) {
    let fallback = LuaFallback.bytes(bytes)
    buffer = UnsafeRawBufferPointer(start: fallback.value.bytes, count: fallback.value.length)
    owner = fallback
  }

  /// Reads what C has checked.
  @inlinable
  public static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> LuaBytes {
    LuaBytes(UnsafeRawBufferPointer(start: value.pointee.bytes, count: value.pointee.length))
  }
  /// The value for C.
  public var luaFallback: LuaFallback { .bytes(buffer) }
}

extension LuaFunction: LuaFastArgument {
  /// The type in Lua.
  public static var luaType: LuaType { .function }
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> LuaFunction {
    guard case .function(let function) = value else { throw .expected("function", got: value) }
    return function
  }
  /// Reads what C has checked.
  @inlinable
  public static func load(
    _ value: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) -> LuaFunction {
    LuaFunction(
      adopting: value.pointee,
      host: Unmanaged<LuaHost>.fromOpaque(clua_user(host)).takeUnretainedValue())
  }
  /// The value for C.
  public var luaFallback: LuaFallback { .nil }
}

extension Optional: LuaTyped where Wrapped: LuaTyped {
  /// The type in Lua.
  public static var luaType: LuaType { Wrapped.luaType.optional }
}

extension Optional: LuaArgument where Wrapped: LuaArgument {
  /// Reads the value.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> Wrapped? {
    switch value {
    case .nil: nil
    default: try Wrapped.fromLua(value)
    }
  }
  /// How the value is taken apart.
  public static var luaForm: LuaForm { Wrapped.luaForm }
  /// Reads the value as C left it.
  @inlinable
  public static func read(
    _ value: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) throws(LuaMismatch) -> Wrapped? {
    guard value.pointee.kind > UInt8(truncatingIfNeeded: CLUA_NIL) else { return nil }
    return try Wrapped.read(value, host)
  }
  /// The value as a Lua literal.
  public var luaText: String? { self?.luaText }
}

extension Optional: LuaFastArgument where Wrapped: LuaFastArgument {
  /// Reads what C has checked.
  @inlinable
  public static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> Wrapped? {
    value.pointee.kind == UInt8(truncatingIfNeeded: CLUA_NIL) ? nil : Wrapped.load(value, host)
  }
  /// The value for C.
  public var luaFallback: LuaFallback { self?.luaFallback ?? .nil }
}
