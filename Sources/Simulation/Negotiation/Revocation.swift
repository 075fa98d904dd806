// Theory of operation
//
// The control domain may want a grant back. It asks, with a deadline; a guest in good order unmaps what it
// has in the grant and gives it up; a guest that does not answer in time loses it by force, entries first.
// The guest's half happens here because mappings belong to the machine's scripts: what negotiation
// reports in a domain is followed at once. A switch for tests makes a guest deaf to that, scripts' mappings
// and DMA API alike, so that force is seen at work.
//
// Invariant: a mapping's record inside a grant ends with the grant, as the hypervisor has it.
//
// Source: dvmash's own, docs/dvma-service.md.

import DMA
import Hypervisor
import Negotiation
import Sun4v

extension Machine {
  /// The control domain wants a grant back within so many nanoseconds; 0 takes it at once, by force.
  ///
  /// Throws code `stale` where there is no such grant or it is being revoked already, `wrong_state`
  /// where the control domain is not running.
  public func revoke(_ grant: GrantReference, within nanoseconds: UInt64) throws(MachineError) {
    try checkOpen()
    guard isRunning(Self.control) else {
      throw MachineError(.wrongState, "\(Self.controlName) is not running and can revoke nothing")
    }
    let isAccepted = withSoftware(of: Self.control) { software, port, events -> Bool in
      guard software.control?.agent.grant(grant.record.grant)?.guest == grant.domain else {
        return false
      }
      return software.control?.revoke(
        grant.record.grant, within: nanoseconds, port, events: &events) ?? false
    }
    guard isAccepted else {
      throw MachineError(
        .stale,
        "\(Self.controlName) has no live grant \(grant.record.grant) of "
          + "\(try record(of: grant.domain).name) to revoke")
    }
  }

  /// Makes a guest ignore that grants are wanted back, or end that: a switch for tests.
  public func setIgnoresRevoke(_ domain: DomainID, _ ignores: Bool) throws(MachineError) {
    try checkOpen()
    guard try record(of: domain).role == .guest else {
      throw MachineError(.invalidArgument, "\(Self.controlName) is never asked to give up grants")
    }
    if ignores {
      software.deafGuests.insert(domain)
    } else {
      software.deafGuests.remove(domain)
      for grant in grants(of: domain) where state(of: grant) == .revoking {
        obeyRevoke(grant.record.grant, of: domain)
      }
    }
  }

  /// A guest that has ignored that a grant is wanted back does what it would have done at first.
  private func obeyRevoke(_ grant: GrantID, of domain: DomainID) {
    if isInDriver(grant, of: domain) {
      software.drivers[domain.rawValue].revokeAsked(grant)
      if software.drivers[domain.rawValue].hasReturns { giveBackSpace(of: domain) }
    } else {
      surrender(grant, of: domain)
    }
  }

  /// Whether a guest ignores that grants are wanted back.
  public func ignoresRevoke(_ domain: DomainID) -> Bool { software.deafGuests.contains(domain) }

  /// What the machine does when negotiation reports something in a domain.
  func follow(_ event: NegotiationEvent, in domain: DomainID) {
    switch event {
    case .revokeAsked(let guest, let grant, _) where guest == domain:
      if !software.deafGuests.contains(domain) { surrender(grant, of: domain) }
    case .revoked(let guest, let grant, _), .reclaimed(let guest, let grant),
      .lost(let guest, let grant):
      forgetLost(guest)
      dropFromDriver(grant, of: guest)
    default: break
    }
  }

  /// Tells a guest's DMA driver that a grant's entries are gone, if it has the grant.
  func dropFromDriver(_ grant: GrantID, of domain: DomainID) {
    guard isInDriver(grant, of: domain) else { return }
    software.drivers[domain.rawValue].lost(port(of: domain), grant)
  }

  private func isInDriver(_ grant: GrantID, of domain: DomainID) -> Bool {
    software.drivers.indices.contains(domain.rawValue)
      && software.drivers[domain.rawValue].holds(grant)
  }

  /// Gives a grant up with all that is mapped in it; the DMA driver gives up those that it has itself.
  private func surrender(_ grant: GrantID, of domain: DomainID) {
    guard !isInDriver(grant, of: domain) else { return }
    for number in mappingNumbers(in: grant, of: domain) {
      // Where the hypervisor refuses, the grant is taken by force at the deadline.
      guard (try? unmap(MappingID(number: number))) != nil else { return }
    }
    software.grantUse[GrantKey(domain: domain, grant: grant)] = nil
    // A grant that is gone meanwhile needs no surrender.
    _ = try? withGuest(domain) { guest, port, events in
      try? guest.surrender(grant, port, events: &events)
    }
  }

  /// Forgets the mappings of a guest whose entries are its own no more.
  func forgetLost(_ domain: DomainID) {
    let isReset = !isRunning(Self.control)
    for number in software.mappings.numbers {
      guard let record = software.mappings[number], record.domain == domain,
        isReset
          || hypervisor.state.rootComplex(record.rootComplex)?.holder(of: record.firstIndex)
            != domain
      else { continue }
      forget(MappingID(number: number))
    }
    software.grantUse = software.grantUse.filter { key, _ in
      key.domain != domain
        || software.mappings.contains { record in
          record.domain == domain && record.place.grant?.record.grant == key.grant
        }
    }
  }

  private func mappingNumbers(in grant: GrantID, of domain: DomainID) -> [Int] {
    software.mappings.numbers.filter { number in
      guard let record = software.mappings[number] else { return false }
      return record.domain == domain && record.place.grant?.record.grant == grant
    }
  }
}

extension MappingRequest.Place {
  /// The grant that the place is in, or `nil` where it names none.
  var grant: GrantReference? {
    switch self {
    case .grant(let held), .grantPage(let held, _): held
    case .address, .privatePart: nil
    }
  }
}
