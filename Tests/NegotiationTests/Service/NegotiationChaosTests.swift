import Negotiation
import Sun4v
import Testing

/// What negotiation promises when messages are lost, doubled, late and out of order.
@Suite struct NegotiationChaosTests {
  /// Lets guests and control domain do things at random.
  private static func storm(
    _ network: inout ChaoticNetwork, steps: Int, breaks: Bool, fails: Bool
  ) throws {
    for _ in 0..<steps {
      let guest = Int(network.chance.below(UInt32(network.guests.count)))
      let grants = network.guests[guest].grantList
      switch network.chance.below(20) {
      case 0..<5:
        _ = try network.request(
          guest,
          GrantRequest(
            handle: ChaoticNetwork.handle, pages: 1 + UInt64(network.chance.below(12)),
            alignment: 1 << UInt64(network.chance.below(4)), count: 1 + network.chance.below(3),
            acceptsPart: network.chance.below(2) == 0))
      case 5..<9:
        if let grant = grants.first(where: { $0.state == .live }) {
          _ = try network.release(guest, [grant.id])
        }
      case 9:
        let all = network.control.grantList
        if !all.isEmpty {
          let id = all[Int(network.chance.below(UInt32(all.count)))].id
          let time = network.now
          let book = network.book
          let left = UInt64(network.chance.below(30_000_000))
          network.withControl {
            $0.revoke(id, within: left, now: time, through: book, output: &$1)
          }
        }
      case 10..<12:
        if let grant = grants.first(where: { $0.state.name == "revoking" }) {
          try network.withGuest(guest) { try $0.surrender(grant.id, output: &$1) }
        }
      case 12 where breaks: network.disconnect(guest)
      case 13 where breaks: network.connect(guest)
      case 14 where fails && network.chance.below(4) == 0:
        network.book.failures.append(.wouldBlock)
      default: break
      }
      for _ in 0..<network.chance.below(8) { _ = network.step() }
      #expect(network.inconsistencies() == [])
    }
  }

  /// Ends all faults, begins every session anew where told to, and gives everything back.
  private static func calm(_ network: inout ChaoticNetwork, reconnects: Bool = true) throws {
    network.loss = 0
    network.damage = 0
    network.doubling = 0
    network.lateness = 1
    network.book.failures = []
    for guest in network.guests.indices where reconnects {
      network.disconnect(guest)
      network.connect(guest)
    }
    let isQuiet = network.settle()
    #expect(isQuiet)
    #expect(network.inconsistencies() == [])
    #expect(network.disagreements() == [])
    for guest in network.guests.indices {
      let held = network.guests[guest].grantList
      #expect(held.allSatisfy { $0.state == .live })
      for grant in held { _ = try network.release(guest, [grant.id]) }
    }
    let isEmpty = network.settle()
    #expect(isEmpty)
    #expect(network.control.grantList.isEmpty)
    #expect(network.guests.allSatisfy { $0.grantList.isEmpty && $0.openRequests == 0 })
    #expect(network.book.entries.isEmpty)
    #expect(network.inconsistencies() == [])
    for window in network.control.windows {
      #expect(window.allocator.freePages == window.allocator.pageCount)
    }
  }

  @Test(arguments: 1...12) func nothingIsLostDoubledOrLeaked(seed: Int) throws {
    var network = try ChaoticNetwork(guests: 3, seed: UInt64(seed))
    for guest in 0..<3 { network.connect(guest) }
    network.loss = 30
    network.doubling = 10
    network.lateness = 3_000_000
    try Self.storm(&network, steps: 150, breaks: false, fails: false)
    try Self.calm(&network)
  }

  /// Without a new session to put things right, so that every message that matters is made good itself,
  /// the word that a grant was taken by force among them.
  @Test(arguments: 1...12) func damagedMessagesAreAsGoodAsLost(seed: Int) throws {
    var network = try ChaoticNetwork(guests: 3, seed: UInt64(300 + seed))
    for guest in 0..<3 { network.connect(guest) }
    network.loss = 10
    network.damage = 30
    network.doubling = 10
    network.lateness = 3_000_000
    try Self.storm(&network, steps: 150, breaks: false, fails: false)
    try Self.calm(&network, reconnects: false)
    let damaged = network.events.count { if case .damaged = $0 { true } else { false } }
    #expect(damaged > 50)
    let isUnderstood = !network.events.contains {
      switch $0 {
      case .malformed, .refusedByPeer: true
      default: false
      }
    }
    #expect(isUnderstood, "no damage was taken for a message")
  }

  @Test(arguments: 1...12) func sessionsBreakAndHypercallsFail(seed: Int) throws {
    var network = try ChaoticNetwork(guests: 3, seed: UInt64(100 + seed)) {
      $0.renewalTime = 20_000_000
    }
    for guest in 0..<3 { network.connect(guest) }
    network.loss = 20
    network.doubling = 10
    network.lateness = 1_000_000
    try Self.storm(&network, steps: 150, breaks: true, fails: true)
    try Self.calm(&network)
  }

  @Test(arguments: 1...6) func guestsReboot(seed: Int) throws {
    var network = try ChaoticNetwork(guests: 2, seed: UInt64(200 + seed))
    for guest in 0..<2 { network.connect(guest) }
    network.doubling = 10
    network.lateness = 500_000
    for round in 0..<10 {
      try Self.storm(&network, steps: 20, breaks: true, fails: false)
      network.reboot(round % 2, tellsControl: network.chance.below(2) == 0)
    }
    try Self.calm(&network)
  }

  @Test func aControlDomainThatForgetsAnswersIsFoundOut() throws {
    var network = try ChaoticNetwork(guests: 2, seed: 3) { $0.forgetsAnswers = true }
    for guest in 0..<2 { network.connect(guest) }
    network.doubling = 30
    var found: [String] = []
    for _ in 0..<200 where found.isEmpty {
      _ = try network.request(0, GrantRequest(handle: ChaoticNetwork.handle, pages: 1))
      _ = network.step()
      found = network.inconsistencies()
    }
    #expect(found.first?.contains("has 2 grants") == true)
  }

  @Test func theSameSeedGivesTheSameEvents() throws {
    func run() throws -> [NegotiationEvent] {
      var network = try ChaoticNetwork(guests: 3, seed: 7)
      for guest in 0..<3 { network.connect(guest) }
      network.loss = 30
      network.doubling = 10
      network.lateness = 2_000_000
      try Self.storm(&network, steps: 200, breaks: true, fails: true)
      try Self.calm(&network)
      return network.events
    }
    let first = try run()
    #expect(first.count > 300)
    #expect(try run() == first)
  }
}
