import Hypervisor
import Sun4v

/// What software knows of a root complex: its handle, and the window that it translates.
///
/// Operations hold this instead of the root complex itself: a copy of that shares the tables, so that
/// the first entry changed while it is held would copy them. None of it changes in a root complex's life.
struct WindowReference: Hashable {
  let id: RootComplexID
  let handle: DeviceHandle
  let window: WindowGeometry

  init(_ rootComplex: RootComplex) {
    id = rootComplex.id
    handle = rootComplex.handle
    window = rootComplex.window
  }
}

extension Machine {
  /// The window of a root complex; throws code `not_found` where there is none of that number.
  func window(of id: RootComplexID) throws(MachineError) -> WindowReference {
    let place = id.rawValue
    guard software.rootComplexes.indices.contains(place) else { throw noRootComplex(id) }
    return software.rootComplexes[place].window
  }

  /// The number of the root complex of a handle, or `nil` where there is none.
  func rootComplexID(of handle: DeviceHandle) -> RootComplexID? {
    window(of: handle)?.id
  }

  /// The window of the root complex of a handle, or `nil` where there is none.
  func window(of handle: DeviceHandle) -> WindowReference? {
    for place in software.rootComplexes.indices
    where software.rootComplexes[place].window.handle == handle {
      return software.rootComplexes[place].window
    }
    return nil
  }
}
