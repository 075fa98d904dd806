// Theory of operation
//
// Mapping through supplied tables. Unlike pci_iommu_map these calls take permissions as they are asked
// for, want at least one, know no requester in the attributes, and map any number of entries that the
// count field holds, 16 bits. Translations of supplied tables are never remembered, which is what a
// call that flushes whatever it changes looks like from outside.
//
// Source: Linux hypervisor.h.

import Sun4v

extension HypervisorState {
  /// The bits of an entry for attributes R, W and L with at least R or W, or `nil` for others.
  private func tableEntryBits(_ attributes: UInt64) -> UInt64? {
    guard attributes & ~7 == 0, attributes & 3 != 0 else { return nil }
    return entryLayout.bits(for: IOAttributes(rawValue: attributes), readImplied: false)
  }

  /// pci_iotsb_map: handle, IOTSB handle, count (63:48) and index (47:0), attributes, list.
  mutating func mapInTable(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    let count = arguments.a2 >> 48
    let index = arguments.a2 & 0xffff_ffff_ffff
    guard let place = suppliedPlace(arguments.a0, arguments.a1, domain),
      isInside(place, index, count), let bits = tableEntryBits(arguments.a3)
    else { return HypercallResult(.invalid) }
    guard arguments.a4 & 7 == 0 else { return HypercallResult(.badAlignment) }
    guard
      let list = domains[domain.rawValue].memoryMap.physical(
        RealAddress(arguments.a4), guestSize: count &* 8)
    else { return HypercallResult(.noRealAddress) }
    let resolver = tableResolver(domain, place, arguments.a3)
    let isHeard = events.isListening
    let mapped = mapListed(list, count: Int(count), atOnce: isHeard ? 1 : .max, resolver) {
      state, done, words, resolver in
      let old = state.rawEntry(index &+ done, place)
      let written = state.rootComplexes[place.bus].suppliedTables[place.table]?.table.map(
        from: index &+ done, to: words, with: resolver, bits: bits)
      if isHeard {
        let new = state.rawEntry(index &+ done, place)
        state.noteWritten(
          domain, place.bus, table: UInt64(place.table) &+ 1, index &+ done, old, new)
      }
      return written?.count ?? words.count
    }
    return mapped.count == 0
      ? HypercallResult(mapped.status, 0) : HypercallResult(.ok, mapped.count)
  }

  /// pci_iotsb_map_one: handle, IOTSB handle, index, attributes, address.
  mutating func mapOneInTable(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard let place = suppliedPlace(arguments.a0, arguments.a1, domain),
      isInside(place, arguments.a2, 1), let bits = tableEntryBits(arguments.a3)
    else { return HypercallResult(.invalid) }
    var resolver = tableResolver(domain, place, arguments.a3)
    var status = HypervisorStatus.ok
    guard let physical = resolver.resolve(arguments.a4, &self, &status) else {
      return HypercallResult(status)
    }
    write(physical | bits, at: arguments.a2, place, domain)
    return HypercallResult(.ok)
  }

  /// pci_iotsb_demap: handle, IOTSB handle, index, count.
  mutating func demapInTable(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard let place = suppliedPlace(arguments.a0, arguments.a1, domain),
      isInside(place, arguments.a2, arguments.a3)
    else { return HypercallResult(.invalid) }
    if events.isListening {
      let table = rootComplexes[place.bus].suppliedTables[place.table]?.table
      var next = arguments.a2
      while let found = table?.nextValid(from: next), found.index < arguments.a2 &+ arguments.a3 {
        let old = found.entry.rawValue
        note(
          domain, place.bus, table: arguments.a1, found.index, old, old & entryLayout.keptByDemap)
        next = found.index &+ 1
      }
    }
    _ = rootComplexes[place.bus].suppliedTables[place.table]?.table.demap(
      from: arguments.a2, count: arguments.a3)
    return HypercallResult(.ok, arguments.a3)
  }

  /// pci_iotsb_getmap: handle, IOTSB handle, index.
  func getmapInTable(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    guard let place = suppliedPlace(arguments.a0, arguments.a1, domain),
      isInside(place, arguments.a2, 1),
      let table = rootComplexes[place.bus].suppliedTables[place.table]?.table
    else { return HypercallResult(.invalid) }
    let found = report(table.rawEntry(arguments.a2), to: domain)
    return found.status == .ok
      ? HypercallResult(.ok, found.ret2, found.ret1) : HypercallResult(found.status)
  }

  /// pci_iotsb_sync_mappings: handle, IOTSB handle, index, count.
  ///
  /// Nothing needs doing; the range is checked and reported whole.
  func syncTable(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    guard let place = suppliedPlace(arguments.a0, arguments.a1, domain),
      isInside(place, arguments.a2, arguments.a3)
    else { return HypercallResult(.invalid) }
    return HypercallResult(.ok, arguments.a3)
  }

  private func isInside(
    _ place: (bus: Int, table: Int), _ index: UInt64, _ count: UInt64
  ) -> Bool {
    let entries =
      rootComplexes[place.bus].suppliedTables[place.table]?.table.geometry.entryCount ?? 0
    return index < entries && count > 0 && count <= entries &- index
  }

  private func tableResolver(
    _ domain: DomainID, _ place: (bus: Int, table: Int), _ attributes: UInt64
  ) -> PageResolver {
    PageResolver(
      model, conformance, domain, ownsWindow: false,
      pageSize: rootComplexes[place.bus].suppliedTables[place.table]?.table.geometry.pageSize
        ?? .size8K,
      attributes: IOAttributes(rawValue: attributes))
  }

  private func rawEntry(_ index: UInt64, _ place: (bus: Int, table: Int)) -> UInt64 {
    rootComplexes[place.bus].suppliedTables[place.table]?.table.rawEntry(index) ?? 0
  }

  private mutating func write(
    _ entry: UInt64, at index: UInt64, _ place: (bus: Int, table: Int), _ domain: DomainID
  ) {
    let old =
      rootComplexes[place.bus].suppliedTables[place.table]?.table.replace(index, by: entry) ?? 0
    if events.isListening {
      note(domain, place.bus, table: UInt64(place.table) &+ 1, index, old, entry)
    }
  }
}
