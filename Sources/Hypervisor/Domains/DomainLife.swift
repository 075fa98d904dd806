// Theory of operation
//
// What the hypervisor does when a domain starts, stops, crashes or is reset. The order is that of the
// released code: CPUs first, so that nothing of the domain runs any more; then its ends of channels,
// whose far ends are notified and find them down; then its buses.
//
// What stays, as in the real code: chosen API versions, map tables, and as deployed the pages that
// others imported from the domain or it from others. As specified, exports are revoked and imports
// dropped. Our own grants: the entries of a domain that stops go at once, so that no device reaches
// its memory; the grants themselves are the owner's to take back.
//
// Source: OpenSPARC hypervisor 1.5.6, init.c, hcall_core.s, res_ldc.c, vpci_piu.s, vpci_fire.s;
// FWARC 2008/424 for exports, 2009/537 for buses of which functions are loaned.

import Sun4v

extension HypervisorState {
  /// Starts a domain that is stopped or was reset; false for an unknown domain or one that runs.
  @discardableResult
  public mutating func startDomain(_ domain: DomainID) -> Bool {
    guard domains.indices.contains(domain.rawValue),
      domains[domain.rawValue].lifeState != .normal
    else { return false }
    domains[domain.rawValue].lifeState = .normal
    domains[domain.rawValue].softState = SoftState()
    domains[domain.rawValue].pendingLifeRequest = nil
    return true
  }

  /// Stops a domain, whether it asked for it, crashed or was told to; false for an unknown domain.
  ///
  /// Its memory keeps its content. Stopping a stopped domain does no harm.
  @discardableResult
  public mutating func stopDomain(_ domain: DomainID) -> Bool {
    guard domains.indices.contains(domain.rawValue) else { return false }
    tearDown(domain)
    domains[domain.rawValue].lifeState = .stopped
    return true
  }

  /// Resets a domain and starts it again; false for an unknown domain.
  @discardableResult
  public mutating func resetDomain(_ domain: DomainID) -> Bool {
    guard stopDomain(domain) else { return false }
    return startDomain(domain)
  }

  private mutating func tearDown(_ domain: DomainID) {
    domains[domain.rawValue].lifeState = .exiting
    domains[domain.rawValue].pendingLifeRequest = nil
    stopProcessors(domain)
    for channel in domains[domain.rawValue].channels.endpoints.indices {
      closeEnd(domain.rawValue, channel)
    }
    if followsSpecification {
      revokeExports(of: domain)
      dropImports(of: domain)
    }
    for place in rootComplexes.indices { leaveBus(place, domain) }
  }

  /// The CPUs lose their queues, and interrupts that were aimed at them their target.
  private mutating func stopProcessors(_ domain: DomainID) {
    let ids = domains[domain.rawValue].processors.map(\.id)
    domains[domain.rawValue].processors = ids.map(VirtualProcessor.init)
    domains[domain.rawValue].runningProcessor = 0
    notePendingMondos(domain.rawValue)
    for channel in domains[domain.rawValue].channels.endpoints.indices {
      domains[domain.rawValue].channels.endpoints[channel].receiveInterrupt.target = nil
      domains[domain.rawValue].channels.endpoints[channel].transmitInterrupt.target = nil
    }
  }

  /// Closes one end of a channel.
  ///
  /// An end whose receive queue was not configured keeps its transmit offsets and base, as in the real
  /// code. The note of a replaced queue is not made: the far end reads down, not reset.
  private mutating func closeEnd(_ domain: Int, _ channel: Int) {
    guard domains[domain].channels.endpoints[channel].isUsable else { return }
    domains[domain].channels.endpoints[channel].transmit.size = 0
    dropHeldPackets(domain, channel)
    guard domains[domain].channels.endpoints[channel].receive.isConfigured else { return }
    domains[domain].channels.endpoints[channel].receive.size = 0
    notifyPeer(of: domain, channel)
    domains[domain].channels.endpoints[channel].transmit = ChannelQueue()
    domains[domain].channels.endpoints[channel].receive = ChannelQueue()
  }

  /// A bus that the domain owns is reset; of one that it only used, its view and entries go.
  private mutating func leaveBus(_ place: Int, _ domain: DomainID) {
    rootComplexes[place].bus.views.removeAll { $0.domain == domain }
    releaseTables(of: domain, place)
    for grant in rootComplexes[place].grants.all where grant.grantee == domain {
      demapEntries(place, from: grant.base, count: grant.pages, of: domain)
    }
    // Tables that a domain supplied vanish with its reset (FWARC 2010/104).
    releaseTables(of: domain, place)
    guard rootComplexes[place].owner == domain, !rootComplexes[place].bus.isBlacklisted else {
      return
    }
    rootComplexes[place].bus.isConfigured = false
    resetTranslation(place)
  }
}
