import Sun4v

/// Why a request was denied: the limit that it met, how far that goes, and what was asked.
public struct DenialReason: Error, Hashable, Sendable, CustomStringConvertible {
  /// The limits.
  public enum Kind: UInt32, Hashable, Sendable, CaseIterable {
    /// A range of no pages.
    case noPages = 1
    /// An alignment that is not a power of two.
    case badAlignment = 2
    /// A segment boundary that is not a power of two.
    case badBoundary = 3
    /// A range longer than its segment boundary.
    case boundaryTooSmall = 4
    /// No range as long lies below the highest address.
    case highestAddressTooLow = 5
    /// No range as long fits even into the empty range.
    case tooLarge = 6
    /// No place has the alignment within the other limits.
    case alignmentImpossible = 7
    /// Nothing that is free now fits.
    case noSpace = 8
    /// The domain's quota.
    case quota = 9
    /// What is left is kept for other domains.
    case reservation = 10
    /// The number of ranges in one request.
    case batch = 11
    /// The number of grants of one domain.
    case grantCount = 12
    /// The number of requests of one domain that are open at once.
    case openRequests = 13
    /// The request was settled before, or comes too late.
    case stale = 14
    /// The control domain has no such root complex.
    case unknownHandle = 15
    /// The domains have not agreed on the window.
    case notAgreed = 16
    /// The hypervisor refused to install the grant.
    case hypervisor = 17
    /// The custom policy refused, or chose a place that does not fit.
    case policy = 18
    /// The number of guard pages.
    case guardPages = 19
    /// The control domain is short of something else.
    case unavailable = 20
    /// Space is scarce, and the domain would hold more than an equal share.
    case fairShare = 21
    /// The range was granted, and taken back before the answer arrived.
    case revoked = 22

    /// A stable name for scripts.
    public var code: String {
      switch self {
      case .noPages: "no_pages"
      case .badAlignment: "bad_alignment"
      case .badBoundary: "bad_boundary"
      case .boundaryTooSmall: "boundary_too_small"
      case .highestAddressTooLow: "limit_too_low"
      case .tooLarge: "too_large"
      case .alignmentImpossible: "alignment_impossible"
      case .noSpace: "no_space"
      case .quota: "quota"
      case .reservation: "reservation"
      case .batch: "batch_limit"
      case .grantCount: "grant_limit"
      case .openRequests: "open_request_limit"
      case .stale: "stale_request"
      case .unknownHandle: "unknown_handle"
      case .notAgreed: "not_agreed"
      case .hypervisor: "hypervisor"
      case .policy: "policy"
      case .guardPages: "bad_guard"
      case .unavailable: "unavailable"
      case .fairShare: "fair_share"
      case .revoked: "revoked"
      }
    }
  }

  /// The limit.
  public var kind: Kind
  /// How far the limit goes; its unit depends on the kind, most often pages.
  public var limit: UInt64
  /// What was asked, in the same unit; for `hypervisor` the status.
  public var asked: UInt64

  /// Makes a reason.
  public init(_ kind: Kind, limit: UInt64 = 0, asked: UInt64 = 0) {
    self.kind = kind
    self.limit = limit
    self.asked = asked
  }

  /// A stable name for scripts.
  public var code: String { kind.code }

  /// One sentence: what was asked, and which limit it met.
  public var message: String {
    switch kind {
    case .noPages: "a grant of no pages; ask for 1 or more"
    case .badAlignment: "an alignment of \(asked) pages; it must be a power of two"
    case .badBoundary: "a segment boundary of \(asked) pages; it must be a power of two"
    case .boundaryTooSmall: "\(asked) pages do not fit into a segment of \(limit) pages"
    case .highestAddressTooLow:
      "no range as long lies at or below \(asked.hexadecimal); the reserved range begins at "
        + limit.hexadecimal
    case .tooLarge: "\(asked) pages were asked, guard included; the reserved range has \(limit)"
    case .alignmentImpossible:
      "no place in the reserved range has an alignment of \(asked) pages within the other limits"
    case .noSpace:
      "no free range of \(asked) pages meets the request; the longest free run has \(limit) pages"
    case .quota: "the domain would hold \(asked) pages; its quota is \(limit)"
    case .reservation:
      "\(asked) pages were asked; beyond what is kept for other domains \(limit) are free"
    case .batch: "\(asked) ranges were asked at once; a request has 1 to \(limit)"
    case .grantCount: "the domain would hold \(asked) grants; it may hold \(limit)"
    case .openRequests: "request \(asked) is beyond the \(limit) that may be open at once"
    case .stale: "request \(asked) was settled before; the oldest open one is \(limit)"
    case .unknownHandle: "the control domain has no root complex \(asked.hexadecimal)"
    case .notAgreed: "the two domains have not agreed on window and reserved range"
    case .hypervisor:
      "the hypervisor did not install the grant: "
        + HypervisorStatus(rawValue: asked).name
    case .policy: "the policy found no place for \(asked) pages"
    case .guardPages: "\(asked) guard pages; at most \(limit) may be asked"
    case .unavailable: "the control domain cannot take the request now"
    case .fairShare:
      "space is scarce: the domain would hold \(asked) unreserved pages; its share is \(limit)"
    case .revoked: "the range was granted, and taken back before the answer arrived"
    }
  }

  /// The sentence.
  public var description: String { message }
}
