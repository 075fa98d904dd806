import Sun4v

extension HypervisorState {
  /// Takes back everything that a domain has in root complexes: first the entries that lead to its
  /// memory, then what it held and what was held of it.
  ///
  /// Its grants on others' windows are revoked; on its own windows every grant is revoked and every
  /// entry removed; its IOTSBs are unbound and dropped; functions loaned to it go back. Each removed
  /// translation is flushed, so that when this returns no device reaches the domain's memory through a
  /// root complex. Ownership of root complexes stays.
  public mutating func releaseEverything(of domain: DomainID) {
    for place in rootComplexes.indices {
      let owns = rootComplexes[place].owner == domain
      if owns || rootComplexes[place].grants.count(of: domain) > 0 {
        for grant in rootComplexes[place].grants.all where owns || grant.grantee == domain {
          withdraw(grant, from: place)
        }
      }
      if owns {
        demapEntries(
          place, from: 0, count: rootComplexes[place].window.entryCount, of: domain)
      }
      releaseTables(of: domain, place)
      for function in rootComplexes[place].functions.indices
      where rootComplexes[place].functions[function].assignee == domain {
        rootComplexes[place].functions[function].assignee = nil
      }
    }
  }

  /// Resets a root complex as the exit or reset of its owner does.
  ///
  /// On t2 every entry of the window becomes zero; on t1 valid bit and bits 12:0 of all usable entries
  /// but the last are cleared, and the last stays as it is. No flush command follows, so remembered
  /// translations go on. Pending errors are forgotten. Grants stay.
  ///
  /// Source: OpenSPARC hypervisor 1.5.6, vpci_piu.s, vpci_fire.s.
  public mutating func softReset(_ rootComplex: RootComplexID) {
    let place = rootComplex.rawValue
    guard rootComplexes.indices.contains(place) else { return }
    rootComplexes[place].faults = FaultRegisters()
    let usable = rootComplexes[place].window.usableEntries
    if model == .t1 {
      _ = rootComplexes[place].table.demap(from: 0, count: usable &- 1)
    } else {
      rootComplexes[place].table.removeAll()
    }
    recountValidEntries(place)
    if events.isListening {
      events.stream.append(.softReset(rootComplex: rootComplex), at: now)
    }
  }

  private mutating func recountValidEntries(_ place: Int) {
    var counts = [Int](repeating: 0, count: domains.count)
    rootComplexes[place].table.forEachValid { index, _ in
      if let holder = rootComplexes[place].holder(of: index) { counts[holder.rawValue] &+= 1 }
    }
    rootComplexes[place].setValidEntries(counts)
  }
}
