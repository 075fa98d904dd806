// Theory of operation
//
// ldc_mapin puts a page that the far end of a channel exports into a slot of the caller's import
// region; ldc_unmap empties the slot. The deployed code tells the exporter nothing and cannot
// revoke. As specified the table's entry says that the page is in use (bit 56) and by which cookie
// the exporter may revoke it (word 1); ldc_revoke then takes the page out of the importer's slot and
// out of every IOTSB that it was put in, and a domain that exits revokes what it exported.
//
// Source: OpenSPARC hypervisor 1.5.6, ldc.s; FWARC 2008/424.

import Sun4v

extension HypervisorState {
  /// ldc_mapin: channel, cookie.
  mutating func importPage(_ domain: Int, _ arguments: HypercallArguments) -> HypercallResult {
    guard let channel = domains[domain].channels.usable(arguments.a0) else {
      return HypercallResult(.badChannel)
    }
    guard domains[domain].imports.base.rawValue != 0 else {
      return HypercallResult(.notSupported)
    }
    guard case .domain = domains[domain].channels.endpoints[channel].target else {
      return HypercallResult(.invalid)
    }
    guard let peer = peer(domain, channel),
      domains[peer.domain].channels.endpoints[peer.channel].isUsable
    else { return HypercallResult(.badChannel) }
    let cookie = SharedMemoryCookie(rawValue: arguments.a1)
    switch importable(peer, cookie) {
    case .refused(let status): return HypercallResult(status)
    case .value(let found):
      guard let slot = domains[domain].imports.take() else { return HypercallResult(.tooMany) }
      var revocation: UInt64 = 0
      if followsSpecification {
        revocation = domains[domain].imports.nextCookie()
        noteUse(at: found.entry, revocation)
      }
      let page = ImportedPage(
        physical: found.physical, pageSize: found.pageSize,
        rights: found.rights.intersection(.mappable), exporter: DomainID(peer.domain),
        channel: ChannelID(UInt64(peer.channel)), index: cookie.index(found.pageSize),
        revocationCookie: revocation)
      domains[domain].imports.fill(slot, with: page)
      let address = domains[domain].imports.address(of: slot)
      return HypercallResult(
        .ok, address.rawValue &+ cookie.offset(found.pageSize), found.rights.rawValue)
    }
  }

  private struct ImportablePage {
    let entry: PhysicalAddress
    let physical: PhysicalAddress
    let pageSize: PageSize
    let rights: SharedPageRights
  }

  /// The page that a cookie names, if the importer may have it.
  private func importable(
    _ peer: (domain: Int, channel: Int), _ cookie: SharedMemoryCookie
  ) -> Checked<ImportablePage> {
    // A slot holds 256 MiB; the deployed code takes the four sizes that its MMU has.
    let isDeployed = !followsSpecification
    guard let pageSize = PageSize(code: cookie.pageSizeCode), pageSize <= .size256M,
      !isDeployed || [0, 1, 3, 5].contains(pageSize.code)
    else { return .refused(.badPageSize) }
    guard let place = mapTableEntry(peer.domain, peer.channel, cookie.index(pageSize)),
      let word = memory.loadWord(place),
      case let entry = MapTableEntry(rawValue: word),
      isDeployed || entry.rights.rawValue != 0
    else { return .refused(.noMapping) }
    guard !entry.rights.isDisjoint(with: .mappable) else { return .refused(.noAccess) }
    guard entry.pageSizeCode == UInt64(pageSize.code) else { return .refused(.badPageSize) }
    guard entry.page.isAligned(to: pageSize) else { return .refused(.badAlignment) }
    guard
      let physical = domains[peer.domain].memoryMap.physical(
        entry.page, size: pageSize.bytes &- 1)
    else { return .refused(.noRealAddress) }
    return .value(
      ImportablePage(entry: place, physical: physical, pageSize: pageSize, rights: entry.rights))
  }

  /// Writes into a map table entry by which cookie its page is in use; 0 for no longer.
  private mutating func noteUse(at entry: PhysicalAddress, _ cookie: UInt64) {
    guard let word = memory.loadWord(entry) else { return }
    let used = cookie == 0 ? word & ~MapTableEntry.inUse : word | MapTableEntry.inUse
    memory.storeWord(used, at: entry)
    memory.storeWord(cookie, at: PhysicalAddress(entry.rawValue &+ 8))
  }

