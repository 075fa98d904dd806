import Sun4v

/// Where an interrupt source stands; the raw value is the `state` of the interrupt calls.
public enum InterruptState: UInt64, Hashable, Sendable {
  /// Nothing pending; an event raises the interrupt.
  case idle = 0
  /// Pending, not yet given to a CPU.
  case received = 1
  /// Given to a CPU, which has not yet set it back to idle.
  case delivered = 2

  /// The state in a word.
  public var name: String {
    switch self {
    case .idle: "idle"
    case .received: "received"
    case .delivered: "delivered"
    }
  }

  /// The state of a word, or `nil` for another word.
  public init?(name: some StringProtocol) {
    guard let state = [Self.idle, .received, .delivered].first(where: { $0.name == name }) else {
      return nil
    }
    self = state
  }
}

/// An interrupt of a virtual device: each end of a channel has one to receive and one to transmit.
///
/// Source: FWARC 2006/074; OpenSPARC hypervisor, ldc.s.
public struct VirtualInterrupt: Hashable, Sendable {
  /// The interrupt's number within the channel device, its `devino`, 0 to 511.
  public let number: UInt64
  /// Word 0 of the mondo; 0 until the domain sets it.
  public package(set) var cookie: UInt64 = 0
  /// Whether the domain wants the interrupt.
  public package(set) var isValid = false
  /// Where it stands.
  public package(set) var state = InterruptState.idle
  /// The number of the CPU that takes it, or `nil` until the domain says.
  public package(set) var target: UInt64?

  /// Makes an interrupt as a domain finds it: idle, not valid, without cookie or target.
  public init(number: UInt64) { self.number = number }
}
