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
        let address = rootComplexes[place].functions[function].address
        for binding in rootComplexes[place].bindings where binding.function == address {
          unbind(binding, place)
        }
        rootComplexes[place].functions[function].assignee = nil
      }
    }
  }
}
