import Hypervisor
import Negotiation
import Sun4v

/// Running the software of one domain: the only places where it is handed its port.
extension Machine {
  func port(of domain: DomainID) -> DomainPort { DomainPort(hypervisor, domain) }

  func handleInterrupts(of domain: DomainID) {
    withSoftware(of: domain) { software, port, events in
      switch software {
      case .off: break
      case .control(var control):
        software = .off
        control.handleInterrupts(port, events: &events)
        software = .control(control)
      case .guest(var guest):
        software = .off
        guest.handleInterrupts(port, events: &events)
        software = .guest(guest)
      }
    }
  }

  func handleTimers(of domain: DomainID) {
    withSoftware(of: domain) { software, port, events in
      switch software {
      case .off: break
      case .control(var control):
        software = .off
        control.handleTimers(port, events: &events)
        software = .control(control)
      case .guest(var guest):
        software = .off
        guest.handleTimers(port, events: &events)
        software = .guest(guest)
      }
    }
  }

  /// Runs a piece of a domain's software and reports what negotiation did in it.
  func withSoftware<Value>(
    of domain: DomainID,
    _ body: (inout DomainSoftware, DomainPort, inout [NegotiationEvent]) -> Value
  ) -> Value {
    var events: [NegotiationEvent] = []
    let value = body(&software.software[domain.rawValue], port(of: domain), &events)
    report(events, by: domain)
    noticeGrants(events, of: domain)
    for event in events {
      if case .damaged = event { self.software.damagedMessages &+= 1 }
      follow(event, in: domain)
    }
    if domain == Self.control, self.software.hasOwnPolicy { answerPlacements() }
    noticeInterrupts()
    return value
  }

  /// The software of a running guest.
  func guestSoftware(_ domain: DomainID) throws(MachineError) -> GuestDomainSoftware {
    let name = try record(of: domain).name
    switch software.software[domain.rawValue] {
    case .guest(let guest): return guest
    case .off:
      throw MachineError(
        .wrongState, "\(name) is not running; boot the machine or the domain first")
    case .control:
      throw MachineError(
        .wrongState, "\(name) is the control domain: it owns the window and negotiates with nobody")
    }
  }

  /// Runs a piece of a running guest's software.
  func withGuest<Value>(
    _ domain: DomainID,
    _ body: (inout GuestDomainSoftware, DomainPort, inout [NegotiationEvent]) -> Value
  ) throws(MachineError) -> Value {
    var guest = try guestSoftware(domain)
    return withSoftware(of: domain) { software, port, events in
      software = .off
      defer { software = .guest(guest) }
      return body(&guest, port, &events)
    }
  }

  private func report(_ events: [NegotiationEvent], by domain: DomainID) {
    guard hypervisor.events.isListening else { return }
    for event in events {
      hypervisor.events.append(.software(domain: domain, SoftwareEvent(event)), at: now)
    }
  }
}
