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
