import Channels
import Hypervisor
import Sun4v
import Testing

@Suite struct LDCEndpointDriverTests {
  private func pair(
    mode: LDCMode = .reliable, entries: UInt64 = 128, conformance: ConformanceMode = .deployed,
    adjust: (inout LDCEndpointConfiguration) -> Void = { _ in }
  ) throws -> DriverPair {
    let domains = try TwoDomains(entries: entries, conformance: conformance)
    var pair = DriverPair(domains, mode: mode, adjust: adjust)
    try pair.open()
    let isAtRest = pair.run()
    #expect(isAtRest)
    #expect(pair.drivers.map(\.link.phase) == [.up, .up])
    return pair
  }

  private func message(_ number: Int) -> [UInt8] {
    [UInt8](repeating: UInt8(number & 0xff), count: 1 + number * 13 % 300)
  }

  @Test(arguments: LDCMode.allCases, [ConformanceMode.deployed, .specified])
  func messagesGoThroughTheHypervisor(mode: LDCMode, conformance: ConformanceMode) throws {
    var pair = try pair(mode: mode, conformance: conformance)
    let message = [UInt8](0..<64)
    for end in 0..<2 {
      try pair.send(message, from: end)
      let isAtRest = pair.run()
      #expect(isAtRest)
      #expect(pair.messages(at: 1 - end) == [message])
    }
  }

  @Test func smallQueuesOnlyMakeItSlower() throws {
    var pair = try pair(entries: 4) { $0.packetsPerService = 2 }
    let message = [UInt8](repeating: 7, count: 4000)
    for _ in 0..<3 { try pair.send(message, from: 1) }
    #expect(pair.drivers[1].backlogCount > 0)
    let isAtRest = pair.run()
    #expect(isAtRest)
    #expect(pair.messages(at: 0) == [message, message, message])
    #expect(pair.drivers[1].counters.packetsResent == 0)
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func everyMessageArrivesOnceThroughInjectedFaults(seed: UInt64) throws {
    let domains = try TwoDomains()
    domains.hypervisor.state.channelFaults = ChannelFaultPlan(
      drop: 0.3, duplicate: 0.1, reorder: 0.1, seed: seed)
    var pair = DriverPair(domains)
    try pair.open()
    _ = pair.run()
    for number in 0..<40 {
      guard (try? pair.send(message(number), from: number % 2)) != nil else { continue }
      if number % 5 == 0 { _ = pair.run() }
    }
    let isAtRest = pair.run()
    #expect(isAtRest)
    let events = (pair.events(at: 0) + pair.events(at: 1))
    let hasReset = events.contains { if case .up = $0 { false } else { true } }
    for end in 0..<2 where !hasReset {
      #expect(
        pair.messages(at: end) == (0..<40).filter { $0 % 2 != end }.map(message))
    }
  }

  @Test func aResetIsSeenByThePeerAndBothComeUpAgain() throws {
    var pair = try pair()
    pair.drivers[0].reset(pair.domains.ports[0], into: &pair.deliveries[0])
    let isAtRest = pair.run()
    #expect(isAtRest)
    #expect(pair.drivers.map(\.link.phase) == [.up, .up])
    #expect(pair.events(at: 1).contains(.reset(.channelReset)))
    try pair.send([1], from: 1)
    _ = pair.run()
    #expect(pair.messages(at: 0) == [[1]])
  }

  @Test func closingIsSeenByThePeerAndOpeningAgainHeals() throws {
    var pair = try pair()
    pair.drivers[0].close(pair.domains.ports[0], into: &pair.deliveries[0])
    let isAtRest = pair.run()
    #expect(isAtRest)
    #expect(pair.events(at: 1).last == .down(.channelDown))
    #expect(throws: LDCSendError.notUp(.closed)) { try pair.send([1], from: 1) }
    try pair.drivers[0].open(pair.domains.ports[0], into: &pair.deliveries[0])
    _ = pair.run()
    #expect(pair.drivers.map(\.link.phase) == [.up, .up])
  }

