// Theory of operation
//
// pci_iommu_map writes up to 64 IOTTEs from a list of real addresses in the caller's memory. The
// order of its checks is that of the released code, because drivers can tell: attributes, alignment
// of the list, index, count, the clamp to 64, the end of the range, whose range it is (see below),
// the list's own memory; then entry by entry, and an entry that is refused after others were written
// ends the call with success and the number written.
//
// Whose range it is, is the one check that no real hypervisor has: every entry must be inside grants
// of the caller, or, for the root complex's owner, outside all grants; else ENOACCESS. It stands
// after the checks of the numbers and before the list is read.
//
// Source: OpenSPARC hypervisor 1.5.6, vpci_piu.s and vpci_fire.s.

import Sun4v

extension HypervisorState {
  /// The most entries that one call writes or clears.
  @usableFromInline static let entriesPerCall: UInt64 = 64

  /// pci_iommu_map: handle, tsbid, count, attributes, list.
  package mutating func iommuMap(
    _ domain: DomainID, _ arguments: HypercallArguments, rules: MappingRules
  ) -> HypercallResult {
    guard let place = rootComplexIndex(arguments.a0, usableBy: domain),
      let attributes = rules.accepted(
        IOAttributes(rawValue: arguments.a3), layout: entryLayout)
    else { return HypercallResult(.invalid) }
    guard arguments.a4 & 7 == 0 else { return HypercallResult(.badAlignment) }
    guard
      let count = rootComplexes[place].clampedCount(from: arguments.a1, count: arguments.a2)
    else { return HypercallResult(.invalid) }
    guard rootComplexes[place].belongs(to: domain, from: arguments.a1, count: count) else {
      return HypercallResult(.noAccess)
    }
    guard
      let list = domains[domain.rawValue].memoryMap.physical(
        RealAddress(arguments.a4), guestSize: count &* 8)
    else { return HypercallResult(.noRealAddress) }
    let bits = entryLayout.bits(for: attributes, readImplied: rules.impliesRead)
    return install(
      EntryRun(
        domain: domain, rootComplex: place, first: arguments.a1, count: count, bits: bits,
        attributes: attributes), list)
  }

  /// What the loop over the entries of one call needs to know.
  private struct EntryRun {
    let domain: DomainID
    let rootComplex: Int
    let first: UInt64
    let count: UInt64
    let bits: UInt64
    let attributes: IOAttributes
  }

  private mutating func install(_ run: EntryRun, _ list: PhysicalAddress) -> HypercallResult {
    let place = run.rootComplex
    let listening = events.isListening
    let valid = entryLayout.validBit
    let entries = rootComplexes[place].table.writable(from: run.first, count: run.count)
    var resolver = PageResolver(
      model, conformance, run.domain, ownsWindow: rootComplexes[place].owner == run.domain,
      pageSize: rootComplexes[place].table.geometry.pageSize, attributes: run.attributes)
    var reader = WordReader(list, count: Int(run.count))
    var done: UInt64 = 0
    var added = 0
    var status = HypervisorStatus.ok
    while done < run.count {
      // Pages mostly lie in one segment. Whoever listens is told of each entry, which is done below.
      if !listening, let list = reader.run(&memory) {
        let filled = resolver.fill(
          entries + Int(run.first &+ done), from: list.words, count: list.count, bits: run.bits,
          valid: valid, &added)
        reader.skip(filled)
        done &+= UInt64(filled)
        if done == run.count { break }
      }
      let page = reader.next(&memory)
      guard let physical = resolver.resolve(page, &self, &status) else { break }
      let slot = entries + Int(run.first &+ done)
      let old = slot.pointee
      let new = physical | run.bits
      slot.pointee = new
      added &+= old & valid == 0 ? 1 : 0
      if listening {
        note(run.domain, place, run.first &+ done, old, new)
      }
      done &+= 1
    }
    rootComplexes[place].table.addValid(added)
    rootComplexes[place].addValid(added, of: run.domain)
    if mapFlushes { rootComplexes[place].iotlb.flush(from: run.first, count: done) }
    if done == 0 { return HypercallResult(status, 0, 0) }
    return HypercallResult(.ok, done, 0)
  }

  /// Writes the event of a changed entry.
  @inline(never)
  func note(
    _ domain: DomainID, _ place: Int, table: UInt64 = 0, _ index: UInt64, _ old: UInt64,
    _ new: UInt64
  ) {
    events.stream.append(
      .entryChanged(
        domain: domain, rootComplex: RootComplexID(place), table: table, index: index,
        old: IOTTE(rawValue: old, layout: entryLayout),
        new: IOTTE(rawValue: new, layout: entryLayout)),
      at: now)
  }
}

extension RootComplex {
  /// The number of entries that a call acts on: at most 64; `nil` where index or count cannot be.
  @inline(__always) func clampedCount(from first: UInt64, count: UInt64) -> UInt64? {
    let usable = table.geometry.usableEntries
    guard first < usable, Int64(bitPattern: count) > 0 else { return nil }
    let clamped = min(count, HypervisorState.entriesPerCall)
    return clamped <= usable &- first ? clamped : nil
  }

  /// Whether every entry of a range is a domain's: granted to it, or the owner's and not granted.
  @inline(__always)
  func belongs(to domain: DomainID, from first: UInt64, count: UInt64) -> Bool {
    owner == domain
      ? grants.isUngranted(from: first, count: count)
      : grants.isGranted(domain, from: first, count: count)
  }
}
