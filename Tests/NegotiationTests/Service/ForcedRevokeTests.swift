import Negotiation
import Sun4v
import Testing

/// What a guest learns of a grant that was taken by force.
@Suite struct ForcedRevokeTests {
  /// One guest that is connected, and a channel that loses nothing.
  private static func network() throws -> ChaoticNetwork {
    var network = try ChaoticNetwork(guests: 1, seed: 1)
    network.connect(0)
    return network
  }

  private static func grant(_ network: inout ChaoticNetwork) throws -> GrantID {
    let id = try network.request(0, GrantRequest(handle: ChaoticNetwork.handle, pages: 2))
    _ = network.settle()
    return try #require(network.guests[0].outcome(of: id)?.records?.first?.grant)
  }

  @Test func theGuestIsToldOfForceUntilItConfirms() throws {
    var network = try Self.network()
    let grant = try Self.grant(&network)
    network.loss = 100
    let book = network.book
    let begin = network.now
    network.withControl { $0.revoke(grant, within: 0, now: begin, through: book, output: &$1) }
    for _ in 0..<5 { _ = network.step() }
    #expect(network.guests[0].grantList.map(\.id) == [grant], "it could not hear of it")
    network.loss = 0
    let isSettled = network.settle()
    #expect(isSettled)
    #expect(network.guests[0].grantList.isEmpty)
    let told = network.events.count { $0 == .revoked(guest: DomainID(1), grant, isForced: true) }
    #expect(told == 2, "once in the control domain, once in the guest")
    #expect(network.control.nextDeadline == nil, "the guest has confirmed")
  }

  @Test func whoNeverConfirmsIsLeftToItsNextSession() throws {
    var network = try Self.network()
    let grant = try Self.grant(&network)
    network.loss = 100
    let book = network.book
    let begin = network.now
    network.withControl { $0.revoke(grant, within: 0, now: begin, through: book, output: &$1) }
    let isQuiet = network.settle(limit: 100)
    #expect(isQuiet)
    #expect(network.guests[0].grantList.map(\.id) == [grant])
    network.loss = 0
    network.disconnect(0)
    network.connect(0)
    let isSettled = network.settle()
    #expect(isSettled)
    #expect(network.guests[0].grantList.isEmpty)
    #expect(network.events.contains(.lost(guest: DomainID(1), grant)))
  }
}
