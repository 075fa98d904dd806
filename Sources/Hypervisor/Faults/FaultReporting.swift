// Theory of operation
//
// An error sets its bit in the status register: a primary bit where no error is pending, a secondary
// one otherwise, and then address and requester stay those of the first. The error interrupt has the
// hypervisor look: it reports one error to a domain, in the order of `IOMMUFaultKind`, clears all
// bits of the group it reported from, forgets the remembered translations, and looks again.
//
// Each refused access is reported at once. A machine that is to have several errors pending holds the
// interrupt back first (`holdErrorInterrupt`), as a busy CPU does.
//
// Who is told: the domain that the address belongs to, a grant's holder before the root complex's
// owner. The real code knows owners only. A secondary error's address was not kept, so the owner is
// told of it.
//
// Source: OpenSPARC hypervisor 1.5.6, vpiu_errs.s; OpenSPARC T2 DMU.

import Sun4v

extension HypervisorState {
  /// Records an error, and reports it unless the interrupt is held back.
  @inline(never)
  mutating func raise(
    _ place: Int, _ walk: IOMMUWalk, _ requester: BusDeviceFunction, _ address: UInt64,
    _ access: AccessKind
  ) -> IOMMUFault {
    let isPrimary = rootComplexes[place].faults.status == 0
    let receiver = walk.holder ?? rootComplexes[place].owner
    if isPrimary {
      rootComplexes[place].faults.status = walk.faultBits
      rootComplexes[place].faults.address = address
      let wide: UInt64 = address >> 32 != 0 ? 0x20 : 0
      let type: UInt64 = access == .write ? 0x40 | wide : wide
      rootComplexes[place].faults.transaction = type << 16 | UInt64(requester.rawValue)
      rootComplexes[place].faults.holder = walk.holder
    } else {
      rootComplexes[place].faults.status |= walk.faultBits << 32
    }
    let kind =
      IOMMUFaultKind.allCases.first { $0.statusBit & walk.faultBits != 0 } ?? .invalidEntry
    let fault = IOMMUFault(
      kind: kind, rootComplex: RootComplexID(place), address: DVMAAddress(address),
      requester: requester, access: access, isPrimary: isPrimary,
      receiver: isPrimary ? receiver : rootComplexes[place].owner)
    if events.isListening { events.stream.append(.fault(fault), at: now) }
    if !rootComplexes[place].holdsErrorInterrupt { serviceErrors(place) }
    return fault
  }

  /// Reports the pending errors of a root complex, one after the other.
  private mutating func serviceErrors(_ place: Int) {
    while rootComplexes[place].faults.status != 0 {
      let status = rootComplexes[place].faults.status
      let isPrimary = status & 0xffff_ffff != 0
      let group = isPrimary ? status & 0xffff_ffff : status >> 32
      rootComplexes[place].faults.status =
        isPrimary ? status & ~0xffff_ffff : status & 0xffff_ffff
      rootComplexes[place].iotlb.flushAll()
      guard let kind = IOMMUFaultKind.allCases.first(where: { $0.statusBit & group != 0 }) else {
        continue
      }
      report(kind, isPrimary: isPrimary, of: place)
    }
  }

  private mutating func report(_ kind: IOMMUFaultKind, isPrimary: Bool, of place: Int) {
    let registers = rootComplexes[place].faults
    let holder = isPrimary ? registers.holder : nil
    guard let domain = holder ?? rootComplexes[place].owner else { return }
    lastErrorHandle &+= 1
    guard let target = errorInterrupt(of: place, for: domain) else { return }
    let header: UInt64 =
      switch (model, conformance) {
      case (.t1, .deployed): (registers.transaction >> 16) << 56
      case (.t2, .deployed): 0
      default: (registers.transaction >> 16) << 56 | (registers.transaction & 0xffff) << 16
      }
    let address = registers.address & ~3
    let words = SIMD8<UInt64>(
      target.word, lastErrorHandle, now.rawValue,
      UInt64(kind.descriptor(isPrimary: isPrimary)) << 32, address, header, address << 32, 0)
    postDeviceMondo(Mondo(words), to: domain, processor: target.processor)
  }

  /// Holds back the error interrupt of a root complex, so that errors pile up, or lets it through, so
  /// that those pending are reported.
  public mutating func holdErrorInterrupt(_ rootComplex: RootComplexID, _ isHeld: Bool) {
    let place = rootComplex.rawValue
    guard rootComplexes.indices.contains(place) else { return }
    rootComplexes[place].holdsErrorInterrupt = isHeld
    if !isHeld { serviceErrors(place) }
  }
}
