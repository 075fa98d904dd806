import Sun4v

extension HypervisorState {
  /// Where a page that a domain imported over a channel lies physically, for the calls that put it in
  /// an IOTSB.
  ///
  /// As in the released t1 code: an address below the region, or an offset above its size, is
  /// ENORADDR; a slot without permission for I/O, a free one among them, is ENOACCESS; else the page's
  /// own base, whatever the offset inside the slot. As specified every attribute needs its right, and
  /// the offset counts.
  func importedPage(
    _ domain: DomainID, _ address: RealAddress, attributes: IOAttributes? = nil
  ) -> (status: HypervisorStatus, physical: PhysicalAddress) {
    let nowhere = PhysicalAddress(0)
    let imports = domains[domain.rawValue].imports
    guard let offset = address.offset(from: imports.base), offset <= imports.size,
      imports.base.rawValue != 0
    else { return (.noRealAddress, nowhere) }
    guard let page = imports[Int(offset >> ImportRegion.slotShift)],
      !page.rights.isDisjoint(with: [.ioRead, .ioWrite])
    else { return (.noAccess, nowhere) }
    guard followsSpecification else { return (.ok, page.physical) }
    let within = offset & (1 << ImportRegion.slotShift - 1)
    guard within < page.pageSize.bytes else { return (.noRealAddress, nowhere) }
    if let attributes {
      guard !attributes.allowsRead || page.rights.contains(.ioRead),
        !attributes.allowsWrite || page.rights.contains(.ioWrite)
      else { return (.noAccess, nowhere) }
    }
    return (.ok, PhysicalAddress(page.physical.rawValue &+ within))
  }

  /// Where a range that a domain's CPU touches lies: in its memory, or in a page that it imported
  /// with the right to load or store.
  func physicalForProcessor(
    _ domain: DomainID, _ address: RealAddress, size: UInt64, _ right: SharedPageRights
  ) -> PhysicalAddress? {
    guard domains.indices.contains(domain.rawValue) else { return nil }
    if let physical = domains[domain.rawValue].memoryMap.physical(address, size: size) {
      return physical
    }
    guard acceptsImportedAddresses, case let imports = domains[domain.rawValue].imports,
      let slot = imports.slot(of: address), let page = imports[slot], page.rights.contains(right),
      let offset = address.offset(from: imports.address(of: slot)),
      offset <= page.pageSize.bytes, size <= page.pageSize.bytes &- offset
    else { return nil }
    return PhysicalAddress(page.physical.rawValue &+ offset)
  }

  /// The entries of IOTSBs by which a domain gave a page that it imported to devices.
  private func deviceMappings(
    of page: ImportedPage, by domain: DomainID
  ) -> [(rootComplex: Int, index: UInt64)] {
    var found: [(rootComplex: Int, index: UInt64)] = []
    for place in rootComplexes.indices where rootComplexes[place].validEntries(of: domain) > 0 {
      rootComplexes[place].table.forEachValid { index, entry in
        let offset = entry.physicalAddress.offset(from: page.physical)
        if let offset, offset < page.pageSize.bytes,
          rootComplexes[place].holder(of: index) == domain
        {
          found.append((place, index))
        }
      }
    }
    return found
  }

  /// Whether a page that a domain imported is in an IOTSB by that domain's doing.
  func isMappedForDevices(_ page: ImportedPage, by domain: DomainID) -> Bool {
    !deviceMappings(of: page, by: domain).isEmpty
  }

  /// Takes a page that a domain imported out of every IOTSB that the domain put it in.
  mutating func unmapForDevices(_ page: ImportedPage, of domain: DomainID) {
    for mapping in deviceMappings(of: page, by: domain) {
      demapEntries(mapping.rootComplex, from: mapping.index, count: 1, of: domain)
    }
  }
}
