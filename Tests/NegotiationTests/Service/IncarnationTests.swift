import Negotiation
import Sun4v
import Testing

/// The lives of domains, told apart by their numbers.
@Suite struct IncarnationTests {
  /// A guest's software went wild, named a number of its own making, and died without anybody saying so.
  @Test(arguments: [UInt64(3), .max])
  func aNumberThatIsTooHighLocksNobodyOut(wrong: UInt64) throws {
    var network = try ChaoticNetwork(guests: 1, seed: 1)
    network.guests[0] = ChaoticNetwork.agent(0, wrong)
    network.connect(0)
    _ = network.settle()
    #expect(network.guests[0].phase == .ready)
    network.disconnect(0)
    network.guests[0] = ChaoticNetwork.agent(0, 2)
    network.connect(0)
    for _ in 0..<1000 where network.guests[0].phase != .ready { _ = network.step() }
    #expect(network.guests[0].phase == .ready)
    #expect(network.control.isConnected(network.channel(0)))
    #expect(network.inconsistencies() == [])
  }

  @Test func everyIncarnationNumbersItsGrantsElsewhere() throws {
    var seen: Set<GrantID> = []
    for generation in 1...3 as ClosedRange<UInt64> {
      var network = try ChaoticNetwork(guests: 1, seed: 1)
      var configuration = network.control.configuration
      configuration.generation = generation
      network.control = try ControlAgent(configuration: configuration)
      network.connect(0)
      for _ in 0..<3 {
        let id = try network.request(0, GrantRequest(handle: ChaoticNetwork.handle, pages: 1))
        _ = network.settle()
        let made = try #require(network.guests[0].outcome(of: id)?.records?.first)
        seen.insert(made.grant)
      }
    }
    #expect(seen.count == 9)
    #expect(seen.contains(GrantID(1)))
  }
}
