// Theory of operation
//
// What must hold after every call, whatever the domains did. Everything is recomputed from the tables
// themselves, so a count that drifted or an entry that slipped through shows here. Finding nothing is
// an empty list; each contradiction is one line that names the root complex, the entry and the domain.
//
// Two things that look like contradictions are the deployed behaviour and pass: on t2 the owner of a
// root complex can map the page just past a segment (see PageResolver), and an entry made from an
// imported page goes on after the import has ended, which only the specification forbids.

import Sun4v

extension HypervisorState {
  /// Every rule that the state breaks, in words; empty when all hold.
  public func checkInvariants() -> [String] {
    rootComplexes.flatMap { bus in
      bus.grants.inconsistencies().map { "\(bus.name): \($0)" } + checkEntries(of: bus)
        + checkTables(of: bus)
    }
  }

  private func checkEntries(of bus: RootComplex) -> [String] {
    var found: [String] = []
    var total = 0
    var counts = [Int](repeating: 0, count: domains.count)
    bus.table.forEachValid { index, entry in
      total &+= 1
      guard index < bus.window.usableEntries else { return }
      guard let holder = bus.holder(of: index), domains.indices.contains(holder.rawValue) else {
        found.append("\(bus.name): entry \(index) is valid and belongs to no domain")
        return
      }
      counts[holder.rawValue] &+= 1
      if !mayReach(holder, entry.physicalAddress, pageSize: bus.window.pageSize, on: bus) {
        found.append(
          "\(bus.name): entry \(index) of \(domains[holder.rawValue].name) leads to "
            + "\(entry.physicalAddress), which is not its memory")
      }
    }
    if total != bus.table.validCount {
      found.append("\(bus.name): \(total) valid entries, \(bus.table.validCount) counted")
    }
    for (number, count) in counts.enumerated() where bus.validEntries(of: DomainID(number)) != count
    {
      found.append(
        "\(bus.name): \(count) valid entries of \(domains[number].name), "
          + "\(bus.validEntries(of: DomainID(number))) counted")
    }
    return found
  }

  /// Whether a page may stand in an entry of a domain: its own memory, or a page that it imported.
  func mayReach(
    _ domain: DomainID, _ page: PhysicalAddress, pageSize: PageSize, on bus: RootComplex
  ) -> Bool {
    let deployedT2 = model == .t2 && conformance == .deployed
    let past: UInt64 = deployedT2 && bus.owner == domain ? pageSize.bytes : 0
    for segment in domains[domain.rawValue].memoryMap.segments where segment.kind == .memory {
      let offset = page.rawValue &- (segment.base.rawValue &+ segment.offset)
      if offset &+ pageSize.bytes <= segment.size &+ past && offset <= segment.size { return true }
    }
    return !deployedT2 && wasImported(page, by: domain)
  }

  /// Whether a page is, or as deployed may once have been, an import of a domain.
  private func wasImported(_ page: PhysicalAddress, by domain: DomainID) -> Bool {
    let imports = domains[domain.rawValue].imports.used
    if imports.contains(where: {
      page.rawValue &- $0.page.physical.rawValue < $0.page.pageSize.bytes
    }) {
      return true
    }
    return conformance == .deployed && domains[domain.rawValue].imports.wasEverUsed
  }

  /// The remembered translations that differ from the table: what a device may still reach although
  /// the entry says otherwise.
  public func staleTranslations(of rootComplex: RootComplexID) -> [IOTLBLine] {
    guard let bus = self.rootComplex(rootComplex) else { return [] }
    return bus.iotlb.lines.filter { bus.table.rawEntry($0.index) != $0.entry }
  }

  /// The remembered translations that lead to memory which the page's present holder may not reach:
  /// what no change of entries and grants may leave behind.
  public func foreignTranslations(of rootComplex: RootComplexID) -> [IOTLBLine] {
    guard let bus = self.rootComplex(rootComplex) else { return [] }
    return bus.iotlb.lines.filter { line in
      guard line.index < bus.window.usableEntries, let holder = bus.holder(of: line.index),
        domains.indices.contains(holder.rawValue)
      else { return bus.table.rawEntry(line.index) != line.entry }
      let entry = IOTTE(rawValue: line.entry, layout: bus.table.layout)
      return !mayReach(holder, entry.physicalAddress, pageSize: bus.window.pageSize, on: bus)
    }
  }
}
