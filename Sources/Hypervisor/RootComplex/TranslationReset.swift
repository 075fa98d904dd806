import Sun4v

extension HypervisorState {
  /// What a soft reset of a root complex does to its translation: the entries go, those in grants
  /// among them, and pending errors.
  ///
  /// t2 zeroes every entry of the window; t1 clears the valid bit and bits 12:0 of all but the last
  /// usable entry. Neither flushes what the root complex remembers, so stale translations stay; as
  /// specified they are flushed.
  ///
  /// Source: OpenSPARC hypervisor 1.5.6, vpci_piu.s, vpci_fire.s.
  mutating func resetTranslation(_ place: Int) {
    let usable = rootComplexes[place].window.usableEntries
    let count = model == .t1 && !followsSpecification ? usable &- 1 : usable
    var removed: [(domain: DomainID, index: UInt64, entry: UInt64)] = []
    rootComplexes[place].table.forEachValid(in: 0..<count) { index, entry in
      guard let domain = rootComplexes[place].holder(of: index) else { return }
      removed.append((domain, index, entry.rawValue))
    }
    let keepsAddresses = model == .t1
    for (domain, index, entry) in removed {
      rootComplexes[place].addValid(-1, of: domain)
      if events.isListening {
        let left = keepsAddresses ? entry & entryLayout.keptByDemap : 0
        note(domain, place, index, entry, left)
      }
    }
    if keepsAddresses {
      _ = rootComplexes[place].table.demap(from: 0, count: count)
    } else {
      rootComplexes[place].table.removeAll()
    }
    rootComplexes[place].faults = FaultRegisters()
    if followsSpecification { rootComplexes[place].iotlb.flushAll() }
  }
}
