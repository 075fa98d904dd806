import CLua

/// What a parameter takes or a result is, for C, for messages and for documentation.
public struct LuaType: Hashable, Sendable {
  /// The name in messages and documentation: `address`, `count`, `string`, `domain` ...
  public var name: String
  /// The words that are allowed, of an enumeration; else empty.
  public var choices: [String]
  /// Whether `nil` is allowed.
  public var isOptional: Bool
  /// The Swift type of a bound type.
  public var object: ObjectIdentifier?
  /// The type of the items of a list, by name; for documentation and completion.
  public var element: String?
  /// What C accepts before Swift sees the value.
  var accept: UInt8

  init(
    _ name: String, accept: Int, choices: [String] = [], object: ObjectIdentifier? = nil,
    element: String? = nil
  ) {
    self.name = name
    self.accept = UInt8(accept)
    self.choices = choices
    self.object = object
    self.element = element
    isOptional = false
  }

  /// An integer of 64 bits.
  public static let integer = LuaType("integer", accept: CLUA_ACCEPT_INTEGER)
  /// An address: any 64 bits, shown as 0x and 16 digits.
  public static let address = LuaType("address", accept: CLUA_ACCEPT_INTEGER)
  /// A number of things; not negative.
  public static let count = LuaType("count", accept: CLUA_ACCEPT_UNSIGNED)
  /// A number of bytes; not negative.
  public static let size = LuaType("size", accept: CLUA_ACCEPT_UNSIGNED)
  /// A float or an integer.
  public static let number = LuaType("number", accept: CLUA_ACCEPT_NUMBER)
  /// `true` or `false`.
  public static let boolean = LuaType("boolean", accept: CLUA_ACCEPT_BOOLEAN)
  /// Text in UTF-8.
  public static let string = LuaType("string", accept: CLUA_ACCEPT_TEXT)
  /// A string of any bytes.
  public static let bytes = LuaType("bytes", accept: CLUA_ACCEPT_BYTES)
  /// A function.
  public static let function = LuaType("function", accept: CLUA_ACCEPT_FUNCTION)
  /// Any value.
  public static let any = LuaType("any", accept: CLUA_ACCEPT_ANY)
  /// A table.
  public static let table = LuaType("table", accept: CLUA_ACCEPT_ANY)
  /// All further arguments.
  static let rest = LuaType("...", accept: CLUA_ACCEPT_REST)
  /// Nothing, of a function without results.
  public static let nothing = LuaType("nothing", accept: CLUA_ACCEPT_ANY)

  /// A type of one's own, which is decoded completely before `fromLua` reads it.
  public static func custom(_ name: String, choices: [String] = []) -> LuaType {
    LuaType(name, accept: CLUA_ACCEPT_ANY, choices: choices)
  }

  /// A list of items of a type.
  public static func list(of item: LuaType) -> LuaType {
    LuaType("list of \(item.name)", accept: CLUA_ACCEPT_ANY, element: item.name)
  }

  /// The type of a bound object.
  static func object(_ type: any LuaBound.Type, name: String) -> LuaType {
    LuaType(name, accept: CLUA_ACCEPT_OBJECT, object: ObjectIdentifier(type))
  }

  /// Whether negative integers, which are addresses from 2^63 on, are allowed.
  var acceptsNegative: Bool { accept != UInt8(CLUA_ACCEPT_UNSIGNED) }

  /// The same type, where `nil` is allowed too.
  public var optional: LuaType {
    var type = self
    type.isOptional = true
    return type
  }

  /// The same representation under another name, such as `dva` for an address.
  public func named(_ name: String) -> LuaType {
    var type = self
    type.name = name
    return type
  }
}
