import Negotiation
import Sun4v
import Testing

@Suite struct GrantLedgerTests {
  let a = DomainID(1)
  let b = DomainID(2)
  let c = DomainID(3)

  @Test func keepsGrantsById() throws {
    var ledger = GrantLedger(pageCount: 100)
    try ledger.open(a)
    let first = try ledger.record(
      domain: a, start: 10, pages: 4, guardPages: 1, requestID: RequestID(7))
    #expect(first.id == GrantID(1) && first.state == .live && first.totalPages == 5)
    #expect(ledger[first.id] == first)
    #expect(ledger.grant(of: a, requestID: RequestID(7)) == first)
    #expect(ledger.grant(containing: 9) == nil)
    #expect(ledger.grant(containing: 10) == first)
    #expect(ledger.grant(containing: 13) == first)
    #expect(ledger.grant(containing: 14) == nil)
    #expect(ledger.grant(containing: .min) == nil && ledger.grant(containing: .max) == nil)
    try ledger.beginRevoke(first.id)
    #expect(ledger[first.id]?.state == .revoking)
    #expect(try ledger.release(first.id).state == .released)
    #expect(ledger.count == 0 && ledger.heldPages == 0)
    #expect(throws: LedgerError.unknownGrant(first.id)) { try ledger.release(first.id) }
    #expect(throws: LedgerError.unknownGrant(first.id)) { try ledger.beginRevoke(first.id) }
    #expect(
      try ledger.record(domain: a, start: 10, pages: 1, requestID: RequestID(7)).id == GrantID(2))
    #expect(ledger.checkInvariants().isEmpty)
  }

  @Test func refusesWhatWouldBreakIt() throws {
    var ledger = GrantLedger(pageCount: 100)
    try ledger.open(a)
    let grant = try ledger.record(
      domain: a, start: 10, pages: 4, guardPages: 2, requestID: RequestID(1))
    let before = ledger
    let wrong: [(DomainID, Int, Int, Int, UInt64, LedgerError)] = [
      (a, 20, 1, 0, 1, .duplicateRequest(grant.id)),
      (a, 15, 1, 0, 2, .overlap(grant.id)),
      (a, 9, 2, 0, 2, .overlap(grant.id)),
      (a, 9, 1, 1, 2, .overlap(grant.id)),
      (a, 0, 100, 0, 2, .overlap(grant.id)),
      (b, 20, 1, 0, 1, .unknownDomain(b)),
      (a, 20, 0, 0, 2, .badPages(0)),
      (a, 20, 1, -1, 2, .badPages(-1)),
      (a, 99, 2, 0, 2, .outsideWindow(start: 99, pages: 2)),
      (a, 99, 1, 1, 2, .outsideWindow(start: 99, pages: 1)),
      (a, -1, 1, 0, 2, .outsideWindow(start: -1, pages: 1)),
      (a, .max, .max, .max, 2, .outsideWindow(start: .max, pages: .max)),
    ]
    for (domain, start, pages, guardPages, request, error) in wrong {
      #expect(throws: error) {
        try ledger.record(
          domain: domain, start: start, pages: pages, guardPages: guardPages,
          requestID: RequestID(request))
      }
      #expect(ledger == before)
      #expect(!error.message.isEmpty && !error.code.isEmpty)
    }
    #expect(throws: LedgerError.duplicateDomain(a)) { try ledger.open(a) }
    #expect(throws: LedgerError.domainHoldsGrants(a, pages: 6)) { try ledger.close(a) }
    #expect(throws: LedgerError.badLimit(quota: 3, reservation: 4)) {
      try ledger.open(b, quota: 3, reservation: 4)
    }
    #expect(throws: LedgerError.badLimit(quota: nil, reservation: -1)) {
      try ledger.open(b, reservation: -1)
    }
    #expect(throws: LedgerError.reservationUnavailable(requested: 95, available: 94)) {
      try ledger.open(b, reservation: 95)
    }
    #expect(ledger == before)
  }

  @Test func quotaIsACeiling() throws {
    var ledger = GrantLedger(pageCount: 100, scarcityFloor: 0)
    try ledger.open(a, quota: 10)
    try ledger.record(domain: a, start: 0, pages: 8, requestID: RequestID(1))
    #expect(throws: LedgerError.quotaExceeded(requested: 3, held: 8, quota: 10)) {
      try ledger.admit(a, pages: 3)
    }
    try ledger.admit(a, pages: 2)
    try ledger.setLimits(a, quota: 4, reservation: 0)
    #expect(throws: LedgerError.quotaExceeded(requested: 1, held: 8, quota: 4)) {
      try ledger.admit(a, pages: 1)
    }
  }

  @Test func reservationIsAPromise() throws {
    var ledger = GrantLedger(pageCount: 100, scarcityFloor: 0)
    try ledger.open(a, reservation: 30)
    try ledger.open(b)
    try ledger.record(domain: b, start: 0, pages: 70, requestID: RequestID(1))
    #expect(throws: LedgerError.reservedForOthers(requested: 1, available: 0)) {
      try ledger.admit(b, pages: 1)
    }
    try ledger.record(domain: a, start: 70, pages: 30, requestID: RequestID(1))
    #expect(throws: LedgerError.reservedForOthers(requested: 1, available: 0)) {
      try ledger.admit(a, pages: 1)
    }
    #expect(throws: LedgerError.reservationUnavailable(requested: 1, available: 0)) {
      try ledger.open(c, reservation: 1)
    }
    #expect(ledger.checkInvariants().isEmpty)
  }

  /// The greediest domain leaves the floor, the next greediest what the others are sure of.
  @Test(arguments: 2...6) func noDomainStarvesAnother(domains: Int) throws {
    var ledger = GrantLedger(pageCount: 1200)
    for domain in 1...domains { try ledger.open(DomainID(domain)) }
    var page = 0
    var request: UInt64 = 0
    func takeAll(_ domain: DomainID) -> Int {
      var taken = 0
      while (try? ledger.admit(domain, pages: 1)) != nil {
        request += 1
        guard
          (try? ledger.record(
            domain: domain, start: page, pages: 1, requestID: RequestID(request))) != nil
        else { break }
        page += 1
        taken += 1
      }
      return taken
    }
    #expect(takeAll(DomainID(1)) == 900)
    let share = 1200 / domains
    #expect(throws: LedgerError.fairShareExceeded(requested: 1, held: 900, share: share)) {
      try ledger.admit(DomainID(1), pages: 1)
    }
    let sure = 300 / domains
    #expect(ledger.surePages == sure)
    #expect(takeAll(DomainID(2)) == min(share, 300 - (domains - 2) * sure))
    for domain in 1...domains where domain > 2 { #expect(takeAll(DomainID(domain)) == sure) }
    #expect(ledger.checkInvariants().isEmpty)
  }

  /// Domains that take whatever they get, and give back now and then: whoever holds less than it is
  /// sure of gets the rest of that at its first request, at every moment.
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func whoLacksWhatItIsSureOfIsServedAtOnce(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let domains = 2 + Int(random.below(7))
    var ledger = GrantLedger(pageCount: 400)
    for domain in 1...domains {
      let reservation = Int(random.below(20))
      try ledger.open(
        DomainID(domain), quota: random.below(4) == 0 ? reservation + Int(random.below(60)) : nil,
        reservation: reservation)
    }
    var free = Array(0..<400)
    var refused = 0
    for step in 0..<4000 as Range<UInt64> {
      let domain = DomainID(1 + Int(random.below(UInt32(domains))))
      if random.below(3) == 0, let grant = ledger.grants(of: domain).first {
        try ledger.release(grant.id)
        free.append(grant.start)
        continue
      }
      let account = try #require(ledger.account(of: domain))
      let sure = min(
        ledger.surePages, account.quota.map { $0 - account.reservation } ?? ledger.surePages)
      let lack = account.reservation + sure - account.held
      if lack > 0 {
        try ledger.admit(domain, pages: lack)
      } else if (try? ledger.admit(domain, pages: 1)) == nil {
        refused += 1
        continue
      }
      try ledger.record(
        domain: domain, start: free.removeLast(), pages: 1, requestID: RequestID(step))
      if step % 100 == 0 { #expect(ledger.checkInvariants().isEmpty) }
    }
    #expect(refused > 100, "space was scarce")
  }

  /// A domain that comes late finds what it is sure of as soon as so much has come back.
  @Test func whatComesBackIsKeptForALateComer() throws {
    var ledger = GrantLedger(pageCount: 120)
    try ledger.open(a)
    var grants: [GrantID] = []
    for page in 0..<120 {
      grants.append(
        try ledger.record(
          domain: a, start: page, pages: 1, requestID: RequestID(UInt64(page))
        ).id)
    }
    try ledger.open(b)
    #expect(ledger.surePages == 15)
    for (given, id) in grants.prefix(15).enumerated() {
      try ledger.release(id)
      #expect(throws: LedgerError.self) { try ledger.admit(a, pages: 1) }
      try ledger.admit(b, pages: given + 1)
    }
    #expect(ledger.checkInvariants().isEmpty)
  }

  @Test func rebootNumbersRequestsAgain() throws {
    var ledger = GrantLedger(pageCount: 100)
    try ledger.open(a)
    let old = try ledger.record(domain: a, start: 0, pages: 1, requestID: RequestID(1))
    ledger.forgetRequests(of: a)
    #expect(ledger.grant(of: a, requestID: RequestID(1)) == nil)
    let new = try ledger.record(domain: a, start: 1, pages: 1, requestID: RequestID(1))
    try ledger.release(old.id)
    #expect(ledger.grant(of: a, requestID: RequestID(1)) == new)
    #expect(ledger.checkInvariants().isEmpty)
  }

  /// Where the ledger keeps what depends on what was there before, and must not show.
  @Test func sameGrantsAreEqualHoweverTheyCameAbout() throws {
    func ledger(_ order: some Sequence<Int>, passing: Range<Int>) throws -> GrantLedger {
      var ledger = GrantLedger(pageCount: 400)
      try ledger.open(a)
      func record(_ number: Int) throws {
        try ledger.record(
          domain: a, start: number, pages: 1, requestID: RequestID(UInt64(number)),
          id: GrantID(UInt64(1 + number)))
      }
      for number in passing { try record(number) }
      for number in order { try record(number) }
      for number in passing.reversed() { try ledger.release(GrantID(UInt64(1 + number))) }
      #expect(ledger.checkInvariants().isEmpty)
      return ledger
    }
    let one = try ledger(0..<200, passing: 300..<301)
    let other = try ledger((0..<200).reversed(), passing: 201..<301)
    #expect(one == other)
    #expect(one.hashValue == other.hashValue)
    #expect(one.grants == other.grants)
    #expect(try one != ledger(0..<199, passing: 300..<301))
  }

  /// Random grants, releases and limits against an array with the holder of each page.
  @Test(arguments: [UInt64(1), 2, 3]) func agreesWithAPlainModel(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pageCount = 300
    var ledger = GrantLedger(pageCount: pageCount)
    var holders = [GrantID?](repeating: nil, count: pageCount)
    for domain in 1...4 { try ledger.open(DomainID(domain)) }
    for step in 0..<20_000 {
      let domain = DomainID(Int(1 + random.below(4)))
      switch random.below(10) {
      case 0..<5:
        let start = Int(random.below(UInt32(pageCount)))
        let pages = Int(1 + random.below(8))
        let total = pages + Int(random.below(2))
        let fits =
          start + total <= pageCount && holders[start..<start + total].allSatisfy { $0 == nil }
        let admitted = (try? ledger.admit(domain, pages: total)) != nil
        let before = ledger
        let grant = try? ledger.record(
          domain: domain, start: start, pages: pages, guardPages: total - pages,
          requestID: RequestID(UInt64(step)))
        #expect((grant != nil) == (fits && admitted))
        if let grant {
          for page in start..<start + total { holders[page] = grant.id }
        } else {
          #expect(ledger == before)
        }
      case 5..<9:
        guard let id = holders[Int(random.below(UInt32(pageCount)))] else { continue }
        let grant = try ledger.release(id)
        for page in grant.start..<grant.end { holders[page] = nil }
      default:
        let reservation = Int(random.below(60))
        try? ledger.setLimits(
          domain, quota: random.below(2) == 0 ? nil : reservation + Int(random.below(100)),
          reservation: reservation)
      }
      let page = Int(random.below(UInt32(pageCount)))
      if let found = ledger.grant(containing: page) { #expect(found.id == holders[page]) }
      if step % 1000 == 0 { #expect(ledger.checkInvariants().isEmpty) }
    }
    #expect(ledger.checkInvariants().isEmpty)
    #expect(ledger.heldPages == holders.count { $0 != nil })
  }
}
