import CLua

/// A value of a Lua state that Swift keeps alive, to look at it or to give it back.
///
/// It is released when the last Swift reference goes. After its state is closed it is dead:
/// reading it gives nothing.
public final class LuaReference {
  let host: LuaHost
  let handle: clua_handle

  init(_ handle: clua_handle, host: LuaHost) {
    self.host = host
    self.handle = handle
  }

  deinit {
    if let pointer = host.pointer { clua_release_reference(pointer, handle.reference) }
  }
}
