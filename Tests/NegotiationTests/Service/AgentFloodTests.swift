import Negotiation
import Sun4v
import Testing

/// A guest and a control domain that are flooded, or sent what no agent sends.
@Suite struct AgentFloodTests {
  @Test func aFloodIsAnsweredAndBounded() throws {
    var network = try ChaoticNetwork.connected { $0.openRequestLimit = 16 }
    let book = network.book
    var denied = 0
    for number in 1...2000 as ClosedRange<UInt64> {
      var output = ControlAgentOutput()
      let message = DVMAMessage(
        RequestID(number + 10),
        .allocate(oldestOpen: RequestID(11), ChaoticNetwork.wanting(1)))
      network.control.receive(
        message.bytes, from: ChannelID(0), now: network.now, through: book, output: &output)
      #expect(output.messages.count == 1)
      if case .denied(let reason) = output.messages.first?.message.body {
        #expect(reason.kind == .openRequests)
        denied += 1
      }
    }
    #expect(denied == 2000 - 16)
    #expect(network.control.grantList.count == 16)
  }

  @Test func requestsThatWaitForAPolicyAreBounded() throws {
    var network = try ChaoticNetwork.connected {
      $0.policy = .custom
      $0.openRequestLimit = 16
    }
    var denied = 0
    for number in 11...110 as ClosedRange<UInt64> {
      var output = ControlAgentOutput()
      let message = DVMAMessage(
        RequestID(number), .allocate(oldestOpen: RequestID(number), ChaoticNetwork.wanting(1)))
      network.control.receive(
        message.bytes, from: ChannelID(0), now: network.now, through: network.book,
        output: &output)
      if case .denied(let reason) = output.messages.first?.message.body {
        #expect(reason == DenialReason(.openRequests, limit: 16, asked: number))
        denied += 1
      }
    }
    #expect(denied == 100 - 16)
    let now = network.now
    let book = network.book
    network.withControl {
      $0.guestGone(ChannelID(0), now: now, through: book, output: &$1)
    }
    #expect(network.control.question == nil)
    #expect(network.inconsistencies() == [])
  }

  @Test func garbageIsAnsweredWithAnErrorAndChangesNothing() throws {
    var network = try ChaoticNetwork.connected()
    _ = try network.ask(ChaoticNetwork.wanting(2))
    let book = network.book
    var maker = MessageMaker(chance: SeededGenerator(seed: 5))
    let before = network.control.grantList
    for round in 0..<4000 {
      var bytes = (0..<Int(maker.chance.below(100))).map { _ in
        UInt8(truncatingIfNeeded: maker.chance.next())
      }
      if round % 2 == 0, bytes.count >= 16 {
        bytes.replaceSubrange(8..<12, with: [0, 0, 0, UInt8(maker.chance.below(14))])
      }
      let isSealed = round % 8 != 0
      if isSealed { bytes = DVMAMessage.sealed(bytes) }
      guard (try? DVMAMessage(bytes)) == nil else { continue }
      var output = ControlAgentOutput()
      network.control.receive(
        bytes, from: ChannelID(0), now: network.now, through: book, output: &output)
      #expect(output.events.count == 1)
      #expect(output.messages.allSatisfy { $0.message.type == .error })
      #expect(isSealed || output.messages.isEmpty, "damage is not answered")
      var guestOutput = GuestAgentOutput()
      network.guests[0].receive(bytes, now: network.now, output: &guestOutput)
    }
    #expect(network.control.grantList == before)
    #expect(network.guests[0].grantList.count == 1)
    #expect(network.inconsistencies() == [])
  }

  @Test func messagesOfArbitraryContentBreakNothing() throws {
    var network = try ChaoticNetwork.connected()
    let book = network.book
    var maker = MessageMaker(chance: SeededGenerator(seed: 6))
    for round in 0..<3000 {
      let type = DVMAMessageType.allCases[round % DVMAMessageType.allCases.count]
      var message = DVMAMessage(RequestID(UInt64(maker.chance.below(40))), maker.body(type))
      if case .allocate(_, var wanted) = message.body, round % 3 == 0 {
        wanted.handle = ChaoticNetwork.handle
        message.body = .allocate(oldestOpen: RequestID(0), wanted)
      }
      let bytes = message.bytes
      let now = network.now
      network.withControl {
        $0.receive(bytes, from: ChannelID(0), now: now, through: book, output: &$1)
      }
      network.withGuest(1) { $0.receive(bytes, now: now, output: &$1) }
      network.packets.removeAll()
    }
    #expect(network.control.checkInvariants() == [])
    #expect(book.violations == [])
  }
}
