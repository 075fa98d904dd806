import Sun4v

extension RootComplex {
  /// Whether functions are bound to tables of their own.
  @inline(__always) var hasBindings: Bool { false }

  func walkBound(
    _ requester: BusDeviceFunction, _ address: UInt64, _ access: AccessKind
  ) -> IOMMUWalk? { nil }
}

extension HypervisorState {
  mutating func releaseTables(of domain: DomainID, _ place: Int) {}
  func checkTables(of bus: RootComplex) -> [String] { [] }
}
