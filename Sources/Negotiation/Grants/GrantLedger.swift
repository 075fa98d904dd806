import Sun4v

// The ledger: who holds which range.
//
// What it is. The control domain's book of grants, apart from the allocator that finds the ranges:
// the allocator knows pages and no domains, the ledger domains and no holes. Every entry is checked
// when it is made, so that a mistake above it (a range granted twice, a request answered twice)
// stops there and does not become a mapping.
//
// Invariants: grants do not overlap, guards included, and lie inside the window; every grant belongs
// to a domain with an account, and the account's sums are those of its grants; no request of a
// domain has two grants.

/// The grants of one window, and the accounts of the domains that hold them.
///
/// A plain value. Each operation costs the same for ten grants and for a hundred thousand, and
/// either does all of what was asked, or throws and changes nothing.
public struct GrantLedger: Hashable, Sendable {
  /// The pages of the window.
  public let pageCount: Int
  private var grantsByID = NumberTable<GrantID, Grant>()
  private var runsByStart = NumberTable<StartKey, Run>()
  private var idsByRequest = NumberTable<RequestKey, GrantID>()
  private var starts: PageSet
  private(set) var accounts: DomainAccounts
  private var nextID: UInt64 = 1

  private struct StartKey: TableKey {
    let page: Int
    var number: UInt64 { UInt64(truncatingIfNeeded: page) }
  }

  /// What a grant takes of the window, apart from the grant: whether a range is free is asked of its
  /// neighbour, of which nothing else is needed.
  private struct Run: Hashable, Sendable {
    let id: GrantID
    /// The page after the last, guard included.
    let end: Int
  }

  private struct RequestKey: TableKey {
    let domain: DomainID
    let requestID: RequestID
    let part: Int

    /// Spreads what small numbers differ in over all bits.
    var number: UInt64 {
      requestID.rawValue ^ UInt64(truncatingIfNeeded: domain.rawValue) << 44
        ^ UInt64(truncatingIfNeeded: part) << 32
    }
  }

  /// An empty ledger.
  ///
  /// - Parameters:
  ///   - pageCount: The pages of the window; what is not positive counts as none.
  ///   - capacity: How many of them there are to grant; all when not given.
  ///   - scarcityFloor: When no more than so many unreserved pages would be left, only domains with
  ///     less than an equal share are served, and each is sure of an equal part of so many; a quarter
  ///     of the capacity when not given, and 0 for first come, first served.
  public init(pageCount: Int, capacity: Int? = nil, scarcityFloor: Int? = nil) {
    self.pageCount = max(0, pageCount)
    let capacity = min(self.pageCount, max(0, capacity ?? self.pageCount))
    accounts = DomainAccounts(
      capacity: capacity, scarcityFloor: max(0, scarcityFloor ?? capacity / 4))
    starts = PageSet(pageCount: self.pageCount)
  }

  // MARK: Accounts

  /// Opens a domain's account.
  ///
  /// - Throws: `LedgerError` when it has one, when the limits contradict each other, or when so much
  ///   cannot be reserved.
  public mutating func open(
    _ domain: DomainID, quota: Int? = nil, reservation: Int = 0
  ) throws(LedgerError) {
    try accounts.open(domain, quota: quota, reservation: reservation)
  }

  /// Closes the account of a domain that holds nothing.
  ///
  /// - Throws: `LedgerError` when it has none, or holds grants.
  public mutating func close(_ domain: DomainID) throws(LedgerError) {
    try accounts.close(domain)
  }

  /// Changes a domain's limits.
  ///
  /// A quota below what the domain holds takes nothing away; it only stops further grants.
  ///
  /// - Throws: `LedgerError` as `open`.
  public mutating func setLimits(
    _ domain: DomainID, quota: Int?, reservation: Int
  ) throws(LedgerError) {
    try accounts.setLimits(domain, quota: quota, reservation: reservation)
  }

  /// The account of a domain; `nil` when it has none.
  @inline(__always) public func account(of domain: DomainID) -> DomainAccount? {
    accounts.accounts[domain]
  }

  /// The domains with an account, in order.
  public var domains: [DomainID] { accounts.accounts.keys.sorted() }

  /// The pages that there are to grant.
  public var capacity: Int { accounts.capacity }
  /// The pages that are granted, guards included.
  public var heldPages: Int { accounts.held }
  /// The pages that nobody holds and nobody has reserved.
  public var sharedPages: Int { accounts.shared }
  /// What each domain gets beyond its reservation whatever the others hold: its part of the scarcity
  /// floor.
  public var surePages: Int { accounts.surePages }
  /// What each domain may hold beyond its reservation while space is scarce.
  public var equalShare: Int { accounts.equalShare }

  /// Whether a domain may have so many pages more, guards included.
  ///
  /// - Throws: `LedgerError` with the limit that it would meet: its quota, what is reserved for
  ///   others, or its fair share.
  public func admit(_ domain: DomainID, pages: Int) throws(LedgerError) {
    try accounts.admit(domain, pages: pages)
  }

  // MARK: Grants