  /// ldc_unmap: address.
  ///
  /// As specified a page that is still in an IOTSB cannot go (EWOULDBLOCK); the deployed code leaves
  /// such entries working.
  mutating func releaseImport(_ domain: Int, _ arguments: HypercallArguments) -> HypercallResult {
    let imports = domains[domain].imports
    guard let slot = imports.slot(of: RealAddress(arguments.a0)) else {
      return HypercallResult(.noRealAddress)
    }
    guard let page = imports[slot] else { return HypercallResult(.noMapping) }
    if followsSpecification {
      guard RealAddress(arguments.a0).isAligned(to: page.pageSize) else {
        return HypercallResult(.badAlignment)
      }
      guard !isMappedForDevices(page, by: DomainID(domain)) else {
        return HypercallResult(.wouldBlock)
      }
    }
    dropImport(domain, slot)
    return HypercallResult(.ok)
  }

  /// Empties a slot and tells the exporter's table, where that is still as it was.
  private mutating func dropImport(_ domain: Int, _ slot: Int) {
    guard let page = domains[domain].imports.release(slot) else { return }
    guard page.revocationCookie != 0, let exporter = page.exporter,
      domains[exporter.rawValue].channels[page.channel] != nil,
      let entry = mapTableEntry(exporter.rawValue, Int(page.channel.rawValue), page.index),
      memory.loadWord(PhysicalAddress(entry.rawValue &+ 8)) == page.revocationCookie
    else { return }
    noteUse(at: entry, 0)
  }

  /// Takes an imported page from the importer: out of its IOTSBs, then out of its slot.
  private mutating func revoke(_ page: ImportedPage, in slot: Int, from importer: Int) {
    unmapForDevices(page, of: DomainID(importer))
    dropImport(importer, slot)
  }

  /// ldc_revoke: channel, cookie, revocation cookie; ENOTSUPPORTED as deployed.
  mutating func revokeExport(_ domain: Int, _ arguments: HypercallArguments) -> HypercallResult {
    guard followsSpecification else { return HypercallResult(.notSupported) }
    guard let channel = domains[domain].channels.usable(arguments.a0) else {
      return HypercallResult(.badChannel)
    }
    let cookie = SharedMemoryCookie(rawValue: arguments.a1)
    guard let pageSize = PageSize(code: cookie.pageSizeCode),
      let entry = mapTableEntry(domain, channel, cookie.index(pageSize))
    else { return HypercallResult(.invalid) }
    guard cookie.offset(pageSize) == 0 else { return HypercallResult(.badAlignment) }
    // Word 1 is 0 once the importer has let go by itself; then nothing is left to do.
    guard arguments.a2 != 0, memory.loadWord(PhysicalAddress(entry.rawValue &+ 8)) != 0 else {
      return HypercallResult(.ok)
    }
    guard let importer = peer(domain, channel)?.domain,
      let found = domains[importer].imports.used.first(where: {
        $0.page.exporter?.rawValue == domain && $0.page.channel.rawValue == UInt64(channel)
          && $0.page.index == cookie.index(pageSize)
          && $0.page.revocationCookie == arguments.a2
      })
    else { return HypercallResult(.invalid) }
    revoke(found.page, in: found.slot, from: importer)
    return HypercallResult(.ok)
  }

  /// Takes back every page that a domain exported, over one channel or over all.
  ///
  /// What the specification does when an exporter exits; the deployed code leaves imports alone.
  public mutating func revokeExports(of exporter: DomainID, channel: ChannelID? = nil) {
    for importer in domains.indices {
      for (slot, page) in domains[importer].imports.used
      where page.exporter == exporter && (channel == nil || page.channel == channel) {
        revoke(page, in: slot, from: importer)
      }
    }
  }

  /// Takes from a domain every page that it imported, over one channel or over all.
  public mutating func dropImports(of importer: DomainID, from exporter: DomainID? = nil) {
    guard domains.indices.contains(importer.rawValue) else { return }
    for (slot, page) in domains[importer.rawValue].imports.used
    where exporter == nil || page.exporter == exporter {
      revoke(page, in: slot, from: importer.rawValue)
    }
  }
}
