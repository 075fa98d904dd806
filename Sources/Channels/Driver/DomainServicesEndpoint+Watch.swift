import Hypervisor
import Sun4v

/// What is missing, and trying again.
extension DomainServicesEndpoint {
  /// Whether something is missing that this end can do something about.
  @inline(__always) var isIncomplete: Bool {
    guard driver.isOpen else { return false }
    return driver.link.hasGivenUp || peer.awaitsAnswer || peer.phase == .failed
      || peer.phase == .ready && !refused.isEmpty
  }

  /// Starts the watch where something has begun to be missing, and ends it where all is there.
  mutating func watch(_ now: VirtualTime) {
    guard isIncomplete else {
      watchDeadline = nil
      if peer.phase == .ready { attempts = 0 }
      return
    }
    guard watchDeadline == nil, attempts < attemptLimit else { return }
    watchDeadline = now.advanced(byNanoseconds: patience)
  }

  /// The patience is at an end.
  mutating func tryAgain(_ port: DomainPort, into effects: inout [DomainServicesEffect]) {
    if driver.link.hasGivenUp {
      var deliveries: [LDCLinkDelivery] = []
      driver.restart(port, into: &deliveries)
      take(&deliveries, port, into: &effects)
    } else if peer.awaitsAnswer || peer.phase == .failed {
      reset(port, into: &effects)
    } else {
      var wanted: [DomainServicesEffect] = []
      let services = refused
      refused = []
      for id in services { try? peer.registerAgain(id, into: &wanted) }
      carryOut(wanted, port, into: &effects)
    }
  }

  /// Takes note of refused registrations.
  mutating func note(_ effect: DomainServicesEffect) {
    switch effect {
    case .registrationRefused(let service, _): refused.append(service)
    case .ready: refused = []
    default: break
    }
  }
}

extension DomainServicesEffect {
  /// Whether it is a message to a service, which only has to be passed on.
  @inlinable public var isData: Bool {
    if case .data = self { true } else { false }
  }

  /// Whether the connection cannot go on: a datagram could not be read, or the other end knows a
  /// registration that this one does not, or the other way round.
  var endsConnection: Bool {
    switch self {
    case .closeChannel, .serviceDown(_, .handleRefused), .registrationRefused(_, .duplicate): true
    default: false
    }
  }
}
