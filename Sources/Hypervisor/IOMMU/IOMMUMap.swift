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
  @inline(__always)
  package mutating func iommuMap(
    _ domain: DomainID, _ arguments: HypercallArguments, rules: MappingRules
  ) -> HypercallResult {
    let layout = entryLayout
    guard let place = rootComplexIndex(arguments.a0, usableBy: domain),
      let attributes = rules.accepted(IOAttributes(rawValue: arguments.a3), layout: layout)
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
    let run = EntryRun(
      domain: domain, place: place, first: arguments.a1, count: Int(count),
      bits: layout.bits(for: attributes, readImplied: rules.impliesRead), attributes: attributes)
    let mapped = events.isListening ? installHeard(run, list) : install(run, list)
    return mapped.count == 0
      ? HypercallResult(mapped.status, 0, 0) : HypercallResult(.ok, mapped.count, 0)
  }

  /// What one call writes.
  private struct EntryRun {
    /// The domain that calls.
    let domain: DomainID
    /// The root complex.
    let place: Int
    /// The first entry.
    let first: UInt64
    /// The number of entries.
    let count: Int
    /// The bits of an entry besides its address.
    let bits: UInt64
    let attributes: IOAttributes
  }

  /// Writes the entries of a run for the pages of a list until one is refused.
  private mutating func install(
    _ run: EntryRun, _ list: PhysicalAddress
  ) -> (count: UInt64, status: HypervisorStatus) {
    let flushes = mapFlushes
    return mapListed(list, count: run.count, resolver(of: run)) { state, done, words, resolver in
      state.rootComplexes[run.place].map(
        from: run.first &+ done, to: words, with: resolver, bits: run.bits, for: run.domain,
        flushes: flushes)
    }
  }

  /// The same one by one, with an event for each entry.
  @inline(never)
  private mutating func installHeard(
    _ run: EntryRun, _ list: PhysicalAddress
  ) -> (count: UInt64, status: HypervisorStatus) {
    let flushes = mapFlushes
    return mapListed(list, count: run.count, atOnce: 1, resolver(of: run)) {
      state, done, words, resolver in
      let index = run.first &+ done
      let old = state.rootComplexes[run.place].table.rawEntry(index)
      let count = state.rootComplexes[run.place].map(
        from: index, to: words, with: resolver, bits: run.bits, for: run.domain, flushes: flushes)
      let new = state.rootComplexes[run.place].table.rawEntry(index)
      state.noteWritten(run.domain, run.place, index, old, new)
      return count
    }
  }

  @inline(__always)
  private func resolver(of run: EntryRun) -> PageResolver {
    PageResolver(
      model, conformance, run.domain, ownsWindow: rootComplexes[run.place].owner == run.domain,
      pageSize: rootComplexes[run.place].table.geometry.pageSize, attributes: run.attributes)
  }

  /// As `note`, in the middle of a change, where the state would be copied for a method that is not
  /// mutating, with a count for each reference in it.
  @inline(never)
  mutating func noteWritten(
    _ domain: DomainID, _ place: Int, table: UInt64 = 0, _ index: UInt64, _ old: UInt64,
    _ new: UInt64
  ) {
    note(domain, place, table: table, index, old, new)
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
  /// Writes a domain's entries from an index on for the pages at the head of a list that a resolver has in
  /// hand, and flushes them if wanted; returns how many they are.
  @inline(__always)
  mutating func map(
    from index: UInt64, to words: WordRun, with resolver: PageResolver, bits: UInt64,
    for domain: DomainID, flushes: Bool
  ) -> Int {
    let written = table.map(from: index, to: words, with: resolver, bits: bits)
    addValid(written.added, of: domain)
    if flushes { iotlb.flush(from: index, count: UInt64(truncatingIfNeeded: written.count)) }
    return written.count
  }

  /// Clears and flushes entries that all belong to one domain; returns how many were valid.
  @inline(__always)
  mutating func demap(from first: UInt64, count: UInt64, of domain: DomainID) -> Int {
    let removed = table.demap(from: first, count: count)
    addValid(0 &- removed, of: domain)
    iotlb.flush(from: first, count: count)
    return removed
  }

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
