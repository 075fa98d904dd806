public import CLua

/// An argument as C decoded it; several in a row of an item that C took apart.
public typealias LuaDecoded = UnsafePointer<clua_value>

/// Where a decoded argument comes from.
public typealias LuaSource = OpaquePointer

/// A Swift type with a name on the Lua side.
public protocol LuaTyped {
  /// What it is in Lua.
  static var luaType: LuaType { get }
}

/// A type that a bound function can take.
///
/// This is the customisation point: a type of one's own names its `luaType` (mostly `.custom`) and
/// reads itself from the decoded value.
///
///     extension ByteSize: LuaArgument {
///       public static var luaType: LuaType { .custom("size") }
///       public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> ByteSize { ... }
///     }
public protocol LuaArgument: LuaTyped {
  /// Reads the value, or says what is wrong with it.
  static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> Self
  /// The value as documentation shows it where it is a default; `nil` for none.
  var luaText: String? { get }
  /// How C takes the value apart, where it can.
  static var luaForm: LuaForm { get }
  /// Reads an argument as C left it; by default it is copied for `fromLua`.
  static func read(
    _ value: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) throws(LuaMismatch) -> Self
  /// Reads an item of a list that C took apart; by default it is one value.
  static func readItem(
    _ values: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) throws(LuaMismatch) -> Self
}

extension LuaArgument {
  /// No text.
  public var luaText: String? { nil }

  /// One value.
  public static var luaForm: LuaForm { .value }

  /// Copies the value and reads it.
  public static func read(
    _ value: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) throws(LuaMismatch) -> Self {
    try readCopy(of: value, host)
  }

  /// Copies the value and reads it: what is left of a type's own `read`, where C could not take it apart.
  public static func readCopy(
    of value: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) throws(LuaMismatch) -> Self {
    try fromLua(LuaValue(at: value, host))
  }

  /// Reads the one value.
  @inlinable
  public static func readItem(
    _ values: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) throws(LuaMismatch) -> Self {
    try read(values, host)
  }
}

/// A type whose values C checks and decodes alone: functions that take only such types are fastest.
public protocol LuaFastArgument: LuaArgument {
  /// Reads a value that C found to be of `luaType`.
  static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> Self
  /// The value for C, where it is the default of a parameter.
  var luaFallback: LuaFallback { get }
}

extension LuaFastArgument {
  /// Reads what C has checked.
  @inlinable
  public static func read(
    _ value: UnsafePointer<clua_value>, _ host: OpaquePointer
  ) throws(LuaMismatch) -> Self {
    load(value, host)
  }
}

/// The default of a parameter in the form that C puts in place of a missing argument.
public struct LuaFallback {
  /// The value; its bytes belong to `owner`.
  var value: clua_value
  /// What keeps the bytes alive.
  var owner: AnyObject?

  /// The absence of a value.
  public static var `nil`: LuaFallback {
    var value = clua_value()
    value.kind = UInt8(CLUA_NIL)
    return LuaFallback(value: value, owner: nil)
  }

  static func integer(_ integer: Int64, kind: Int = CLUA_INTEGER) -> LuaFallback {
    var value = clua_value()
    value.kind = UInt8(kind)
    value.integer = integer
    return LuaFallback(value: value, owner: nil)
  }

  static func number(_ number: Double) -> LuaFallback {
    var value = clua_value()
    value.kind = UInt8(CLUA_NUMBER)
    value.number = number
    return LuaFallback(value: value, owner: nil)
  }

  static func bytes(_ bytes: some Collection<UInt8>) -> LuaFallback {
    let owner = FallbackBytes(bytes)
    var value = clua_value()
    value.kind = UInt8(CLUA_STRING)
    value.bytes = UnsafePointer(owner.start)
    value.length = owner.count
    return LuaFallback(value: value, owner: owner)
  }
}

/// Bytes at a fixed address for as long as a declaration lives.
private final class FallbackBytes {
  let start: UnsafeMutablePointer<CChar>
  let count: Int

  init(_ bytes: some Collection<UInt8>) {
    count = bytes.count
    start = .allocate(capacity: max(count, 1))
    start.withMemoryRebound(to: UInt8.self, capacity: max(count, 1)) { target in
      _ = UnsafeMutableBufferPointer(start: target, count: count).initialize(from: bytes)
    }
  }

  deinit { start.deallocate() }
}

/// A value is not what was wanted.
public struct LuaMismatch: Error {
  /// Where inside the argument: `.pages`, `[2]`, or empty.
  public var path: String
  /// What is wrong: `count expected, got string`.
  public var text: String

  /// Something is wrong with a value of the right type.
  public init(_ text: String) {
    path = ""
    self.text = text
  }

  /// A value of the wrong type.
  public static func expected(_ type: String, got value: LuaValue) -> LuaMismatch {
    LuaMismatch("\(type) expected, got \(value.briefText)")
  }

  /// The same mismatch, seen from a value further out.
  public func at(_ step: String) -> LuaMismatch {
    var mismatch = self
    mismatch.path = step + path
    return mismatch
  }
}

extension LuaValue {
  /// What was given, for a message: the type, and short values themselves.
  public var briefText: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .string(let text) where text.utf8.count <= 40 && text.allSatisfy(\.isPrintable):
      "string \"\(text)\""
    default: typeName
    }
  }
}

extension Character {
  fileprivate var isPrintable: Bool {
    unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
  }
}
