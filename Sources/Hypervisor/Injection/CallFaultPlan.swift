// Theory of operation
//
// Hypercalls that fail on demand, to see what software does when the hypervisor refuses. A fault names a
// call, perhaps a domain, and counts: the n-th such call from now on answers with a chosen status and
// does nothing else. Calls that the domain has not enabled are not counted, since they never reach
// their routine. The plan is part of the state, so a snapshot carries it, and counting is deterministic.
//
// Invariant: every fault of a plan still has failures to give; an empty plan is `nil` in the state.

import Sun4v

/// A hypercall that is to fail.
public struct CallFault: Hashable, Sendable {
  /// The trap of the call.
  public let trap: HypercallTrap
  /// Its function number, as declared.
  public let number: UInt64
  /// The only domain whose calls count, or `nil` for all.
  public let domain: DomainID?
  /// What the call answers.
  public let status: HypervisorStatus
  /// How many calls go through first.
  public var passing: UInt64
  /// How many calls fail then.
  public var failures: UInt64

  /// Makes a fault: after `passing` calls the next `failures` ones answer `status`.
  public init(
    _ call: Hypercall, status: HypervisorStatus, domain: DomainID? = nil, passing: UInt64 = 0,
    failures: UInt64 = 1
  ) {
    trap = call.trap
    number = call.number
    self.domain = domain
    self.status = status
    self.passing = passing
    self.failures = failures
  }
}

/// The hypercalls that are to fail.
public struct CallFaultPlan: Hashable, Sendable {
  /// The faults, in the order in which they were planned.
  public private(set) var faults: [CallFault] = []

  /// Makes a plan without faults.
  public init() {}

  /// Adds a fault; one that has no failures to give is left out.
  public mutating func add(_ fault: CallFault) {
    if fault.failures > 0 { faults.append(fault) }
  }

  /// Counts a call; returns the status that it fails with, or `nil` where it goes through.
  mutating func take(
    _ trap: HypercallTrap, _ number: UInt64, _ domain: DomainID
  ) -> HypervisorStatus? {
    var answer: HypervisorStatus?
    for index in faults.indices
    where faults[index].trap == trap && faults[index].number == number
      && (faults[index].domain ?? domain) == domain
    {
      if faults[index].passing > 0 {
        faults[index].passing &-= 1
      } else if answer == nil {
        answer = faults[index].status
        faults[index].failures &-= 1
      }
    }
    faults.removeAll { $0.failures == 0 }
    return answer
  }
}

extension HypervisorState {
  /// The status that an injected fault answers a call with, or `nil` where the call is to run.
  @inline(__always)
  mutating func injectedStatus(
    _ trap: HypercallTrap, _ number: @autoclosure () -> UInt64, _ domain: DomainID
  ) -> HypervisorStatus? {
    guard callFaults != nil else { return nil }
    return takeCallFault(trap, number(), domain)
  }

  @inline(never)
  private mutating func takeCallFault(
    _ trap: HypercallTrap, _ number: UInt64, _ domain: DomainID
  ) -> HypervisorStatus? {
    let status = callFaults?.take(trap, number, domain)
    if callFaults?.faults.isEmpty ?? false { callFaults = nil }
    return status
  }
}
