import Sun4v

extension HypervisorState {
  /// Real addresses of imports are usable by the importer's CPUs and, in `pci_iommu_map`, by devices
  /// everywhere but on the deployed T2, whose code never looks at the region.
  ///
  /// Source: OpenSPARC hypervisor 1.5.6, hcall_mmu.s and mmu.s of both platforms.
  var acceptsImportedAddresses: Bool { model != .t2 || followsSpecification }

  /// ldc_set_map_table: channel, address, entries.
  ///
  /// As specified the table lies at a multiple of its size, and only a channel to another domain has
  /// one; the deployed code wants 64 bytes.
  mutating func setMapTable(_ domain: Int, _ arguments: HypercallArguments) -> HypercallResult {
    let base = RealAddress(arguments.a1)
    let entries = arguments.a2
    guard base.isAligned(to: 64) || followsSpecification && entries == 0 else {
      return HypercallResult(.badAlignment)
    }
    guard let channel = domains[domain].channels.usable(arguments.a0) else {
      return HypercallResult(.badChannel)
    }
    if entries == 0 {
      domains[domain].channels.endpoints[channel].mapTable = nil
      return HypercallResult(.ok)
    }
    guard (2..<(1 << 30)).contains(entries), entries & (entries &- 1) == 0 else {
      return HypercallResult(.invalid)
    }
    let size = entries &* ChannelMapTable.entrySize
    if followsSpecification {
      guard case .domain = domains[domain].channels.endpoints[channel].target else {
        return HypercallResult(.invalid)
      }
      guard base.isAligned(to: size) else { return HypercallResult(.badAlignment) }
    }
    guard let physical = domains[domain].memoryMap.physical(base, guestSize: size) else {
      return HypercallResult(.noRealAddress)
    }
    domains[domain].channels.endpoints[channel].mapTable = ChannelMapTable(
      base: base, entries: entries, physical: physical)
    return HypercallResult(.ok)
  }

  /// ldc_get_map_table: channel.
  func mapTable(_ domain: Int, _ arguments: HypercallArguments) -> HypercallResult {
    guard let channel = domains[domain].channels.usable(arguments.a0) else {
      return HypercallResult(.badChannel)
    }
    let table = domains[domain].channels.endpoints[channel].mapTable
    return HypercallResult(.ok, table?.base.rawValue ?? 0, table?.entries ?? 0)
  }

  /// The place in memory of an entry of an end's map table, or `nil` outside the table.
  func mapTableEntry(_ domain: Int, _ channel: Int, _ index: UInt64) -> PhysicalAddress? {
    guard let table = domains[domain].channels.endpoints[channel].mapTable, index < table.entries
    else { return nil }
    return PhysicalAddress(table.physical.rawValue &+ index &* ChannelMapTable.entrySize)
  }
}
