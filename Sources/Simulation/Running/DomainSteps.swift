import Channels
import Hypervisor
import Negotiation
import Sun4v

/// Running the software of one domain: the only places where it is handed its port.
extension Machine {
  func port(of domain: DomainID) -> DomainPort { DomainPort(hypervisor, domain) }

  func handleInterrupts(of domain: DomainID) {
    withSoftware(of: domain) { software, port, events in
      software.control?.handleInterrupts(port, events: &events)
      software.guest?.handleInterrupts(port, events: &events)
    }
  }

  func handleTimers(of domain: DomainID) {
    withSoftware(of: domain) { software, port, events in
      software.control?.handleTimers(port, events: &events)
      software.guest?.handleTimers(port, events: &events)
    }
  }

  /// Runs a piece of a domain's software and reports what negotiation did in it.
  func withSoftware<Value>(
    of domain: DomainID,
    _ body: (inout DomainSoftware, DomainPort, inout [NegotiationEvent]) -> Value
  ) -> Value {
    var events: [NegotiationEvent] = []
    swap(&events, &spareEvents)
    let value = body(&software.software[domain.rawValue], port(of: domain), &events)
    software.agenda.setTimer(
      of: domain, to: software.software[domain.rawValue].deadline())
    if !events.isEmpty {
      if hypervisor.isListening { report(events, by: domain) }
      if !software.drivers.isEmpty { noticeGrants(events, of: domain) }
      if events.contains(where: \.wantsAction) { act(on: events, in: domain) }
      events.empty()
    }
    swap(&events, &spareEvents)
    if domain == Self.control, self.software.hasOwnPolicy { answerPlacements() }
    noticeInterrupts()
    return value
  }

  /// Counts damage, and does what the machine does when negotiation reports something in a domain.
  private func act(on events: [NegotiationEvent], in domain: DomainID) {
    for event in events {
      if case .damaged = event { software.damagedMessages &+= 1 }
      follow(event, in: domain)
    }
  }

  /// Throws unless a domain is a running guest.
  func checkGuest(_ domain: DomainID) throws(MachineError) {
    try checkExists(domain)
    let kind = software.software[domain.rawValue].kind
    guard kind != .guest else { return }
    throw MachineError(
      .wrongState,
      kind == .off
        ? "\(name(domain)) is not running; boot the machine or the domain first"
        : "\(name(domain)) is the control domain: it owns the window and negotiates with nobody")
  }

  /// Runs a piece of a running guest's software.
  func withGuest<Value>(
    _ domain: DomainID,
    _ body: (inout GuestDomainSoftware, DomainPort, inout [NegotiationEvent]) -> Value
  ) throws(MachineError) -> Value {
    try checkGuest(domain)
    let value = withSoftware(of: domain) { software, port, events in
      software.guest?.change { body(&$0, port, &events) }
    }
    guard let value else { throw MachineError(.wrongState, "\(name(domain)) is not running") }
    return value
  }

  private func report(_ events: [NegotiationEvent], by domain: DomainID) {
    for event in events {
      hypervisor.events.append(.software(domain: domain, SoftwareEvent(event)), at: now)
    }
  }
}

extension NegotiationEvent {
  /// Whether the machine does more with it than to report it.
  fileprivate var wantsAction: Bool {
    switch self {
    case .damaged, .revokeAsked, .revoked, .reclaimed, .lost: true
    default: false
    }
  }
}
