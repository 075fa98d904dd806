import Hypervisor
import Negotiation
import Sun4v

/// A grant as scripts hold it.
public struct GrantReference: Hashable, Sendable, BitwiseCopyable {
  /// The domain that was granted the range.
  public let domain: DomainID
  /// The root complex in whose window the range lies.
  public let rootComplex: RootComplexID
  /// The number, first DVA and size in pages.
  public let record: GrantRecord
}

/// Where a grant is in its life.
public enum GrantState: String, Hashable, Sendable, CaseIterable {
  /// The domain may map in it.
  case live
  /// It is on its way back.
  case revoking
  /// It is no more.
  case released
}

/// Negotiation, driven until it is answered.
extension Machine {
  /// A guest asks the control domain for ranges; the clock runs until the answer is there.
  ///
  /// Throws code `denied`, whose name says which limit was met, or `timeout`.
  public func negotiate(
    _ domain: DomainID, _ request: GrantRequest
  ) throws(MachineError) -> [GrantReference] {
    let id = try self.request(domain, request).id
    switch try answer(to: id, of: domain) {
    case .granted(let records):
      guard let place = hypervisor.rootComplexID(of: request.handle) else { return [] }
      return records.map { GrantReference(domain: domain, rootComplex: place, record: $0) }
    case .denied(let reason):
      throw MachineError(
        .denied, "\(name(domain)): \(request.pages) pages denied: \(reason.message)",
        name: reason.kind.code)
    case .timedOut, .pending, .none:
      throw MachineError(
        .timeout, "\(name(domain)): the control domain did not answer request \(id)")
    case .refused(let code):
      throw MachineError(
        .denied, "\(name(domain)): the control domain could not read request \(id)", name: code.name
      )
    case .released:
      throw MachineError(.denied, "\(name(domain)): request \(id) was answered as a release")
    }
  }

  /// Runs the clock until a request has its answer, or nothing more can happen.
  private func answer(
    to id: RequestID, of domain: DomainID
  ) throws(MachineError) -> RequestOutcome? {
    _ = try run(until: VirtualTime(rawValue: .max)) {
      software.software[domain.rawValue].isPending(id)
    }
    try checkGuest(domain)
    return software.software[domain.rawValue].outcome(of: id)
  }

  /// The state of a grant; `released` also where its domain is gone.
  public func state(of grant: GrantReference) -> GrantState {
    guard software.software.indices.contains(grant.domain.rawValue),
      let held = software.software[grant.domain.rawValue].grant(grant.record.grant)
    else { return .released }
    return held.state == .live ? .live : .revoking
  }

  /// The grants that a guest holds, in order of number.
  public func grants(of domain: DomainID) -> [GrantReference] {
    guard software.software.indices.contains(domain.rawValue),
      let agent = software.software[domain.rawValue].guest?.agent
    else { return [] }
    return agent.grantList.compactMap { grant in
      rootComplexID(of: grant.handle).map {
        GrantReference(domain: domain, rootComplex: $0, record: grant.record)
      }
    }
  }

  /// A guest gives a grant back; the clock runs until the control domain has taken it.
  ///
  /// Throws code `wrong_state` while mappings are left in it, `stale` where it is not held.
  public func release(_ grant: GrantReference) throws(MachineError) {
    let id = try requestRelease(grant).id
    switch try answer(to: id, of: grant.domain) {
    case .released(let records):
      if let refused = records.first(where: { $0.result == .refused }) {
        let status = HypervisorStatus(rawValue: UInt64(refused.status))
        throw MachineError(
          .hypercall,
          "\(name(grant.domain)): the hypervisor refused to take grant \(refused.grant) back: \(status)",
          name: status.name)
      }
    case .refused(let code):
      throw MachineError(
        .denied, "\(name(grant.domain)): the control domain refused", name: code.name)
    default:
      throw MachineError(
        .timeout, "\(name(grant.domain)): the control domain did not answer request \(id)")
    }
  }

  /// Throws unless a guest holds a grant and has nothing mapped in it.
  func checkReleasable(_ grant: GrantReference) throws(MachineError) {
    try checkExists(grant.domain)
    if state(of: grant) != .live {
      throw MachineError(
        .stale, "\(name(grant.domain)) does not hold grant \(grant.record.grant) any more")
    }
    try checkNotCached(grant)
    let key = GrantKey(domain: grant.domain, grant: grant.record.grant)
    if let use = software.grantUse[key], !use.isEmpty {
      throw MachineError(
        .wrongState,
        "grant \(grant.record.grant) of \(name(grant.domain)) still has mappings in it; unmap them first"
      )
    }
  }
}
