import Channels
import Sun4v
import Testing

@Suite struct LDCLinkTransferTests {
  private func up(_ mode: LDCMode, adjust: (inout LDCLinkConfiguration) -> Void = { _ in })
    -> LinkPair
  {
    var pair = LinkPair(mode, adjust: adjust)
    pair.start()
    pair.run()
    return pair
  }

  @Test(arguments: [LDCMode.unreliable, .reliable], [0, 1, 47, 48, 49, 56, 57, 96, 1000, 4096])
  func messagesOfEveryLengthArriveWhole(mode: LDCMode, length: Int) throws {
    var pair = up(mode)
    let message = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for end in 0..<2 { try pair.send(message, from: end) }
    pair.settle()
    #expect(pair.received == [[message], [message]])
    #expect(pair.links.allSatisfy { $0.outstandingSequences.isEmpty })
  }

  @Test func aLongWriteArrivesAsBlocks() throws {
    var pair = up(.reliable) { $0.blockSize = 256 }
    try pair.send([UInt8](repeating: 9, count: 600), from: 0)
    pair.settle()
    #expect(pair.received[1].map(\.count) == [256, 256, 88])
  }

  @Test func unreliableModeRefusesWhatIsLongerThanABlock() {
    var pair = up(.unreliable) { $0.blockSize = 100 }
    #expect(throws: LDCSendError.wrongLength(count: 101, mode: .unreliable, limit: 100)) {
      try pair.send([UInt8](repeating: 0, count: 101), from: 0)
    }
  }

  @Test func theWindowLimitsWhatIsOnItsWay() throws {
    var pair = up(.reliable) {
      $0.window = 4
      $0.maximumQueuedPackets = 10
    }
    for value in 0..<14 as Range<UInt8> { try pair.send([value], from: 0) }
    #expect(pair.links[0].outstandingSequences.count == 4)
    #expect(pair.links[0].queuedPackets == 14)
    #expect(throws: LDCSendError.queueFull(needed: 1, free: 0)) { try pair.send([99], from: 0) }
    pair.settle()
    #expect(pair.received[1] == (0..<14).map { [$0] })
  }

  @Test func idsWrapAround() throws {
    var pair = LinkPair(.reliable) { $0.initialSequence = 0xffff_fff0 }
    pair.start(.storm)
    pair.settle(.storm)
    for value in 0..<60 as Range<UInt8> { try pair.send([value], from: 0, .storm) }
    pair.settle(.storm)
    #expect(pair.links[0].nextTransmit < 0x1000)
    #expect(pair.received[1] == (0..<60).map { [$0] })
  }

  @Test func anAcknowledgementRidesOnDataOrComesAloneInTheEnd() throws {
    var pair = up(.reliable)
    let before = pair.outputs[1].counters
    try pair.send([1], from: 0)
    pair.run(until: pair.now.rawValue + 1500)
    #expect(pair.received[1] == [[1]])
    try pair.send([2], from: 1)
    pair.run(until: pair.now.rawValue + 1500)
    #expect(pair.links[0].outstandingSequences.isEmpty)
    #expect(pair.outputs[1].counters.acknowledgementsSent == before.acknowledgementsSent)
    pair.settle()
    #expect(pair.outputs[0].counters.acknowledgementsSent == 1)
    #expect(pair.links[1].outstandingSequences.isEmpty)
  }

  @Test func acknowledgementsOfOneWayTrafficDoNotPileUp() throws {
    var pair = up(.reliable)
    for value in 0..<200 as Range<UInt8> {
      try pair.send([value], from: 0)
      pair.run()
    }
    #expect(pair.received[1].count == 200)
    #expect(pair.links[1].queuedPackets <= 2)
    #expect(pair.outputs[0].counters.packetsResent == 0)
  }

  @Test func aRefusalOfDataEndsTheSession() throws {
    var pair = up(.reliable)
    let refusal = LDCFrame.data(LDCDataHeader(subtype: .nack, sequence: 1))
    pair.inject(refusal.packet(mode: .reliable), to: 0)
    #expect(pair.events[0].last == .reset(.refusedData))
    pair.settle()
    #expect(pair.links.map(\.phase) == [.up, .up])
  }

  @Test func brokenFlagsAndEndlessMessagesEndAReliableSession() throws {
    var pair = up(.reliable) { $0.blockSize = 100 }
    func fragment(_ start: Bool, _ stop: Bool) -> LDCPacket {
      let header = LDCDataHeader(
        subtype: .info, isStart: start, isStop: stop, count: 48,
        sequence: pair.links[1].nextReceive)
      return LDCFrame.data(header).packet(mode: .reliable)
    }
    pair.inject(fragment(false, false), to: 1)
    #expect(pair.events[1].last == .reset(.brokenMessage))
    pair.settle()
    pair.inject(fragment(true, false), to: 1)
    pair.inject(fragment(false, false), to: 1)
    pair.inject(fragment(false, false), to: 1)
    #expect(pair.events[1].last == .reset(.messageTooLong))
    pair.settle()
    #expect(pair.links.map(\.phase) == [.up, .up])
  }
}
