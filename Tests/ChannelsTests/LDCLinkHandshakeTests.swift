import Channels
import Sun4v
import Testing

@Suite struct LDCLinkHandshakeTests {
  @Test(arguments: [LDCMode.unreliable, .reliable])
  func anInitiatorAndAResponderComeUp(mode: LDCMode) {
    var pair = LinkPair(mode)
    pair.start()
    pair.settle()
    #expect(pair.links.map(\.phase) == [.up, .up])
    #expect(pair.events == [[.up(ProtocolVersion(1, 0))], [.up(ProtocolVersion(1, 0))]])
    #expect(pair.links[0].nextTransmit == pair.links[1].nextReceive)
    #expect(pair.links[1].nextTransmit == pair.links[0].nextReceive)
    #expect(pair.now.rawValue < 10_000_000, "no timer was needed")
  }

  @Test func rawModeIsUpWithTheChannel() throws {
    var pair = LinkPair(.raw)
    pair.start()
    #expect(pair.links.map(\.phase) == [.up, .up])
    let message = [UInt8](0..<64)
    try pair.send(message, from: 0)
    pair.settle()
    #expect(pair.received[1] == [message])
    #expect(throws: LDCSendError.wrongLength(count: 63, mode: .raw, limit: 64)) {
      try pair.send([UInt8](repeating: 0, count: 63), from: 0)
    }
  }

  @Test func versionsFallBackToWhatBothHave() {
    var pair = LinkPair(
      LDCLinkConfiguration(
        mode: .reliable, versions: [.init(5, 0), .init(3, 2), .init(1, 1)]),
      LDCLinkConfiguration(
        mode: .reliable, role: .responder, versions: [.init(4, 0), .init(2, 0), .init(1, 3)]))
    pair.start()
    pair.settle()
    #expect(pair.links.map(\.version) == [ProtocolVersion(1, 1), ProtocolVersion(1, 1)])
    #expect(pair.links.map(\.phase) == [.up, .up])
  }

  @Test func withoutACommonVersionTheInitiatorStops() {
    var pair = LinkPair(
      LDCLinkConfiguration(mode: .reliable, versions: [.init(2, 0)]),
      LDCLinkConfiguration(mode: .reliable, role: .responder, versions: [.init(3, 0)]))
    pair.start()
    pair.settle()
    #expect(pair.events[0] == [.down(.noCommonVersion)])
    #expect(pair.links[0].phase == .closed)
  }

  @Test func differentModesFailWithThatReasonAndStopTrying() {
    var pair = LinkPair(
      LDCLinkConfiguration(mode: .reliable),
      LDCLinkConfiguration(mode: .unreliable, role: .responder))
    pair.start()
    pair.settle(limit: 10_000)
    #expect(pair.events[1].contains(.reset(.modeMismatch)))
    #expect(pair.links.allSatisfy { $0.phase != .up })
  }

  @Test func aSilentPeerIsGivenUpAndAnswersWhenItWakes() {
    var pair = LinkPair(.reliable)
    pair.links[0].channelChanged(to: .up, now: .zero, output: &pair.outputs[0])
    pair.links[0].start(now: .zero, output: &pair.outputs[0])
    pair.settle(Weather(loss: 1000), limit: 10_000)
    #expect(pair.events[0].last == .down(.handshakeTimeout))
    #expect(pair.links[0].deadline == nil)
    pair.start()
    pair.settle()
    #expect(pair.links.map(\.phase) == [.up, .up])
  }

  @Test func aPeerThatWakesOverOldPacketsIsMetAgain() {
    var pair = LinkPair(.reliable)
    pair.start(Weather(loss: 1000))
    pair.settle(Weather(loss: 1000))
    #expect(pair.events[0].last == .down(.handshakeTimeout))
    pair.inject(LDCFrame.version(.info, ProtocolVersion(1, 0)).packet(mode: .reliable), to: 1)
    pair.settle()
    #expect(pair.links.map(\.phase) == [.up, .up])
  }

  @Test func settingsThatCannotWorkAreRaisedToOnesThatDo() throws {
    var pair = LinkPair(.reliable) {
      $0.blockSize = 0
      $0.window = -1
      $0.retransmitDelay = .max
    }
    pair.start()
    pair.settle()
    try pair.send([1, 2], from: 0)
    pair.settle()
    #expect(pair.received[1] == [[1], [2]])
  }

  @Test(arguments: [(5, 9), (9, 5), (7, 7)] as [(UInt32, UInt32)])
  func twoInitiatorsAgreeWhoYields(a: UInt32, b: UInt32) throws {
    for seed in 1...200 as ClosedRange<UInt64> {
      var pair = LinkPair(
        LDCLinkConfiguration(mode: .reliable, initialSequence: a),
        LDCLinkConfiguration(mode: .reliable, initialSequence: b), seed: seed)
      let weather = seed == 1 ? Weather.fair : .storm
      pair.start(weather)
      pair.settle(weather)
      #expect(pair.links.map(\.phase) == [.up, .up])
      try pair.send([1], from: 0, weather)
      try pair.send([2], from: 1, weather)
      pair.settle(weather)
      guard !pair.events.joined().contains(where: { if case .up = $0 { false } else { true } })
      else { continue }
      #expect(pair.received == [[[2]], [[1]]], "seed \(seed)")
    }
  }

  @Test func aResetEndsTheSessionAndBothComeUpAgain() throws {
    var pair = LinkPair(.reliable)
    pair.start()
    pair.settle()
    pair.links[1].reset(now: pair.now, output: &pair.outputs[1])
    pair.settle()
    try pair.send([3], from: 0)
    pair.settle()
    let up = LDCLinkEvent.up(ProtocolVersion(1, 0))
    #expect(
      pair.events == [
        [up, .reset(.channelReset), up], [up, .reset(.closedHere), up],
      ])
    #expect(pair.received[1] == [[3]])
  }

  @Test func aChannelThatGoesDownTakesEverythingWithIt() throws {
    var pair = LinkPair(.reliable)
    pair.start()
    pair.settle()
    try pair.send([1], from: 0)
    pair.links[0].channelChanged(to: .down, now: pair.now, output: &pair.outputs[0])
    pair.run(until: pair.now.rawValue)
    #expect(pair.links[0].queuedPackets == 0)
    #expect(throws: LDCSendError.notUp(.closed)) { try pair.send([2], from: 0) }
    #expect(pair.events[0].last == .down(.channelDown))
    #expect(pair.links[0].deadline == nil)
  }

  @Test func aStoppedLinkStaysClosedUntilItIsStarted() {
    var pair = LinkPair(.reliable)
    pair.start()
    pair.settle()
    pair.links[1].stop(output: &pair.outputs[1])
    pair.settle()
    #expect(pair.links.map(\.phase) != [.up, .up])
    #expect(pair.links[1].phase == .closed)
    pair.start()
    pair.settle()
    #expect(pair.links.map(\.phase) == [.up, .up])
  }
}
