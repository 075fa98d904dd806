// How a domain's CPU reaches memory. What lies in the domain's own memory, nearly everything, is found
// where the state lies: a method of it that does not say `mutating`, called from here, would have the
// whole state copied for each load.

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
      let physical = state.placeForProcessor(
        of: domain, at: address, size: UInt64(truncatingIfNeeded: count) &* 8, .write)
    else { return nil }
    return state.memory.writableWords(at: physical, limit: count)
  }

  /// The number that a domain's CPU loads from a real address; `nil` outside its memory or off a multiple
  /// of 8.
  func loadWord(of domain: DomainID, at address: RealAddress) -> UInt64? {
    guard let physical = state.placeForProcessor(of: domain, at: address, size: 8, .read) else {
      return nil
    }
    return state.memory.loadWord(physical)
  }

  /// Copies bytes out of a domain's memory; false, with nothing copied, where the range is not in one
  /// segment of it.
  @inline(__always)
  func read(
    of domain: DomainID, at address: RealAddress, into buffer: UnsafeMutableRawBufferPointer
  ) -> Bool {
    let size = UInt64(buffer.count)
    guard let physical = state.placeForProcessor(of: domain, at: address, size: size, .read) else {
      return false
    }
    return state.memory.read(physical, into: buffer)
  }

  /// Copies bytes into a domain's memory; false, with nothing copied, where the range is not in one
  /// segment of it.
  @inline(__always)
  func write(
    of domain: DomainID, at address: RealAddress, from buffer: UnsafeRawBufferPointer
  ) -> Bool {
    let size = UInt64(buffer.count)
    guard let physical = state.placeForProcessor(of: domain, at: address, size: size, .write) else {
      return false
    }
    return state.memory.write(physical, from: buffer)
  }

  /// Whether a range lies in one segment of what a domain's CPU can load from.
  func canRead(of domain: DomainID, at address: RealAddress, size: UInt64) -> Bool {
    state.placeForProcessor(of: domain, at: address, size: size, .read) != nil
  }
}

extension HypervisorState {
  /// Where a range that a domain's CPU loads from or stores to lies: in its own memory nearly always.
  ///
  /// It changes nothing.
  @inline(__always)
  mutating func placeForProcessor(
    of domain: DomainID, at address: RealAddress, size: UInt64, _ right: SharedPageRights
  ) -> PhysicalAddress? {
    guard let place = place(of: domain) else { return nil }
    if let physical = domains[place].memoryMap.physical(address, size: size) { return physical }
    return placeElsewhere(of: domain, at: address, size: size, right)
  }

  @inline(never)
  private mutating func placeElsewhere(
    of domain: DomainID, at address: RealAddress, size: UInt64, _ right: SharedPageRights
  ) -> PhysicalAddress? {
    physicalForProcessor(domain, address, size: size, right)
  }
}
