import Hypervisor
import Negotiation
import Sun4v

/// Life and death of domains after the boot.
extension Machine {
  /// Stops a domain in good order: it closes its channels, then the hypervisor takes everything.
  public func stop(_ domain: DomainID) throws(MachineError) {
    try checkRunning(domain)
    withSoftware(of: domain) { software, port, events in
      software.control?.shutDown(port, events: &events)
      software.guest?.shutDown(port, events: &events)
    }
    end(domain)
  }

  /// Ends a domain between two of its instructions: it says nothing to anybody.
  public func crash(_ domain: DomainID) throws(MachineError) {
    try checkRunning(domain)
    end(domain)
  }

  /// Stops a domain if it runs, and boots it again.
  public func reboot(_ domain: DomainID) throws(MachineError) {
    try checkOpen()
    _ = try record(of: domain)
    guard isBooted else {
      throw MachineError(.wrongState, "the machine has not booted; use m:boot() first")
    }
    if isRunning(domain) { try stop(domain) }
    if domain == Self.control {
      try bootControl()
    } else {
      try bootGuest(domain)
      if isRunning(Self.control) { try awaitSession(of: domain) }
    }
  }

  private func checkRunning(_ domain: DomainID) throws(MachineError) {
    try checkOpen()
    let name = try record(of: domain).name
    if !isRunning(domain) { throw MachineError(.wrongState, "\(name) is not running") }
  }

  func end(_ domain: DomainID) {
    software.software[domain.rawValue] = .off
    software.agenda.deliver(to: domain, at: nil)
    software.agenda.setTimer(of: domain, to: nil)
    if software.listPages.indices.contains(domain.rawValue) {
      software.listPages[domain.rawValue] = nil
    }
    while software.listPages.last == .some(nil) { software.listPages.removeLast() }
    dropDriver(of: domain)
    _ = hypervisor.state.stopDomain(domain)
    software.mappings.removeAll { $0.domain == domain }
    software.buffers.removeAll { $0.domain == domain }
    software.grantUse = software.grantUse.filter { $0.key.domain != domain }
    if domain == Self.control {
      // The root complexes are reset with their owner, and with them every guest's entries.
      for guest in domains {
        forgetLost(guest)
        for grant in grants(of: guest) { dropFromDriver(grant.record.grant, of: guest) }
      }
    }
    if domain != Self.control, isRunning(Self.control) {
      withSoftware(of: Self.control) { software, port, events in
        software.control?.guestGone(domain, port, events: &events)
      }
    }
    noticeInterrupts()
  }
}
