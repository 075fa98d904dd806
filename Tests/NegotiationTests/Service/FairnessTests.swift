import Negotiation
import Sun4v
import Testing

/// Guests that take whatever they get, and one that wants what it is sure of.
@Suite struct FairnessTests {
  private static let pages: UInt64 = 256
  /// A quarter of the pages, in equal parts for four guests.
  private static let sure = 16

  private static func network(seed: UInt64) throws -> ChaoticNetwork {
    var network = try ChaoticNetwork(guests: 4, seed: seed) { $0.scarcityFloor = nil }
    for guest in 0..<4 { network.connect(guest) }
    _ = network.settle()
    return network
  }

  /// Asks and runs until answered.
  private static func ask(
    _ network: inout ChaoticNetwork, _ guest: Int, pages: UInt64, count: UInt32 = 1
  ) throws -> RequestOutcome? {
    let id = try network.request(
      guest, GrantRequest(handle: ChaoticNetwork.handle, pages: pages, count: count))
    while network.guests[guest].outcome(of: id) == .pending, network.step() {}
    return network.guests[guest].outcome(of: id)
  }

  /// One guest takes all it gets in ranges of so many pages; returns the reason that ended it.
  private static func takeAll(
    _ network: inout ChaoticNetwork, _ guest: Int, pages: UInt64
  ) throws -> DenialReason.Kind? {
    while true {
      switch try ask(&network, guest, pages: pages) {
      case .granted: continue
      case .denied(let reason): return reason.kind
      default: return nil
      }
    }
  }

  @Test func theGreediestLeaveWhatTheOthersAreSureOf() throws {
    var network = try Self.network(seed: 1)
    #expect(try Self.takeAll(&network, 0, pages: 1) == .fairShare)
    #expect(try Self.takeAll(&network, 1, pages: 1) == .reservation)
    #expect(try Self.takeAll(&network, 2, pages: 1) == .reservation)
    let held = (0..<4).map { network.control.use(of: network.channel($0))?.usedPages }
    #expect(held == [192, 32, 16, 0])
    #expect(
      try Self.ask(&network, 3, pages: 1, count: UInt32(Self.sure))?.records?.count == Self.sure)
    #expect(try Self.ask(&network, 3, pages: 1)?.records == nil, "now nothing is left")
    #expect(network.inconsistencies() == [])
  }

  /// However the others ask, release and ask again, over channels that lose messages: whoever holds
  /// less than it is sure of gets it with its first request.
  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func whoAsksForWhatItIsSureOfIsNeverDenied(seed: UInt64) throws {
    var network = try Self.network(seed: seed)
    network.loss = 10
    network.doubling = 10
    network.lateness = 1_000_000
    var served = 0
    for _ in 0..<60 {
      for guest in 0..<3 {
        _ = try Self.takeAll(&network, guest, pages: 1 + UInt64(network.chance.below(4)))
        for grant in network.guests[guest].grantList.prefix(Int(network.chance.below(6)))
        where grant.state == .live {
          _ = try network.release(guest, [grant.id])
        }
      }
      let held = network.guests[3].grantList
      if held.count < Self.sure {
        let count = 1 + network.chance.below(UInt32(Self.sure - held.count))
        let outcome = try Self.ask(&network, 3, pages: 1, count: count)
        #expect(outcome?.records?.count == Int(count))
        served += 1
      }
      for grant in network.guests[3].grantList.prefix(Int(network.chance.below(20)))
      where grant.state == .live {
        _ = try network.release(3, [grant.id])
      }
      for _ in 0..<network.chance.below(20) { _ = network.step() }
      #expect(network.inconsistencies() == [])
    }
    #expect(served > 30)
  }
}
