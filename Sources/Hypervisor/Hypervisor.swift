import Sun4v

/// The hypervisor of one machine: its state, and the stream of events that tells what happens to it.
///
/// Not Sendable: a machine lives on one thread.
public final class Hypervisor {
  /// Everything the hypervisor knows; a copy of it is a snapshot.
  ///
  /// Without the run-time check of exclusive access, which costs as much as a whole hypercall: a
  /// machine lives on one thread, and no handler calls back into its hypervisor.
  @exclusivity(unchecked) public var state: HypervisorState
  /// The stream that every call, entry change, access and fault is written to.
  public var events: EventStream { state.events.stream }
  private let table = HypercallTable.standard

  // What the clockwork asks and does between any two steps. Here and not through `state`, since an access
  // to that from another module is checked at run time, or copies it.

  /// The moment of the model's clock.
  public var now: VirtualTime {
    get { state.now }
    set { state.now = newValue }
  }

  /// Whether anyone listens to the stream of events.
  public var isListening: Bool { state.events.isListening }

  /// Whether a domain of this number was ever made.
  public func hasDomain(_ domain: DomainID) -> Bool { state.place(of: domain) != nil }

  /// The number of the root complex of a handle, or `nil` where there is none.
  public func rootComplexID(of handle: DeviceHandle) -> RootComplexID? {
    state.rootComplexes.indices.first { state.rootComplexes[$0].handle == handle }
      .map { state.rootComplexes[$0].id }
  }

  /// The next moment, after now, at which a packet that a fault holds back arrives, or `nil`.
  public var nextHeldPacketRelease: VirtualTime? {
    state.heldPackets > 0 ? state.nextHeldPacketRelease : nil
  }

  /// How many words ``pendingMondos(word:)`` has.
  public var pendingMondoWords: Int { state.pendingMondos.wordCount }

  /// A word of the set of domains that have a device mondo to read.
  public func pendingMondos(word: Int) -> DomainSet.Word { state.pendingMondos[word: word] }

  /// Makes a hypervisor in a given state.
  public init(state: HypervisorState) { self.state = state }

  /// Makes a fast-trap call for a domain; any number and any arguments give a status.
  public func fastTrap(
    _ domain: DomainID, _ number: UInt64, _ arguments: HypercallArguments
  ) -> HypercallResult {
    state.events.isListening
      ? heardFastTrap(domain, number, arguments) : answer(domain, number, arguments)
  }

  /// Carries out a fast-trap call.
  ///
  /// Each answer is returned where it is made: to move one costs as much as a few checks.
  @inline(__always)
  private func answer(
    _ domain: DomainID, _ number: UInt64, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard let index = table.fast(number), state.isEnabled(index, for: domain) else {
      return HypercallResult(.badTrap)
    }
    if let refusal = state.injectedStatus(.fast, table.calls[index].number, domain) {
      return HypercallResult(refusal)
    }
    return table.run(index, &state, domain, arguments)
  }

  /// A fast-trap call that is told of; apart, so that the path without a listener stays short.
  @inline(never)
  private func heardFastTrap(
    _ domain: DomainID, _ number: UInt64, _ arguments: HypercallArguments
  ) -> HypercallResult {
    let result = answer(domain, number, arguments)
    note(.fast, domain, number, arguments, result)
    return result
  }

  /// Makes a core-trap call for a domain; any number and any arguments give a status.
  public func coreTrap(
    _ domain: DomainID, _ number: UInt64, _ arguments: HypercallArguments
  ) -> HypercallResult {
    let result: HypercallResult
    if let call = table.core(number), state.domains.indices.contains(domain.rawValue) {
      if let refusal = state.injectedStatus(.core, call.number, domain) {
        result = HypercallResult(refusal)
      } else {
        result = call.handler(&state, domain, arguments)
      }
    } else {
      result = HypercallResult(.badTrap)
    }
    if state.events.isListening { note(.core, domain, number, arguments, result) }
    return result
  }

  /// Writes the event of a call; apart, so that the path without a listener stays short.
  @inline(never)
  private func note(
    _ trap: HypercallTrap, _ domain: DomainID, _ number: UInt64, _ arguments: HypercallArguments,
    _ result: HypercallResult
  ) {
    events.append(
      .hypercall(
        domain: domain, trap: trap, number: number, arguments: arguments, result: result),
      at: state.now)
  }
}
