import Sun4v

extension Hypervisor {
  /// The place of numbers that a domain's CPU is to store from a real address on: at most `count`, at
  /// least one; `nil` where not all of them are in one segment of its memory, or off a multiple of 8.
  ///
  /// Valid until memory changes.
  @usableFromInline
  func writableWords(
    of domain: DomainID, at address: RealAddress, count: Int
  ) -> (start: UnsafeMutablePointer<UInt64>, count: Int)? {
    guard count > 0, count <= Int(PhysicalMemory.limit / 8),
      let physical = state.placeForStores(
        of: domain, at: address, size: UInt64(truncatingIfNeeded: count) &* 8)
    else { return nil }
    return state.memory.writableWords(at: physical, limit: count)
  }
}

extension HypervisorState {
  /// Where a range that a domain's CPU stores to lies: in its own memory nearly always.
  ///
  /// It changes nothing; a method that does not say `mutating` would have the state copied.
  @inline(__always)
  fileprivate mutating func placeForStores(
    of domain: DomainID, at address: RealAddress, size: UInt64
  ) -> PhysicalAddress? {
    guard let place = place(of: domain) else { return nil }
    if let physical = domains[place].memoryMap.physical(address, size: size) { return physical }
    return placeElsewhere(of: domain, at: address, size: size)
  }

  @inline(never)
  private mutating func placeElsewhere(
    of domain: DomainID, at address: RealAddress, size: UInt64
  ) -> PhysicalAddress? {
    physicalForProcessor(domain, address, size: size, .write)
  }
}
