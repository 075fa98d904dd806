import Negotiation
import Sun4v
import Testing

/// One guest and a control domain, message by message, without faults.
@Suite struct AgentRuleTests {
  @Test func everyLimitIsNamed() throws {
    var network = try ChaoticNetwork.connected {
      $0.guests[0].quotaPages = 40
      $0.guests[1].reservationPages = 100
      $0.grantLimit = 3
      $0.guardLimit = 8
    }
    let base = ChaoticNetwork.window.reservedBase.rawValue
    let cases: [(GrantRequest, DenialReason)] = [
      (ChaoticNetwork.wanting(0), DenialReason(.noPages)),
      (ChaoticNetwork.wanting(257), DenialReason(.tooLarge, limit: 256, asked: 257)),
      (ChaoticNetwork.wanting(.max), DenialReason(.tooLarge, limit: 256, asked: .max)),
      (ChaoticNetwork.wanting(1) { $0.alignment = 3 }, DenialReason(.badAlignment, asked: 3)),
      (ChaoticNetwork.wanting(1) { $0.alignment = 0 }, DenialReason(.badAlignment, asked: 0)),
      (
        ChaoticNetwork.wanting(1) { $0.alignment = 1 << 63 },
        DenialReason(.alignmentImpossible, asked: 1 << 63)
      ),
      (ChaoticNetwork.wanting(1) { $0.boundary = 6 }, DenialReason(.badBoundary, asked: 6)),
      (
        ChaoticNetwork.wanting(5) { $0.boundary = 4 },
        DenialReason(.boundaryTooSmall, limit: 4, asked: 5)
      ),
      (
        ChaoticNetwork.wanting(1) { $0.highestAddress = DVMAAddress(base) },
        DenialReason(.highestAddressTooLow, limit: base, asked: base)
      ),
      (ChaoticNetwork.wanting(1) { $0.count = 0 }, DenialReason(.batch, limit: 128, asked: 0)),
      (
        ChaoticNetwork.wanting(1) { $0.count = .max },
        DenialReason(.batch, limit: 128, asked: 0xffff_ffff)
      ),
      (
        ChaoticNetwork.wanting(1) { $0.guardPages = 9 },
        DenialReason(.guardPages, limit: 8, asked: 9)
      ),
      (ChaoticNetwork.wanting(41), DenialReason(.quota, limit: 40, asked: 41)),
      (ChaoticNetwork.wanting(1) { $0.count = 4 }, DenialReason(.grantCount, limit: 3, asked: 4)),
    ]
    for (wanted, reason) in cases {
      #expect(try network.ask(wanted) == .denied(reason), "\(reason)")
      #expect(!reason.message.isEmpty)
      #expect(network.control.grantList.isEmpty)
      #expect(network.inconsistencies() == [])
    }
    #expect(try network.ask(ChaoticNetwork.wanting(200), guest: 1)?.records?.count == 1)
    #expect(
      try network.ask(ChaoticNetwork.wanting(40))?.records?.count == 1,
      "56 pages are left, 0 reserved"
    )
  }

  @Test func limitsOfPlaceAreKept() throws {
    var network = try ChaoticNetwork.connected()
    let base = ChaoticNetwork.window.reservedBase.rawValue
    let outcome = try network.ask(
      ChaoticNetwork.wanting(4) {
        $0.count = 3
        $0.alignment = 4
        $0.boundary = 8
        $0.highestAddress = DVMAAddress(base + 64 * 8192 - 1)
        $0.guardPages = 2
      })
    let records = try #require(outcome?.records)
    #expect(records.count == 3)
    for record in records {
      let page = record.address.rawValue / 8192
      #expect(page % 4 == 0)
      #expect(page / 8 == (page + 3) / 8)
      #expect(record.address.rawValue + 4 * 8192 <= base + 64 * 8192)
    }
    #expect(network.control.use(of: ChannelID(0))?.usedPages == 18)
  }

  @Test func aPartIsGivenOnlyWhereItIsWanted() throws {
    var network = try ChaoticNetwork.connected { $0.guests[0].quotaPages = 10 }
    let all = try network.ask(ChaoticNetwork.wanting(4) { $0.count = 3 })
    #expect(all == .denied(DenialReason(.quota, limit: 10, asked: 12)))
    #expect(network.book.entries.isEmpty)
    let part = try network.ask(
      ChaoticNetwork.wanting(4) {
        $0.count = 3
        $0.acceptsPart = true
      })
    #expect(part?.records?.count == 2)
  }

  @Test func aRefusalOfTheHypervisorLeavesNothing() throws {
    var network = try ChaoticNetwork.connected()
    network.book.failures = [.ok, .busy]
    let outcome = try network.ask(ChaoticNetwork.wanting(4) { $0.count = 2 })
    // The first call was answered without being carried out, so its undoing finds nothing.
    #expect(
      outcome == .denied(DenialReason(.hypervisor, asked: HypervisorStatus.busy.rawValue)))
    #expect(network.control.grantList.isEmpty)
    #expect(network.control.checkInvariants() == [])
  }

  @Test func aReleaseThatTheHypervisorRefusesLeavesTheGrant() throws {
    var network = try ChaoticNetwork.connected()
    let grant = try #require(try network.ask(ChaoticNetwork.wanting(2))?.records?.first)
    network.book.failures = [.busy]
    let first = try network.release(0, [grant.grant])
    _ = network.settle()
    #expect(
      network.guests[0].outcome(of: first)
        == .released([ReleaseRecord(grant: grant.grant, result: .refused, status: 17)]))
    #expect(network.guests[0].grant(grant.grant)?.state == .live)
    let second = try network.release(0, [grant.grant])
    _ = network.settle()
    #expect(
      network.guests[0].outcome(of: second)
        == .released([ReleaseRecord(grant: grant.grant, result: .released)]))
    #expect(network.inconsistencies() == [])
  }

  @Test func oneGuestCannotReleaseAnothersGrant() throws {
    var network = try ChaoticNetwork.connected()
    let grant = try #require(try network.ask(ChaoticNetwork.wanting(2))?.records?.first)
    let book = network.book
    let theft = DVMAMessage(RequestID(500), .release(oldestOpen: RequestID(500), [grant.grant]))
    var output = ControlAgentOutput()
    network.control.receive(
      theft.bytes, from: ChannelID(1), now: network.now, through: book, output: &output)
    #expect(
      output.messages.map(\.message.body)
        == [.released([ReleaseRecord(grant: grant.grant, result: .notHeld)])])
    #expect(network.control.grant(grant.grant) != nil)
  }

  @Test func revocationWaitsThenForces() throws {
    var network = try ChaoticNetwork.connected()
    let first = try #require(try network.ask(ChaoticNetwork.wanting(2))?.records?.first?.grant)
    let second = try #require(try network.ask(ChaoticNetwork.wanting(2))?.records?.first?.grant)
    let book = network.book
    let now = network.now
    for grant in [first, second] {
      network.withControl {
        $0.revoke(grant, within: 5_000_000, now: now, through: book, output: &$1)
      }
    }
    while network.guests[0].grant(second)?.state.name != "revoking" { _ = network.step() }
    #expect(network.control.grant(first)?.state.name == "revoking")
    try network.withGuest(0) { try $0.surrender(first, output: &$1) }
    _ = network.settle()
    #expect(network.now.rawValue >= now.rawValue + 5_000_000)
    #expect(network.control.grantList.isEmpty)
    #expect(network.guests[0].grantList.isEmpty)
    #expect(network.events.contains(.revoked(guest: DomainID(1), first, isForced: false)))
    #expect(network.events.contains(.revoked(guest: DomainID(1), second, isForced: true)))
  }

  @Test func requestsBeyondTheLimitWaitInTheGuest() throws {
    var network = try ChaoticNetwork.connected { $0.openRequestLimit = 4 }
    let ids = try (0..<20).map { _ in try network.request(0, ChaoticNetwork.wanting(1)) }
    #expect(network.packets.count == 4)
    _ = network.settle()
    #expect(ids.allSatisfy { network.guests[0].outcome(of: $0)?.records?.count == 1 })
  }

  /// Sent or not: four are under way, and all others wait in the guest.
  @Test func eachRequestIsGivenUpAtItsOwnTime() throws {
    var network = try ChaoticNetwork.connected { $0.openRequestLimit = 4 }
    network.loss = 100
    let timeout = network.guests[0].configuration.requestTimeout
    var due: [RequestID: UInt64] = [:]
    for _ in 0..<30 {
      for _ in 0..<3 {
        due[try network.request(0, ChaoticNetwork.wanting(1))] = network.now.rawValue + timeout
      }
      _ = network.step()
    }
    #expect(Set(due.values).count > 3)
    while network.guests[0].openRequests > 4 || !due.isEmpty {
      _ = network.step()
      for (id, time) in due where network.guests[0].outcome(of: id) == .timedOut {
        #expect(network.now.rawValue == time, "request \(id)")
        due[id] = nil
      }
    }
    network.loss = 0
    _ = network.settle()
    #expect(network.guests[0].openRequests == 0 && network.control.grantList.isEmpty)
  }

  @Test func differingWindowsAreRefusedByBothSides() throws {
    var network = try ChaoticNetwork(guests: 1, seed: 1)
    var other = ChaoticNetwork.window
    other.reservedPages = 128
    other.reservedBase = DVMAAddress(other.reservedBase.rawValue + 128 * 8192)
    network.guests[0] = GuestAgent(
      configuration: GuestAgentConfiguration(
        domain: DomainID(1), windows: [other], generation: 1))
    network.connect(0)
    _ = network.settle()
    #expect(network.guests[0].phase == .refused)
    let mismatch = try #require(network.guests[0].mismatch)
    #expect(mismatch.differences == [.reservedBase, .reservedPages])
    #expect(mismatch.message.contains("128 pages here, 256 pages there"))
    #expect(!network.control.isConnected(ChannelID(0)))
    #expect(throws: GuestRequestError.refused(mismatch)) {
      try network.request(0, ChaoticNetwork.wanting(1))
    }
  }

  @Test func whatAGuestGaveUpWaitingForIsGivenBack() throws {
    var network = try ChaoticNetwork.connected()
    network.loss = 100
    let id = try network.request(0, ChaoticNetwork.wanting(3))
    while network.guests[0].outcome(of: id) == .pending { _ = network.step() }
    #expect(network.guests[0].outcome(of: id) == .timedOut)
    network.loss = 0
    _ = network.settle()
    #expect(network.events.contains { if case .granted = $0 { true } else { false } })
    #expect(network.control.grantList.isEmpty)
    #expect(network.guests[0].grantList.isEmpty)
    #expect(network.guests[0].outcome(of: id) == .timedOut)
  }

  @Test func aCustomPolicyChoosesThePlace() throws {
    var network = try ChaoticNetwork.connected { $0.policy = .custom }
    let first = try network.request(0, ChaoticNetwork.wanting(2) { $0.count = 2 })
    let second = try network.request(1, ChaoticNetwork.wanting(1))
    while network.control.question == nil { _ = network.step() }
    let question = try #require(network.control.question)
    #expect(question.guest == DomainID(1))
    #expect(question.free == [PageRun(start: 0, pages: 256, kind: .free)])
    let book = network.book
    func answer(_ page: Int?) {
      let now = network.now
      network.withControl { $0.resume(at: page, now: now, through: book, output: &$1) }
    }
    answer(100)
    answer(50)
    for _ in 0..<200 where network.control.question == nil { _ = network.step() }
    answer(49)
    _ = network.settle()
    let base = ChaoticNetwork.window.reservedBase.rawValue
    #expect(
      network.guests[0].outcome(of: first)?.records?.map { ($0.address.rawValue - base) / 8192 }
        == [100, 50])
    #expect(network.guests[1].outcome(of: second)?.records?.count == 1)
    let third = try network.request(1, ChaoticNetwork.wanting(2))
    for _ in 0..<200 where network.control.question == nil { _ = network.step() }
    answer(99)
    _ = network.settle()
    #expect(
      network.guests[1].outcome(of: third) == .denied(DenialReason(.policy, asked: 2)))
    #expect(network.inconsistencies() == [])
  }

  @Test func grantsSurviveABrokenSessionForAWhile() throws {
    var network = try ChaoticNetwork.connected { $0.renewalTime = 50_000_000 }
    _ = try network.ask(ChaoticNetwork.wanting(1) { $0.count = 128 })
    _ = try network.ask(ChaoticNetwork.wanting(1) { $0.count = 100 })
    let held = network.guests[0].grantList
    #expect(held.count == 228, "more than one message takes")
    network.disconnect(0)
    network.connect(0)
    _ = network.settle()
    #expect(network.guests[0].grantList == held)
    #expect(network.control.grantList.count == 228)
    network.disconnect(0)
    _ = network.settle()
    #expect(network.control.grantList.isEmpty)
    network.connect(0)
    _ = network.settle()
    #expect(network.guests[0].grantList.isEmpty)
    #expect(network.events.contains(.lost(guest: DomainID(1), held[0].id)))
  }

  @Test func aGrantTakenBeforeItsAnswerArrivesIsNotHeld() throws {
    var network = try ChaoticNetwork.connected()
    let id = try network.request(0, ChaoticNetwork.wanting(2))
    _ = network.step()
    let grant = try #require(network.control.grantList.first?.id)
    let book = network.book
    let now = network.now
    network.withControl { $0.revoke(grant, within: 0, now: now, through: book, output: &$1) }
    #expect(network.packets.count == 2)
    // REVOKE overtakes GRANTED, and GRANTED comes again when the request does.
    network.packets.swapAt(0, 1)
    for _ in 0..<2 { _ = network.step() }
    _ = network.settle()
    #expect(network.guests[0].outcome(of: id) == .denied(DenialReason(.revoked)))
    #expect(network.guests[0].grantList.isEmpty)
    #expect(network.inconsistencies() == [])
  }

  @Test func aRepeatedRequestGetsTheSameAnswerWithoutWhatIsGone() throws {
    var network = try ChaoticNetwork.connected()
    let book = network.book
    let ask = DVMAMessage(
      RequestID(50),
      .allocate(oldestOpen: RequestID(50), ChaoticNetwork.wanting(2) { $0.count = 2 }))
    func send(_ message: DVMAMessage) -> DVMAMessage.Body? {
      var output = ControlAgentOutput()
      network.control.receive(
        message.bytes, from: ChannelID(0), now: network.now, through: book, output: &output)
      return output.messages.first?.message.body
    }
    let first = send(ask)
    #expect(send(ask) == first)
    #expect(network.control.grantList.count == 2)
    let gone = try #require(network.control.grantList.first?.id)
    var output = ControlAgentOutput()
    network.control.revoke(gone, within: 0, now: network.now, through: book, output: &output)
    guard case .granted(let left) = send(ask) else {
      Issue.record("the request was not granted again")
      return
    }
    #expect(left.map(\.grant) == network.control.grantList.map(\.id))
    let next = DVMAMessage(
      RequestID(51), .allocate(oldestOpen: RequestID(51), ChaoticNetwork.wanting(1)))
    #expect(send(next) != nil)
    #expect(
      send(ask) == .denied(DenialReason(.stale, limit: 51, asked: 50)), "it was settled")
    #expect(network.control.grantList.count == 2)
  }

  @Test func aGuestGivesBackOnlyWhatItHolds() throws {
    var network = try ChaoticNetwork.connected()
    #expect(throws: GuestRequestError.badCount(0)) { try network.release(0, []) }
    #expect(throws: GuestRequestError.badCount(161)) {
      try network.release(0, (0..<161).map { GrantID($0) })
    }
    #expect(throws: GuestRequestError.unknownGrant(GrantID(7))) {
      try network.release(0, [GrantID(7)])
    }
    let grant = try #require(try network.ask(ChaoticNetwork.wanting(1))?.records?.first?.grant)
    _ = try network.release(0, [grant])
    #expect(throws: GuestRequestError.releasing(grant)) { try network.release(0, [grant]) }
    _ = network.settle()
    #expect(network.control.grantList.isEmpty)
  }
}
