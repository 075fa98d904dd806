/// What scripts hold as an object: a marker for types that a registry declares.
///
/// There are two kinds. A `LuaObject` is a class, of which Lua holds references. A `LuaPlainObject` is
/// plain data that lies in Lua's own memory and belongs to an object of the first kind: much cheaper to
/// make and to collect, for what scripts make by the thousand.
public protocol LuaBound: LuaFastArgument, LuaResult {
  /// The name of the type in Lua, as its declaration in the registry gives it.
  static var luaName: String { get }
  /// How Lua keeps it.
  static var luaStorage: LuaStorage { get }
  /// Runs a body with an object of a call, at the place that C gives; C keeps it alive until the call is
  /// over.
  static func borrow<Value>(
    at place: UnsafeMutableRawPointer, _ body: (Self) -> Value
  ) -> Value
}

extension LuaBound {
  /// An object of this type.
  public static var luaType: LuaType { .object(self, name: luaName) }

  /// Reads the object.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> Self {
    guard case .object(let object) = value, let result = object as? Self else {
      throw .expected(luaName, got: value)
    }
    return result
  }

  /// None: a parameter has no object as its default.
  public var luaFallback: LuaFallback { .nil }
}

/// How Lua keeps the objects of a type.
public struct LuaStorage {
  /// The class that plain objects belong to; `nil` for classes.
  let owner: ObjectIdentifier?
  /// The bytes of a plain object's data.
  let size: Int
  /// The alignment of a plain object's data.
  let alignment: Int
  /// Finds the object at the place that C gives.
  let read: (UnsafeMutableRawPointer) -> (any LuaBound)?
}