  @Test func aDeadPeerFillsNothingForEver() throws {
    var pair = try pair(mode: .unreliable, entries: 4) { $0.maximumBacklog = 10 }
    let deaf = pair.drivers[0]
    var refused = 0
    for _ in 0..<50 where (try? pair.send([1, 2, 3], from: 1)) == nil { refused += 1 }
    #expect(refused == 37, "3 in the queue and 10 behind it")
    for _ in 0..<100 {
      guard let next = pair.drivers[1].deadline else { break }
      pair.domains.pass(to: next)
      pair.drivers[1].service(pair.domains.ports[1], into: &pair.deliveries[1])
    }
    #expect(pair.drivers[1].deadline == nil)
    #expect(pair.drivers[1].backlogDropped == 10)
    #expect(pair.drivers[0] == deaf)
  }

  @Test func whatCannotWorkIsRefusedWithItsReason() throws {
    let domains = try TwoDomains()
    var deliveries: [LDCLinkDelivery] = []
    func error(_ adjust: (inout LDCEndpointConfiguration) -> Void) -> LDCEndpointError? {
      var configuration = domains.configurations[0]
      adjust(&configuration)
      var driver = LDCEndpointDriver(
        configuration: configuration, link: LDCLinkConfiguration(mode: .reliable))
      return #expect(throws: LDCEndpointError.self) {
        try driver.open(domains.ports[0], into: &deliveries)
      }
    }
    #expect(error { $0.entries = 3 } == .badEntries(3))
    #expect(
      error { $0.receiveQueue = RealAddress(0x8000_0040) }
        == .badQueueAddress(RealAddress(0x8000_0040), size: 8192))
    #expect(
      error { $0.channel = ChannelID(77) }
        == .refused(call: HypercallNumber.ldcTxQConf, .badChannel))
    #expect(
      error { $0.transmitQueue = RealAddress(0x4000_0000) }
        == .refused(call: HypercallNumber.ldcTxQConf, .noRealAddress))
    #expect(
      error { $0.interrupt?.number = 500 }
        == .refused(call: HypercallNumber.vintrSetCookie, .invalid))
  }

  @Test func aChannelThatIsTakenAwayClosesTheEnd() throws {
    var pair = try pair()
    pair.domains.hypervisor.state.disconnectChannel(
      pair.drivers[0].configuration.channel, of: pair.domains.ports[0].domain)
    for end in 0..<2 {
      pair.drivers[end].service(pair.domains.ports[end], into: &pair.deliveries[end])
      #expect(!pair.drivers[end].isOpen)
      #expect(
        pair.drivers[end].fault == .refused(call: HypercallNumber.ldcRxGetState, .badChannel))
      #expect(pair.events(at: end).last == .down(.channelDown))
      #expect(pair.drivers[end].deadline == nil)
    }
  }

  @Test func garbageInTheQueueCostsOneServiceAtATime() throws {
    var pair = try pair { $0.packetsPerService = 16 }
    var generator = SeededGenerator(seed: 9)
    let port = pair.domains.ports[1]
    let channel = pair.drivers[1].configuration.channel.rawValue
    for _ in 0..<40 {
      let state = port.fastTrap(HypercallNumber.ldcTxGetState, channel)
      var tail = state.ret2
      for _ in 0..<60 {
        port.write(RealAddress(TwoDomains.transmitQueue.rawValue + tail), generator.bytes(64))
        tail = (tail + 64) % 8192
      }
      port.fastTrap(HypercallNumber.ldcTxSetQTail, channel, tail)
      let before = pair.drivers[0].counters.packetsReceived
      pair.drivers[0].service(pair.domains.ports[0], into: &pair.deliveries[0])
      #expect(pair.drivers[0].counters.packetsReceived - before <= 16)
      while pair.drivers[0].deadline == pair.domains.now {
        pair.drivers[0].service(pair.domains.ports[0], into: &pair.deliveries[0])
      }
    }
    for end in [0, 1] {
      try pair.drivers[end].open(pair.domains.ports[end], into: &pair.deliveries[end])
    }
    _ = pair.run()
    #expect(pair.drivers.map(\.link.phase) == [.up, .up])
  }
}