  /// Enters a new grant.
  ///
  /// - Parameters:
  ///   - part: Which of the request's ranges it is; each has at most one grant.
  ///   - id: Its number, where several ledgers share the numbers; the next free one when not given.
  /// - Returns: The grant.
  /// - Throws: `LedgerError` when the domain may not have it, the range is not inside the window or
  ///   overlaps a grant, that part of the request has a grant, or the number is in use.
  @discardableResult
  public mutating func record(
    domain: DomainID, start: Int, pages: Int, guardPages: Int = 0, requestID: RequestID,
    part: Int = 0, id: GrantID? = nil
  ) throws(LedgerError) -> Grant {
    guard pages > 0 else { throw .badPages(pages) }
    guard guardPages >= 0 else { throw .badPages(guardPages) }
    guard start >= 0, pages <= pageCount, guardPages <= pageCount - pages,
      start <= pageCount - pages - guardPages
    else { throw .outsideWindow(start: start, pages: pages) }
    let request = RequestKey(domain: domain, requestID: requestID, part: part)
    if let id = idsByRequest[request] { throw .duplicateRequest(id) }
    let number = id ?? GrantID(nextID)
    guard grantsByID[number] == nil else { throw .duplicateGrant(number) }
    if let neighbour = nearest(notAbove: start + pages + guardPages - 1), neighbour.end > start {
      throw .overlap(neighbour.id)
    }
    try accounts.add(domain, pages: pages + guardPages)
    let grant = Grant(
      id: number, domain: domain, start: start, pages: pages, guardPages: guardPages,
      requestID: requestID, part: part)
    nextID = max(nextID, number.rawValue &+ 1)
    grantsByID.enter(grant, for: grant.id)
    runsByStart.enter(Run(id: grant.id, end: grant.end), for: StartKey(page: start))
    idsByRequest.enter(grant.id, for: request)
    starts.insert(start)
    return grant
  }

  /// Notes that the holder was asked to give a grant back; does nothing when it was asked before.
  ///
  /// - Throws: `LedgerError.unknownGrant`.
  public mutating func beginRevoke(_ id: GrantID) throws(LedgerError) {
    guard grantsByID[id] != nil else { throw .unknownGrant(id) }
    grantsByID[id]?.state = .revoking
  }

  /// Strikes a grant out.
  ///
  /// - Returns: The grant, in the state `released`.
  /// - Throws: `LedgerError.unknownGrant`.
  @discardableResult
  public mutating func release(_ id: GrantID) throws(LedgerError) -> Grant {
    guard var grant = grantsByID.removeValue(of: id) else { throw .unknownGrant(id) }
    runsByStart.remove(StartKey(page: grant.start))
    let request = RequestKey(
      domain: grant.domain, requestID: grant.requestID, part: grant.part)
    if idsByRequest[request] == id { idsByRequest.remove(request) }
    starts.remove(grant.start)
    accounts.remove(grant.domain, pages: grant.totalPages)
    grant.state = .released
    return grant
  }

  /// Lets a domain number its requests from the start again, as after a reboot.
  ///
  /// Its grants stay until they are released, but answer no request any more.
  public mutating func forgetRequests(of domain: DomainID) {
    idsByRequest.keep { request, _ in request.domain != domain }
  }

  // MARK: Looking up

  /// How many grants there are.
  public var count: Int { grantsByID.count }

  /// The grant with an id; `nil` when there is none.
  public subscript(id: GrantID) -> Grant? { grantsByID[id] }

  /// The grant that a page belongs to, which its guard does not; `nil` when there is none.
  public func grant(containing page: Int) -> Grant? {
    guard page >= 0, page < pageCount, let run = nearest(notAbove: page),
      let grant = grantsByID[run.id]
    else { return nil }
    return page < grant.start + grant.pages ? grant : nil
  }

  /// The grant that answered a part of a domain's request; `nil` when there is none.
  public func grant(of domain: DomainID, requestID: RequestID, part: Int = 0) -> Grant? {
    idsByRequest[RequestKey(domain: domain, requestID: requestID, part: part)]
      .flatMap { grantsByID[$0] }
  }

  /// All grants, in the order of their ids.
  public var grants: [Grant] { grantsByID.values.sorted { $0.id < $1.id } }

  /// The grants of a domain, in the order of their ids.
  public func grants(of domain: DomainID) -> [Grant] {
    grantsByID.values.filter { $0.domain == domain }.sorted { $0.id < $1.id }
  }

  private func nearest(notAbove page: Int) -> Run? {
    starts.last(notAbove: page).flatMap { runsByStart[StartKey(page: $0)] }
  }

  /// Verifies every invariant of the ledger.
  ///
  /// - Returns: One sentence for each thing that is broken; nothing when all is well.
  public func checkInvariants() -> [String] {
    var broken: [String] = []
    var end = 0
    var sums: [DomainID: DomainAccount] = [:]
    for grant in grants.sorted(by: { $0.start < $1.start }) {
      if grant.start < end || grant.end > pageCount {
        broken.append("grant \(grant.id) overlaps another, or the end of the window")
      }
      end = grant.end
      if nearest(notAbove: grant.end - 1) != Run(id: grant.id, end: grant.end) {
        broken.append("grant \(grant.id) is not found by its page")
      }
      sums[grant.domain, default: .init(reservation: 0)].held += grant.totalPages
      sums[grant.domain, default: .init(reservation: 0)].grants += 1
    }
    let answers = idsByRequest.keys.allSatisfy { request in
      let grant = idsByRequest[request].flatMap { grantsByID[$0] }
      return grant?.domain == request.domain && grant?.requestID == request.requestID
        && grant?.part == request.part
    }
    if runsByStart.count != count || !answers { broken.append("an index names a wrong grant") }
    for domain in Set(domains).union(sums.keys).sorted() {
      let (said, counted) = (account(of: domain), sums[domain] ?? .init(reservation: 0))
      if said?.held != counted.held || said?.grants != counted.grants {
        broken.append("the account of domain \(domain) is not the sum of its grants")
      }
    }
    let all = accounts.accounts.values
    if all.reduce(0, { $0 + $1.held }) != heldPages
      || all.reduce(0, { $0 + $1.reservation }) != accounts.reserved
      || all.reduce(0, { $0 + $1.unusedReservation }) != accounts.unusedReservations
      || accounts.countedLacking != accounts.lacking || sharedPages < 0
    {
      broken.append("the sums of all accounts are wrong")
    }
    return broken
  }
}
