import Sun4v

/// Why the ledger refused; it is unchanged afterwards.
public enum LedgerError: Error, Hashable, Sendable {
  /// The domain has no account.
  case unknownDomain(DomainID)
  /// The domain has an account already.
  case duplicateDomain(DomainID)
  /// The account cannot be closed while the domain holds grants.
  case domainHoldsGrants(DomainID, pages: Int)
  /// A number of pages below 1, or a guard below 0.
  case badPages(Int)
  /// A quota or reservation below 0, or a quota below its reservation.
  case badLimit(quota: Int?, reservation: Int)
  /// The reservations of all domains together would be more than there is, or than is left.
  case reservationUnavailable(requested: Int, available: Int)
  /// The domain would hold more than its quota.
  case quotaExceeded(requested: Int, held: Int, quota: Int)
  /// What is left is kept for other domains.
  case reservedForOthers(requested: Int, available: Int)
  /// Space is scarce, and the domain would hold more than an equal share of what is unreserved.
  case fairShareExceeded(requested: Int, held: Int, share: Int)
  /// No such grant.
  case unknownGrant(GrantID)
  /// The range is not inside the window.
  case outsideWindow(start: Int, pages: Int)
  /// The range overlaps a grant.
  case overlap(GrantID)
  /// That part of the domain's request was answered with a grant already.
  case duplicateRequest(GrantID)
  /// A grant has the number already.
  case duplicateGrant(GrantID)

  /// A short stable name of the case.
  public var code: String {
    switch self {
    case .unknownDomain: "unknown_domain"
    case .duplicateDomain: "duplicate_domain"
    case .domainHoldsGrants: "domain_holds_grants"
    case .badPages: "bad_pages"
    case .badLimit: "bad_limit"
    case .reservationUnavailable: "reservation_unavailable"
    case .quotaExceeded: "quota_exceeded"
    case .reservedForOthers: "reserved_for_others"
    case .fairShareExceeded: "fair_share_exceeded"
    case .unknownGrant: "unknown_grant"
    case .outsideWindow: "outside_window"
    case .overlap: "overlap"
    case .duplicateRequest: "duplicate_request"
    case .duplicateGrant: "duplicate_grant"
    }
  }

  /// One sentence: what was wrong, and what would be right.
  public var message: String {
    switch self {
    case .unknownDomain(let domain): "domain \(domain) has no account"
    case .duplicateDomain(let domain): "domain \(domain) has an account already"
    case .domainHoldsGrants(let domain, let pages):
      "domain \(domain) still holds \(pages) pages; release its grants first"
    case .badPages(let pages): "\(pages) is no number of pages to grant"
    case .badLimit(let quota, let reservation):
      "a quota of \(quota.map(String.init) ?? "no limit") with a reservation of \(reservation) "
        + "pages; both must be 0 or more, and the quota not below the reservation"
    case .reservationUnavailable(let requested, let available):
      "\(requested) pages cannot be reserved; \(available) can"
    case .quotaExceeded(let requested, let held, let quota):
      "\(requested) pages more than the \(held) held are above the quota of \(quota)"
    case .reservedForOthers(let requested, let available):
      "\(requested) pages; only \(available) are free and not kept for other domains"
    case .fairShareExceeded(let requested, let held, let share):
      "\(requested) pages more than the \(held) held beyond the reservation; while space is "
        + "scarce a domain may hold \(share) there"
    case .unknownGrant(let id): "there is no grant \(id)"
    case .outsideWindow(let start, let pages):
      "\(pages) pages at page \(start) are not inside the window"
    case .overlap(let id): "the range overlaps grant \(id)"
    case .duplicateRequest(let id): "the request was answered with grant \(id) already"
    case .duplicateGrant(let id): "there is a grant \(id) already"
    }
  }
}
