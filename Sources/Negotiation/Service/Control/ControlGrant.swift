import Sun4v

/// A grant as the control domain knows it: the ledger's entry, placed in its window.
public struct ControlGrant: Hashable, Sendable {
  /// Where a grant is between GRANTED and its return.
  public enum State: Hashable, Sendable {
    /// The guest uses it.
    case live
    /// The guest was asked to give it up by `deadline`; the request is repeated at `nextAsk`.
    case revoking(RequestID, deadline: VirtualTime, nextAsk: VirtualTime)
    /// The guest has lost it, and the hypervisor refused to take it back; tried again at `next`.
    case reclaiming(next: VirtualTime, wasForced: Bool)

    /// The state in the words of the model.
    public var name: String {
      switch self {
      case .live: "live"
      case .revoking, .reclaiming: "revoking"
      }
    }
  }

  /// The grant.
  public let id: GrantID
  /// The guest that holds it.
  public let guest: DomainID
  /// The request that it answers.
  public let request: RequestID
  /// The root complex.
  public let handle: DeviceHandle
  /// The first DVA.
  public let address: DVMAAddress
  /// The size in pages.
  public let pages: UInt64
  /// The number of pages kept empty behind it.
  public let guardPages: Int
  /// Where it is in its life.
  public let state: State

  /// The grant as messages carry it.
  public var record: GrantRecord { GrantRecord(grant: id, address: address, pages: pages) }
}
