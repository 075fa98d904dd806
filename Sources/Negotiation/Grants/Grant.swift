import Sun4v

/// A range of DMA virtual addresses that the control domain has allocated to one guest.
public struct Grant: Hashable, Sendable {
  /// Where a grant is in its life.
  public enum State: String, Hashable, Sendable, CaseIterable {
    /// The guest may map in it.
    case live
    /// The guest was asked to give it back.
    case revoking
    /// It was given back; only a record that left the ledger has this state.
    case released
  }

  /// Its number.
  public let id: GrantID
  /// Who holds it.
  public let domain: DomainID
  /// The first page, as an index of the window.
  public let start: Int
  /// The number of pages that the guest may map.
  public let pages: Int
  /// The number of pages kept empty behind it.
  public let guardPages: Int
  /// The request that it answers, as the guest numbered it.
  public let requestID: RequestID
  /// Which of the request's ranges it is, from 0.
  public let part: Int
  /// Where it is in its life.
  public internal(set) var state: State = .live

  /// The pages that count against the domain: those that it may map, and the guard.
  public var totalPages: Int { pages + guardPages }
  /// The first page behind the grant and its guard.
  public var end: Int { start + totalPages }
}
