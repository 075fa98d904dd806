public import CLua

/// A Lua value as plain Swift data: what a script passed, or what it is to receive.
///
/// Tables are copied, to a depth of 32 and 2^20 pairs; cyclic ones are refused. Strings that are
/// not valid UTF-8 arrive as `bytes`.
public enum LuaValue {
  /// No value, or `nil`.
  case `nil`
  /// A boolean.
  case boolean(Bool)
  /// An integer of 64 bits.
  case integer(Int64)
  /// A float.
  case number(Double)
  /// A string that is valid UTF-8.
  case string(String)
  /// A string of any bytes.
  case bytes([UInt8])
  /// A bound object.
  case object(any LuaBound)
  /// A function.
  case function(LuaFunction)
  /// A table with the keys 1, 2, 3 ... only (an empty table is an empty list).
  case list([LuaValue])
  /// A table with string keys only, in the order of their bytes when it comes from Lua.
  case record([(name: String, value: LuaValue)])
  /// Any other table.
  case table([(key: LuaValue, value: LuaValue)])
  /// A value that cannot be copied; the text is the name of its type, such as `thread`.
  case opaque(String)

  /// An unsigned value as the integer with the same 64 bits, as Lua keeps addresses.
  public static func address(_ bits: UInt64) -> LuaValue { .integer(Int64(bitPattern: bits)) }

  /// Whether this is `nil`.
  public var isNil: Bool { if case .nil = self { true } else { false } }

  /// The integer, also of a float with an exact integer value.
  public var exactInteger: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    default: nil
    }
  }

  /// The boolean.
  public var flag: Bool? { if case .boolean(let flag) = self { flag } else { nil } }

  /// The number as a float, also of an integer.
  public var float: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The text of a string that is valid UTF-8.
  public var text: String? { if case .string(let text) = self { text } else { nil } }

  /// The bytes of a string.
  public var byteString: [UInt8]? {
    switch self {
    case .string(let text): Array(text.utf8)
    case .bytes(let bytes): bytes
    default: nil
    }
  }

  /// The items of a list; `nil` for anything else.
  public var items: [LuaValue]? { if case .list(let items) = self { items } else { nil } }

  /// The value of a string key of a table, or `nil`.
  public subscript(name: String) -> LuaValue {
    switch self {
    case .record(let fields): fields.first { $0.name == name }?.value ?? .nil
    case .table(let pairs): pairs.first { $0.key.text == name }?.value ?? .nil
    default: .nil
    }
  }

  /// The value of an integer key of a table, or `nil`.
  public subscript(index: Int) -> LuaValue {
    switch self {
    case .list(let items):
      index >= 1 && index <= items.count ? items[index - 1] : .nil
    case .table(let pairs):
      pairs.first { $0.key.exactInteger == Int64(index) }?.value ?? .nil
    default: .nil
    }
  }

  /// The name of the type as messages give it: `string`, `table`, or that of a bound type.
  public var typeName: String {
    switch self {
    case .nil: "nil"
    case .boolean: "boolean"
    case .integer, .number: "number"
    case .string, .bytes: "string"
    case .object(let object): type(of: object).luaType.name
    case .function: "function"
    case .list, .record, .table: "table"
    case .opaque(let name): name
    }
  }
}

extension LuaValue {
  /// Copies a decoded value of C.
  @usableFromInline
  init(at value: UnsafePointer<clua_value>, _ host: OpaquePointer) {
    guard let user = clua_user(host) else {
      self = .nil
      return
    }
    self.init(
      value.pointee, host: Unmanaged<LuaHost>.fromOpaque(user).takeUnretainedValue())
  }

  /// Copies a decoded value of C.
  init(_ value: clua_value, host: LuaHost) {
    switch Int(value.kind) {
    case CLUA_BOOLEAN: self = .boolean(value.integer != 0)
    case CLUA_INTEGER: self = .integer(value.integer)
    case CLUA_NUMBER: self = .number(value.number)
    case CLUA_STRING:
      let bytes = UnsafeRawBufferPointer(start: value.bytes, count: value.length)
      self = String(validating: bytes, as: UTF8.self).map(LuaValue.string) ?? .bytes(Array(bytes))
    case CLUA_OBJECT:
      self = LuaValue.object(at: value, host: host)
    case CLUA_CLOSED: self = .opaque("closed \(host.typeName(value.type))")
    case CLUA_FUNCTION:
      self = .function(LuaFunction(adopting: value, host: host))
    case CLUA_TABLE: self = LuaValue.table(at: value, host: host)
    case CLUA_THREAD: self = .opaque("thread")
    case CLUA_USERDATA: self = .opaque("userdata")
    case CLUA_NONE: self = .opaque("no value")
    default: self = .nil
    }
  }

  private static func object(at value: clua_value, host: LuaHost) -> LuaValue {
    guard let place = value.object, let object = host.object(at: place, ofType: value.type) else {
      return .opaque("userdata")
    }
    return .object(object)
  }

  private static func table(at value: clua_value, host: LuaHost) -> LuaValue {
    let count = Int(value.type)
    guard let entries = value.entries, count > 0 else { return .list([]) }
    let pairs = UnsafeBufferPointer(start: entries, count: count * 2)
    if value.length == count {
      return .list((0..<count).map { LuaValue(pairs[$0 * 2 + 1], host: host) })
    }
    // Each value is copied once only: a function among them is taken over by its copy.
    let keys = (0..<count).map { LuaValue(pairs[$0 * 2], host: host) }
    var fields: [(name: String, value: LuaValue)] = []
    guard keys.allSatisfy({ $0.text != nil }) else {
      return .table(
        keys.enumerated().map { (key: $1, value: LuaValue(pairs[$0 * 2 + 1], host: host)) })
    }
    fields.reserveCapacity(count)
    for (index, key) in keys.enumerated() {
      fields.append((key.text ?? "", LuaValue(pairs[index * 2 + 1], host: host)))
    }
    return .record(fields)
  }
}
