public import CLua

/// A class whose objects scripts hold.
///
/// The class should be `final`. Lua holds one reference to each object that it knows; the same
/// object is always the same Lua value, so `==` and use as a table key work.
public protocol LuaObject: AnyObject, LuaBound {}

extension LuaObject {
  /// A reference.
  public static var luaStorage: LuaStorage {
    LuaStorage(owner: nil, size: 0, alignment: 1) { place in
      Unmanaged<AnyObject>.fromOpaque(place).takeUnretainedValue() as? any LuaBound
    }
  }

  /// Runs a body with the object, which C keeps alive until the call is over.
  @inlinable @inline(__always)
  public static func borrow<Value>(
    at place: UnsafeMutableRawPointer, _ body: (Self) -> Value
  ) -> Value {
    Unmanaged<Self>.fromOpaque(place)._withUnsafeGuaranteedRef(body)
  }

  /// The object that C found to be of this class.
  @inlinable
  public static func load(_ value: UnsafePointer<clua_value>, _ host: OpaquePointer) -> Self {
    Unmanaged<Self>.fromOpaque(value.pointee.object).takeUnretainedValue()
  }

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
    guard let index = frame.typeIndex(of: Self.self) else { return }
    frame.pointee.result.kind = UInt8(truncatingIfNeeded: CLUA_OWNED)
    frame.pointee.result.type = index
    frame.pointee.result.object = Unmanaged.passRetained(self).toOpaque()
  }
}

extension UnsafeMutablePointer where Pointee == clua_frame {
  /// The index of the type of a result, which C knows of most functions.
  @inlinable @inline(__always)
  func typeIndex(of type: any LuaBound.Type) -> UInt32? {
    let index = pointee.result.type
    if index != UInt32.max { return index }
    return LuaHost.of(self)?.typeIndices[ObjectIdentifier(type)]
  }
}
