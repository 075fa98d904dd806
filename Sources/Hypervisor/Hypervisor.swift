import Sun4v

/// The hypervisor of one machine: its state, and the stream of events that tells what happens to it.
///
/// Not Sendable: a machine lives on one thread.
public final class Hypervisor {
  /// Everything the hypervisor knows; a copy of it is a snapshot.
  public var state: HypervisorState
  /// The stream that every call, entry change, access and fault is written to.
  public var events: EventStream { state.events.stream }
  private let table = HypercallTable.standard

  /// Makes a hypervisor in a given state.
  public init(state: HypervisorState) { self.state = state }

  /// Makes a fast-trap call for a domain; any number and any arguments give a status.
  public func fastTrap(
    _ domain: DomainID, _ number: UInt64, _ arguments: HypercallArguments
  ) -> HypercallResult {
    let result: HypercallResult
    if let index = table.fast(number), state.domains.indices.contains(domain.rawValue),
      state.domains[domain.rawValue].versions.isEnabled(index)
    {
      result = table.calls[index].handler(&state, domain, arguments)
    } else {
      result = HypercallResult(.badTrap)
    }
    if events.isListening {
      events.append(
        .hypercall(
          domain: domain, trap: .fast, number: number, arguments: arguments, result: result),
        at: state.now)
    }
    return result
  }

  /// Makes a core-trap call for a domain; any number and any arguments give a status.
  public func coreTrap(
    _ domain: DomainID, _ number: UInt64, _ arguments: HypercallArguments
  ) -> HypercallResult {
    let result: HypercallResult
    if let call = table.core(number), state.domains.indices.contains(domain.rawValue) {
      result = call.handler(&state, domain, arguments)
    } else {
      result = HypercallResult(.badTrap)
    }
    if events.isListening {
      events.append(
        .hypercall(
          domain: domain, trap: .core, number: number, arguments: arguments, result: result),
        at: state.now)
    }
    return result
  }
}
