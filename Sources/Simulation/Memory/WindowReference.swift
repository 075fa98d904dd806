import Hypervisor
import Sun4v

/// What software knows of a root complex: its handle, and the window that it translates.
///
/// Operations hold this instead of the root complex itself: a copy of that shares the tables, so that
/// the first entry changed while it is held would copy them.
struct WindowReference {
  let id: RootComplexID
  let handle: DeviceHandle
  let window: WindowGeometry

  init(_ rootComplex: RootComplex) {
    self.init(
      id: rootComplex.id, handle: rootComplex.handle, window: rootComplex.window)
  }

  private init(id: RootComplexID, handle: DeviceHandle, window: WindowGeometry) {
    self.id = id
    self.handle = handle
    self.window = window
  }

  fileprivate static func at(_ place: Int, _ buses: [RootComplex]) -> WindowReference {
    WindowReference(
      id: buses[place].id, handle: buses[place].handle, window: buses[place].table.geometry)
  }
}

extension Machine {
  /// The window of a root complex; throws code `not_found` where there is none of that number.
  func window(of id: RootComplexID) throws(MachineError) -> WindowReference {
    let place = id.rawValue
    guard hypervisor.state.rootComplexes.indices.contains(place) else { throw noRootComplex(id) }
    return WindowReference.at(place, hypervisor.state.rootComplexes)
  }

  /// The number of the root complex of a handle, or `nil` where there is none.
  func rootComplexID(of handle: DeviceHandle) -> RootComplexID? {
    for place in hypervisor.state.rootComplexes.indices
    where hypervisor.state.rootComplexes[place].handle == handle {
      return hypervisor.state.rootComplexes[place].id
    }
    return nil
  }

  /// The window of the root complex of a handle, or `nil` where there is none.
  func window(of handle: DeviceHandle) -> WindowReference? {
    hypervisor.state.rootComplexes.first { $0.handle == handle }.map(WindowReference.init)
  }
}
