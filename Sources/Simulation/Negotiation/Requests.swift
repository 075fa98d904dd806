import Hypervisor
import Negotiation
import Sun4v

/// A question of a guest to the control domain, as scripts hold it.
public struct RequestReference: Hashable, Sendable {
  /// The guest.
  public let domain: DomainID
  /// The request's number, unique within one life of the guest.
  public let id: RequestID
  /// Which life of the guest it belongs to, from 1.
  public let boot: UInt64

  /// Names a request by its parts.
  public init(domain: DomainID, id: RequestID, boot: UInt64) {
    self.domain = domain
    self.id = id
    self.boot = boot
  }
}

/// Where a request stands.
public enum RequestState: String, Hashable, Sendable, CaseIterable {
  /// No answer has come.
  case pending
  /// The ranges are there.
  case granted
  /// There are none; the reason is known.
  case denied
  /// What was given back is gone.
  case released
  /// No answer came in time.
  case timedOut = "timed_out"
  /// The domain that asked is gone, or it is too long ago.
  case gone
}

/// Negotiation without running the clock: ask now, look later.
extension Machine {
  /// A guest asks for ranges; the clock does not run.
  public func request(
    _ domain: DomainID, _ request: GrantRequest
  ) throws(MachineError) -> RequestReference {
    try checkOpen()
    try checkExists(domain)
    let wanted = withDefaultGuard(request)
    let started = try withGuest(domain) { guest, port, events in
      Result { () throws(GuestRequestError) in
        try guest.requestGrant(wanted, port, events: &events)
      }
    }
    do {
      return reference(try started.get(), of: domain)
    } catch {
      throw MachineError(.invalidArgument, "\(name(domain)): \(error.message)", name: error.code)
    }
  }

  /// A guest gives a grant back; the clock does not run.
  ///
  /// Throws code `wrong_state` while mappings are left in it, `stale` where it is not held.
  public func requestRelease(_ grant: GrantReference) throws(MachineError) -> RequestReference {
    try checkOpen()
    try checkReleasable(grant)
    let started = try withGuest(grant.domain) { guest, port, events in
      Result { () throws(GuestRequestError) in
        try guest.release([grant.record.grant], port, events: &events)
      }
    }
    do {
      let id = try started.get()
      software.grantUse[GrantKey(domain: grant.domain, grant: grant.record.grant)] = nil
      return reference(id, of: grant.domain)
    } catch {
      throw MachineError(.stale, "\(name(grant.domain)): \(error.message)", name: error.code)
    }
  }

  private func reference(_ id: RequestID, of domain: DomainID) -> RequestReference {
    RequestReference(domain: domain, id: id, boot: software.plans[domain.rawValue].boots)
  }

  /// The request with the guard that the machine puts behind every grant.
  func withDefaultGuard(_ request: GrantRequest) -> GrantRequest {
    var wanted = request
    wanted.guardPages = max(wanted.guardPages, configuration.guardPages)
    return wanted
  }

  /// What became of a request; `nil` where its domain is gone or it is too long ago.
  public func outcome(of request: RequestReference) -> RequestOutcome? {
    guard software.software.indices.contains(request.domain.rawValue),
      software.plans[request.domain.rawValue].boots == request.boot
    else { return nil }
    return software.software[request.domain.rawValue].outcome(of: request.id)
  }

  /// Where a request stands.
  public func state(of request: RequestReference) -> RequestState {
    switch outcome(of: request) {
    case .pending: .pending
    case .granted: .granted
    case .denied, .refused: .denied
    case .released: .released
    case .timedOut: .timedOut
    case nil: .gone
    }
  }

  /// The grants that a request was answered with; none until then.
  public func grants(of request: RequestReference) -> [GrantReference] {
    guard case .granted(let records) = outcome(of: request) else { return [] }
    return records.compactMap { record in
      let handle = software.software[request.domain.rawValue].grant(record.grant)?.handle
      let place = hypervisor.state.rootComplexes.first { bus in
        handle == bus.handle
          || handle == nil && bus.window.index(of: record.address) != nil
      }
      return place.map {
        GrantReference(domain: request.domain, rootComplex: $0.id, record: record)
      }
    }
  }
}
