import Sun4v

/// One thing that happened in the machine.
public enum Event: Hashable, Sendable {
  /// A domain made a hypercall.
  case hypercall(
    domain: DomainID, trap: HypercallTrap, number: UInt64, arguments: HypercallArguments,
    result: HypercallResult)
}

/// An event and the moment it happened.
public struct TimedEvent: Hashable, Sendable {
  /// The model's clock at that moment.
  public let time: VirtualTime
  /// What happened.
  public let event: Event
}
