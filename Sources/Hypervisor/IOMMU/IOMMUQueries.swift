import Sun4v

/// The calls beside map: demap, getmap, getbypass and dma_sync.
///
/// Source: OpenSPARC hypervisor 1.5.6, vpci_piu.s, vpci_fire.s, hcall_vpci.s.
extension HypervisorState {
  /// pci_iommu_demap: handle, tsbid, count.
  ///
  /// The valid bit and bits 12:0 of up to 64 entries are cleared, address and key stay; every entry is
  /// flushed and counts, valid or not.
  @inline(__always)
  mutating func iommuDemap(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    guard let place = rootComplexIndex(arguments.a0, usableBy: domain),
      let count = rootComplexes[place].clampedCount(from: arguments.a1, count: arguments.a2)
    else { return HypercallResult(.invalid) }
    guard rootComplexes[place].belongs(to: domain, from: arguments.a1, count: count) else {
      return HypercallResult(.noAccess)
    }
    demapEntries(place, from: arguments.a1, count: count, of: domain)
    return HypercallResult(.ok, count, 0)
  }

  /// Demaps and flushes entries that all belong to one domain; returns how many were valid.
  @inline(__always) @discardableResult
  mutating func demapEntries(
    _ place: Int, from first: UInt64, count: UInt64, of domain: DomainID
  ) -> Int {
    if events.isListening { noteDemap(place, from: first, count: count, of: domain) }
    return rootComplexes[place].demap(from: first, count: count, of: domain)
  }

  @inline(never)
  private func noteDemap(
    _ place: Int, from first: UInt64, count: UInt64, of domain: DomainID
  ) {
    let kept = entryLayout.keptByDemap
    rootComplexes[place].table.forEachValid(in: first..<(first &+ count)) { index, entry in
      note(domain, place, index, entry.rawValue, entry.rawValue & kept)
    }
  }

  /// pci_iommu_getmap: handle, tsbid.
  func iommuGetmap(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    guard let place = rootComplexIndex(arguments.a0, usableBy: domain),
      arguments.a1 < rootComplexes[place].window.usableEntries
    else { return HypercallResult(.invalid) }
    guard rootComplexes[place].belongs(to: domain, from: arguments.a1, count: 1) else {
      return HypercallResult(.noAccess)
    }
    return report(rootComplexes[place].table.rawEntry(arguments.a1), to: domain)
  }

  /// What getmap answers for an entry: attributes and real address.
  ///
  /// T2 reads one bit of address more than its hardware uses, and answers all ones where no segment
  /// of the caller holds the page; the others answer ENOMAP then.
  func report(_ entry: UInt64, to domain: DomainID) -> HypercallResult {
    let layout = entryLayout
    guard entry & layout.validBit != 0 else { return HypercallResult(.noMapping) }
    let mask = layout == .piu ? layout.addressMask | 1 << 39 : layout.addressMask
    let real = domains[domain.rawValue].memoryMap.real(PhysicalAddress(entry & mask))
    guard real != nil || layout == .piu else { return HypercallResult(.noMapping) }
    return HypercallResult(.ok, layout.attributes(of: entry).rawValue, real?.rawValue ?? .max)
  }

  /// pci_iommu_getbypass: handle, address, attributes.
  ///
  /// Bypass addresses reach all of memory, so a guest that merely holds grants gets none (ENOACCESS).
  func iommuGetbypass(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    guard let place = rootComplexIndex(arguments.a0, usableBy: domain) else {
      return HypercallResult(.invalid)
    }
    guard model == .t1, rootComplexes[place].allowsBypass else {
      return HypercallResult(.notSupported)
    }
    guard rootComplexes[place].owner == domain else { return HypercallResult(.noAccess) }
    guard arguments.a2 & ~3 == 0 else { return HypercallResult(.invalid) }
    guard
      let physical = domains[domain.rawValue].memoryMap.physical(
        RealAddress(arguments.a1), size: 1)
    else { return HypercallResult(.noRealAddress) }
    return HypercallResult(.ok, physical.rawValue | Self.bypassBase)
  }

  /// The bits that make a bus address a bypass address.
  static let bypassBase: UInt64 = 0xfffc_0000_0000_0000

  /// pci_dma_sync: handle, address, size, direction.
  ///
  /// Nothing needs doing on a coherent machine; the range is checked and reported whole.
  func dmaSync(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    guard arguments.a3 != 0, arguments.a3 & ~3 == 0, arguments.a2 != 0,
      rootComplexIndex(arguments.a0, usableBy: domain) != nil
    else { return HypercallResult(.invalid) }
    guard
      domains[domain.rawValue].memoryMap.physical(
        RealAddress(arguments.a1), guestSize: arguments.a2) != nil
    else { return HypercallResult(.noRealAddress) }
    return HypercallResult(.ok, arguments.a2)
  }
}
