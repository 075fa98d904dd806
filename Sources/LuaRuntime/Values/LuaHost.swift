public import CLua

/// The C side of one state, as the values that Swift keeps of it see it.
///
/// Values may outlive their state: `pointer` is `nil` from the moment the state closes.
public final class LuaHost {
  /// The host of CLua, or `nil` once the state is closed.
  @usableFromInline var pointer: OpaquePointer?

  /// The index of each bound type, by its Swift type.
  @usableFromInline let typeIndices: [ObjectIdentifier: UInt32]

  /// The names of the bound types, by index.
  let typeNames: [String]

  /// How Lua keeps the objects of each type, by index.
  private let storage: [LuaStorage]

  init(typeIndices: [ObjectIdentifier: UInt32], typeNames: [String], storage: [LuaStorage]) {
    self.typeIndices = typeIndices
    self.typeNames = typeNames
    self.storage = storage
  }

  /// The host that a frame of a bound function belongs to.
  @inlinable
  static func of(_ frame: UnsafeMutablePointer<clua_frame>) -> LuaHost? {
    clua_user(frame.pointee.host).map {
      Unmanaged<LuaHost>.fromOpaque($0).takeUnretainedValue()
    }
  }

  /// The object at a place that C gives, of the bound type with an index of C.
  func object(at place: UnsafeMutableRawPointer, ofType index: UInt32) -> (any LuaBound)? {
    Int(index) < storage.count ? storage[Int(index)].read(place) : nil
  }

  /// The name of the bound type with an index of C.
  func typeName(_ index: UInt32) -> String {
    Int(index) < typeNames.count ? typeNames[Int(index)] : "userdata"
  }
}
