public import CLua

/// Where a result is written, for C to push after Swift has returned.
public struct LuaEncoder {
  /// The host of CLua.
  @usableFromInline let pointer: OpaquePointer
  /// The Swift side of the host.
  @usableFromInline let host: LuaHost

  @usableFromInline
  init(pointer: OpaquePointer, host: LuaHost) {
    self.pointer = pointer
    self.host = host
  }
}

/// A class whose objects scripts hold: a marker for classes that a registry declares as types.
///
/// The class should be `final`. Lua holds one reference to each object that it knows; the same
/// object is always the same Lua value, so `==` and use as a table key work.
public protocol LuaObject: AnyObject, LuaFastArgument, LuaResult {
  /// The name of the type in Lua, as its declaration in the registry gives it.
  static var luaName: String { get }
}

extension LuaObject {
  /// An object of this class.
  public static var luaType: LuaType { .object(self, name: luaName) }

  /// Reads the object.
  public static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> Self {
    guard case .object(let object) = value, let result = object as? Self else {
      throw .expected(luaName, got: value)
    }
    return result
  }

  /// The object that C found to be of this class.
  @inlinable
  public static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> Self {
    Unmanaged<Self>.fromOpaque(value.pointee.object).takeUnretainedValue()
  }

  /// None: a parameter has no object as its default.
  public var luaFallback: LuaFallback { .nil }

  /// Gives Lua a reference to the object.
  public func encode(into encoder: LuaEncoder) {
    guard let index = encoder.host.typeIndices[ObjectIdentifier(Self.self)] else {
      return clua_put_nil(encoder.pointer)
    }
    clua_put_owned(encoder.pointer, index, Unmanaged.passRetained(self).toOpaque())
  }

  /// Gives Lua a reference to the object.
  @inlinable
  public func write(to frame: UnsafeMutablePointer<clua_frame>) {
    var index = frame.pointee.result.type
    if index == UInt32.max {
      guard let found = LuaHost.of(frame)?.typeIndices[ObjectIdentifier(Self.self)] else {
        return
      }
      index = found
    }
    frame.pointee.result.kind = UInt8(truncatingIfNeeded: CLUA_OWNED)
    frame.pointee.result.type = index
    frame.pointee.result.object = Unmanaged.passRetained(self).toOpaque()
  }
}
