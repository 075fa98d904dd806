public import CLua

/// A plain value that a function takes of an object: all that it needs to know of it.
///
/// The object is not kept for the call, so nothing counts references to it, which would cost more than
/// the rest of reading the argument.
///
///     struct PassedBuffer: LuaProjection {
///       let id: BufferID
///       init(of buffer: BufferObject) { id = buffer.id }
///     }
public protocol LuaProjection: LuaFastArgument {
  /// The object, which is what scripts pass.
  associatedtype Object: LuaBound

  /// Reads the value off an object.
  init(of object: Object)
}

extension LuaProjection {
  /// The object's type.
  public static var luaType: LuaType { Object.luaType }

  /// Reads the value off the object.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> Self {
    Self(of: try Object.fromLua(value))
  }

  /// Reads the value off the object that C found to be of its type.
  @inlinable
  public static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> Self {
    Object.borrow(at: value.pointee.object) { Self(of: $0) }
  }

  /// None: a parameter has no object as its default.
  public var luaFallback: LuaFallback { .nil }
}
