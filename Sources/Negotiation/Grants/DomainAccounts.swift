import Sun4v

/// What one domain may hold and does hold, in pages, guards included.
public struct DomainAccount: Hashable, Sendable {
  /// The most that the domain may hold; `nil` for no ceiling of its own.
  public internal(set) var quota: Int?
  /// What is kept for the domain whether it uses it or not.
  public internal(set) var reservation: Int
  /// What it holds now.
  public internal(set) var held = 0
  /// How many grants it holds now.
  public internal(set) var grants = 0

  /// The part of the reservation that it does not use.
  public var unusedReservation: Int { max(0, reservation - held) }
  /// What it holds beyond its reservation.
  public var sharedHeld: Int { max(0, held - reservation) }
}

// The accounts of all domains, and the rule for who may have how much.
//
// Each page of the capacity is in exactly one of four sums: held within reservations, reserved and
// not used, held beyond reservations, and shared: free for anybody. Only the sums of all domains are
// kept, so that every question and every change is O(1) whatever the number of domains.
//
// The rule, checked in this order:
//   1. A quota is a ceiling: held and requested together may not exceed it.
//   2. A reservation is a promise: pages reserved and not used are given to nobody else. What a
//      domain asks within its own reservation is always there (as a number of pages; whether they
//      lie in a row is the allocator's affair).
//   3. What lies beyond a domain's reservation comes out of the shared pages, as far as these are
//      not needed for what the others are sure of: each domain of an equal part of
//      `scarcityFloor`. It is a promise like a reservation, made to all alike.
//   4. While `scarcityFloor` shared pages would be left, the first comer is served. Below it, only
//      domains are served that hold no more than an equal share of the unreserved capacity. So the
//      greediest domain leaves the floor to the others.
//
// That no domain starves another is rule 3: who holds less than it is sure of is served at once,
// whatever the others hold, ask, or have just got. Invariant behind it: there are as many shared
// pages as all domains together lack of what they are sure of. A grant within that part takes as
// much from both sides, one beyond it must leave the others' lack, and a release adds at least as much
// to the shared pages as to the lack. Only new accounts and raised reservations can break it; then pages
// that come back are kept until it holds again.

/// The accounts of all domains over one capacity.
struct DomainAccounts: Hashable, Sendable {
  /// The pages that there are to give.
  let capacity: Int
  /// The number of shared pages below which only domains short of an equal share are served.
  let scarcityFloor: Int
  private(set) var accounts = NumberTable<DomainID, DomainAccount>()
  private(set) var held = 0
  private(set) var reserved = 0
  private(set) var unusedReservations = 0
  /// The pages that all domains lack of what they are sure of.
  private(set) var lacking = 0

  init(capacity: Int, scarcityFloor: Int) {
    self.capacity = capacity
    self.scarcityFloor = scarcityFloor
  }

  /// The pages that nobody holds and nobody has reserved.
  var shared: Int { capacity - held - unusedReservations }
  /// An equal share of the unreserved capacity.
  var equalShare: Int { accounts.isEmpty ? 0 : (capacity - reserved) / accounts.count }

  /// The pages beyond its reservation that each domain is sure of, quotas apart.
  private(set) var surePages = 0

  /// What a domain lacks of the pages that it is sure of.
  private func lack(_ account: DomainAccount) -> Int {
    let most = account.quota.map { max(0, $0 - account.reservation) } ?? .max
    return max(0, min(surePages, most) - account.sharedHeld)
  }

  /// Counts anew what all domains are sure of and lack, after their number or a limit has changed.
  private mutating func countLacking() {
    surePages =
      accounts.isEmpty ? 0 : min(scarcityFloor, max(0, capacity - reserved)) / accounts.count
    lacking = countedLacking
  }

  /// What all domains lack, by their accounts.
  var countedLacking: Int { accounts.values.reduce(0) { $0 + lack($1) } }

  mutating func open(_ domain: DomainID, quota: Int?, reservation: Int) throws(LedgerError) {
    guard accounts[domain] == nil else { throw .duplicateDomain(domain) }
    try checkLimits(quota: quota, reservation: reservation)
    guard reservation <= shared else {
      throw .reservationUnavailable(requested: reservation, available: max(0, shared))
    }
    accounts[domain] = DomainAccount(quota: quota, reservation: reservation)
    reserved += reservation
    unusedReservations += reservation
    countLacking()
  }

  mutating func close(_ domain: DomainID) throws(LedgerError) {
    guard let account = accounts[domain] else { throw .unknownDomain(domain) }
    guard account.grants == 0 else { throw .domainHoldsGrants(domain, pages: account.held) }
    accounts[domain] = nil
    reserved -= account.reservation
    unusedReservations -= account.reservation
    countLacking()
  }

  mutating func setLimits(
    _ domain: DomainID, quota: Int?, reservation: Int
  ) throws(LedgerError) {
    guard var account = accounts[domain] else { throw .unknownDomain(domain) }
    try checkLimits(quota: quota, reservation: reservation)
    let before = account
    account.quota = quota
    account.reservation = reservation
    let more = account.unusedReservation - before.unusedReservation
    guard more <= max(0, shared) else {
      let available = before.reservation + max(0, shared) + before.sharedHeld
      throw .reservationUnavailable(requested: reservation, available: available)
    }
    accounts[domain] = account
    reserved += account.reservation - before.reservation
    unusedReservations += more
    countLacking()
  }

  private func checkLimits(quota: Int?, reservation: Int) throws(LedgerError) {
    guard reservation >= 0, reservation <= quota ?? .max else {
      throw .badLimit(quota: quota, reservation: reservation)
    }
  }

  /// Whether a domain may have so many pages more; throws the limit that it would meet.
  @inline(__always)
  func admit(_ domain: DomainID, pages: Int) throws(LedgerError) {
    guard let account = accounts[domain] else { throw .unknownDomain(domain) }
    try admit(account, pages: pages)
  }

  @inline(__always)
  private func admit(_ account: DomainAccount, pages: Int) throws(LedgerError) {
    guard pages > 0 else { throw .badPages(pages) }
    if let quota = account.quota, pages > quota - account.held {
      throw .quotaExceeded(requested: pages, held: account.held, quota: quota)
    }
    let beyond = pages - min(pages, account.unusedReservation)
    guard beyond > 0 else { return }
    let available = shared - (lacking - lack(account))
    guard beyond <= available else {
      throw .reservedForOthers(
        requested: pages, available: max(0, available) + account.unusedReservation)
    }
    if shared - beyond < scarcityFloor, beyond > equalShare - account.sharedHeld {
      throw .fairShareExceeded(
        requested: pages, held: account.sharedHeld, share: equalShare)
    }
  }

  /// Enters a grant of so many pages; throws the limit that it would meet, and changes nothing then.
  mutating func add(_ domain: DomainID, pages: Int) throws(LedgerError) {
    guard let place = accounts.place(of: domain) else { throw .unknownDomain(domain) }
    try admit(accounts[place: place], pages: pages)
    change(place, pages: pages, grants: 1)
  }

  mutating func remove(_ domain: DomainID, pages: Int) {
    guard let place = accounts.place(of: domain) else { return }
    change(place, pages: -pages, grants: -1)
  }

  @inline(__always)
  private mutating func change(_ place: Int, pages: Int, grants: Int) {
    let before = accounts[place: place]
    var account = before
    account.held += pages
    account.grants += grants
    accounts[place: place] = account
    held += pages
    unusedReservations += account.unusedReservation - before.unusedReservation
    lacking += lack(account) - lack(before)
  }
}
