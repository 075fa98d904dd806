import Hypervisor
import Negotiation
import Sun4v

/// One of the things that may happen next in a machine whose order is left open.
public enum MachineChoice: Hashable, Sendable {
  /// A domain takes the interrupts that wait for it, and with them the packets.
  case deliver(DomainID)
  /// The earliest timer of a domain's software fires; the clock goes on to it.
  case expire(DomainID)
  /// The clock goes on to the next packet that a fault holds back.
  case arrive
}

/// Stepping a machine by choice instead of by the clock.
///
/// Deliveries take no time and come in any order, whatever time they are due at. That leaves out no
/// order of events that some timing would give, and makes states equal that differ only in when
/// something happened.
extension Machine {
  /// What may happen next, in a fixed order; empty where nothing will happen by itself.
  public func choices() -> [MachineChoice] {
    guard !isClosed else { return [] }
    var found: [MachineChoice] = []
    for domain in domains where software.agenda.delivery(to: domain) != nil {
      found.append(.deliver(domain))
    }
    for domain in domains where software.agenda.timer(of: domain) != nil {
      found.append(.expire(domain))
    }
    if hypervisor.state.nextHeldPacketRelease != nil { found.append(.arrive) }
    return found
  }

  /// Lets one thing happen; false, changing nothing, where it cannot happen now.
  @discardableResult
  public func perform(_ choice: MachineChoice) throws(MachineError) -> Bool {
    try checkOpen()
    switch choice {
    case .deliver(let domain):
      guard software.agenda.delivery(to: domain) != nil else { return false }
      software.steps &+= 1
      software.agenda.deliver(to: domain, at: nil)
      handleInterrupts(of: domain)
    case .expire(let domain):
      guard let due = software.agenda.timer(of: domain) else { return false }
      software.steps &+= 1
      advanceClock(to: due)
      handleTimers(of: domain)
    case .arrive:
      guard let due = hypervisor.state.nextHeldPacketRelease else { return false }
      software.steps &+= 1
      advanceClock(to: due)
      hypervisor.state.announceHeldPackets()
      noticeInterrupts()
    }
    try finishStep()
    return true
  }
}

extension Machine {
  /// Lets the drivers of channels know how much room their transmit queues have.
  func learnRoom() {
    for domain in domains where software.software[domain.rawValue].isRunning {
      software.software[domain.rawValue].learnRoom { channel in
        hypervisor.state.domain(domain)?.channels[channel]?.transmit
      }
    }
  }
}
