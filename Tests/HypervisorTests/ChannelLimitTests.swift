import Hypervisor
import Sun4v
import Testing

@Suite struct ChannelLimitTests {
  /// Connects a domain to others until there is no channel left; how many it got, and the error.
  private func fill(
    _ state: inout HypervisorState
  ) -> (count: Int, error: ChannelConstructionError?) {
    let first = state.addDomain(name: "primary", role: .control)
    for number in 0...HypervisorState.largestChannelLimit {
      let other = state.addDomain(name: "ldg\(number)", role: .guest)
      do {
        let ends = try state.connectChannel(first, other)
        guard ends.0 == ChannelID(UInt64(number)) else { return (number, nil) }
      } catch {
        return (number, error)
      }
    }
    return (HypervisorState.largestChannelLimit + 1, nil)
  }

  @Test func aDomainHas256ChannelsWhereNothingElseIsSaid() {
    var state = HypervisorState(model: .t2)
    let filled = fill(&state)
    #expect(filled.count == 256)
    #expect(filled.error == .noFreeChannel(DomainID(0), limit: 256))
  }

  @Test(arguments: [1, 1984, 4080])
  func aDomainHasAsManyChannelsAsTheFirmwareGives(limit: Int) {
    var state = HypervisorState(model: .t2, channelLimit: limit)
    let filled = fill(&state)
    #expect(filled.count == limit)
    #expect(filled.error == .noFreeChannel(DomainID(0), limit: limit))
  }

  @Test(arguments: [(0, 1), (-1, 1), (.max, 4080)])
  func theLimitIsHeldToWhatExists(asked: Int, given: Int) {
    #expect(HypervisorState(model: .t2, channelLimit: asked).channelLimit == given)
  }

  @Test func aConnectionThatFailsLeavesNothing() throws {
    var state = HypervisorState(model: .t2)
    let first = state.addDomain(name: "primary", role: .control)
    let second = state.addDomain(name: "ldg1", role: .guest)
    _ = try state.connectChannel(first, second)
    let before = state
    #expect(throws: ChannelConstructionError.self) {
      try state.connectChannel(ChannelEnd(first), ChannelEnd(second, channel: ChannelID(0)))
    }
    #expect(throws: ChannelConstructionError.self) {
      try state.connectChannel(ChannelEnd(first), ChannelEnd(second, receiveInterrupt: 512))
    }
    #expect(state == before)
  }

  @Test func aNumberThatBecameFreeIsGivenAgain() throws {
    var state = HypervisorState(model: .t2)
    let first = state.addDomain(name: "primary", role: .control)
    let second = state.addDomain(name: "ldg1", role: .guest)
    for _ in 0..<4 { _ = try state.connectChannel(first, second) }
    let isGone = state.disconnectChannel(ChannelID(1), of: first)
    #expect(isGone)
    let again = try state.connectChannel(first, second)
    #expect(again == (ChannelID(1), ChannelID(1)))
    let next = try state.connectChannel(first, second)
    #expect(next == (ChannelID(4), ChannelID(4)))
  }
}
