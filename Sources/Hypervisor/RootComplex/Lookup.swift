import Sun4v

/// Finding root complexes by number, name and handle.
extension HypervisorState {
  /// Whether handles are compared as the T1 and T2 code does: bits 10:6 only, with bits 5:0 zero.
  @inline(__always) var comparesHandlesByIndex: Bool { runsReleasedBuild }

  func sameDevice(_ a: DeviceHandle, _ b: DeviceHandle) -> Bool {
    guard comparesHandlesByIndex else { return a == b }
    guard let first = a.deviceIndex else { return false }
    return first == b.deviceIndex
  }

  /// The root complex of a number, or `nil` where there is none.
  public func rootComplex(_ id: RootComplexID) -> RootComplex? {
    rootComplexes.indices.contains(id.rawValue) ? rootComplexes[id.rawValue] : nil
  }

  /// The root complex of a name, or `nil` where there is none.
  public func rootComplex(named name: String) -> RootComplex? {
    rootComplexes.first { $0.name == name }
  }

  /// The place of the root complex that a handle names, whoever it belongs to.
  @inline(__always) func rootComplexIndex(_ handle: UInt64) -> Int? {
    if comparesHandlesByIndex {
      guard handle & 0x3f == 0 else { return nil }
      for place in rootComplexes.indices
      where (rootComplexes[place].handle.rawValue ^ handle) & 0x7c0 == 0 { return place }
    } else {
      for place in rootComplexes.indices where rootComplexes[place].handle.rawValue == handle {
        return place
      }
    }
    return nil
  }

  /// The place of the root complex that a handle names, if a domain owns it.
  @inline(__always)
  func rootComplexIndex(_ handle: UInt64, ownedBy domain: DomainID) -> Int? {
    guard let place = rootComplexIndex(handle), rootComplexes[place].owner == domain else {
      return nil
    }
    return place
  }

  /// The place of the root complex that a handle names, if a domain owns it or holds a grant there.
  @inline(__always)
  func rootComplexIndex(_ handle: UInt64, usableBy domain: DomainID) -> Int? {
    guard let place = rootComplexIndex(handle),
      rootComplexes[place].owner == domain || rootComplexes[place].grants.count(of: domain) > 0
    else { return nil }
    return place
  }
}
