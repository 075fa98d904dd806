import Sun4v
import Testing

@testable import Hypervisor

@Suite struct ChannelQueueTests {
  @Test func packetsArriveInOrderAroundTheRing() throws {
    let fixture = try ChannelFixture()
    fixture.configureQueues(entries: 8)
    var expected: [UInt64] = []
    var received: [UInt64] = []
    for round in 0..<20 as Range<UInt64> {
      for packet in 0..<(1 + round % 7) {
        expected.append(round << 8 | packet)
        #expect(fixture.send(round << 8 | packet) == .ok)
      }
      received += fixture.receiveAll()
    }
    #expect(received == expected)
  }

  @Test func aFullQueueRefusesAndLosesNothing() throws {
    let fixture = try ChannelFixture()
    fixture.configureQueues(entries: 4)
    #expect((0..<4).map { fixture.send($0) } == [.ok, .ok, .ok, .invalid])
    #expect(fixture.receiveAll() == [0, 1, 2])
  }

  @Test func oneCallMovesAtMost128Packets() throws {
    let fixture = try ChannelFixture()
    fixture.configureQueues(entries: 512)
    for packet in 0..<300 as Range<UInt64> { #expect(fixture.send(packet) == .ok) }
    let state = fixture.call(fixture.right, "ldc_rx_get_state", fixture.rightChannel.rawValue)
    #expect(state.values == [0, 128 * 64, 1])
    #expect(fixture.receiveAll() == Array(0..<300))
  }

  @Test func theStateTellsDownUpAndOneReset() throws {
    let fixture = try ChannelFixture()
    let channel = fixture.leftChannel.rawValue
    _ = fixture.call(fixture.left, "ldc_tx_qconf", channel, ChannelFixture.transmitBase, 64)
    func state() -> UInt64 { fixture.call(fixture.left, "ldc_tx_get_state", channel).ret3 }
    #expect(state() == 0)
    let far = fixture.rightChannel.rawValue
    _ = fixture.call(fixture.right, "ldc_rx_qconf", far, ChannelFixture.queueBase, 64)
    #expect(state() == 1)
    _ = fixture.call(fixture.right, "ldc_rx_qconf", far, ChannelFixture.queueBase, 64)
    #expect([state(), state()] == [2, 1])
    _ = fixture.call(fixture.right, "ldc_rx_qconf", far, 0, 0)
    #expect([state(), state()] == [0, 0])
  }

  @Test func packetsSentWhileDownMoveOnceThePeerIsUp() throws {
    let fixture = try ChannelFixture()
    _ = fixture.call(
      fixture.left, "ldc_tx_qconf", fixture.leftChannel.rawValue, ChannelFixture.transmitBase, 64)
    #expect(fixture.send(7) == .ok)
    #expect(fixture.receiveAll() == [])
    _ = fixture.call(
      fixture.right, "ldc_rx_qconf", fixture.rightChannel.rawValue, ChannelFixture.queueBase, 64)
    #expect(fixture.receiveAll() == [7])
  }

  @Test(arguments: [(ConformanceMode.deployed, HypervisorStatus.ok), (.specified, .invalid)])
  func oneEntryIsAQueueOnlyAsDeployed(mode: ConformanceMode, status: HypervisorStatus) throws {
    let fixture = try ChannelFixture(conformance: mode)
    let result = fixture.call(
      fixture.left, "ldc_rx_qconf", fixture.leftChannel.rawValue, ChannelFixture.queueBase, 1)
    #expect(result.status == status)
  }

  @Test func everyPacketIsAnEvent() throws {
    let fixture = try ChannelFixture()
    fixture.configureQueues()
    fixture.hypervisor.events.isListening = true
    #expect(fixture.send(5) == .ok)
    _ = fixture.receiveAll()
    let packets = fixture.hypervisor.events.drain().compactMap { timed -> [UInt8]? in
      guard case .packet(_, _, _, _, let bytes, .delivered) = timed.event else { return nil }
      return bytes
    }
    #expect(packets == [[0, 0, 0, 0, 0, 0, 0, 5] + [UInt8](repeating: 0, count: 56)])
  }
}

@Suite struct ChannelInterruptTests {
  @Test func aPacketRaisesOneMondoUntilTheInterruptIsIdleAgain() throws {
    let fixture = try ChannelFixture()
    fixture.configureQueues()
    fixture.armRight()
    let domain = fixture.right.domain
    #expect(!fixture.hypervisor.state.hasPendingMondo(domain))
    #expect(fixture.send(1) == .ok)
    #expect(fixture.hypervisor.state.pendingMondos.domains == [domain])
    #expect(fixture.right.takeMondo() == Mondo(source: 0xabcd00))
    #expect(fixture.send(2) == .ok)
    #expect(fixture.right.takeMondo() == nil)
    // Idle again with packets waiting: told again at once.
    _ = fixture.call(fixture.right, "vintr_setstate", 0x200, 1, 0)
    #expect(fixture.right.takeMondo() == Mondo(source: 0xabcd00))
    #expect(fixture.receiveAll() == [1, 2])
    _ = fixture.call(fixture.right, "vintr_setstate", 0x200, 1, 0)
    #expect(fixture.right.takeMondo() == nil)
    #expect(fixture.send(3) == .ok)
    #expect(fixture.right.takeMondo() == Mondo(source: 0xabcd00))
  }

  @Test func mondosWaitForRoomAndKeepTheirOrder() throws {
    let fixture = try ChannelFixture()
    let domain = fixture.right.domain
    let posted = (1...5).map { source in
      fixture.hypervisor.state.postDeviceMondo(Mondo(source: source), to: domain, processor: 0)
    }
    #expect(posted.allSatisfy { $0 })
    #expect(!fixture.hypervisor.state.hasPendingMondo(domain))
    _ = fixture.call(fixture.right, "cpu_qconf", 0x3d, ChannelFixture.mondoBase, 4)
    var taken: [UInt64] = []
    while let mondo = fixture.right.takeMondo() { taken.append(mondo.source) }
    #expect(taken == [1, 2, 3, 4, 5])
  }

  @Test func waitingMondosAreBounded() throws {
    let fixture = try ChannelFixture()
    let refused = (0..<3000).count { source in
      !fixture.hypervisor.state.postDeviceMondo(
        Mondo(source: UInt64(source)), to: fixture.right.domain, processor: 0)
    }
    #expect(refused == 3000 - HypervisorState.maximumWaitingMondos)
  }

  @Test(arguments: [
    (0x3d, ChannelFixture.mondoBase, 8, HypervisorStatus.ok),
    (0x3d, ChannelFixture.mondoBase, 1, .invalid),
    (0x3d, ChannelFixture.mondoBase, 3, .invalid),
    (0x3d, ChannelFixture.mondoBase, 1 << 15, .invalid),
    (0x3d, ChannelFixture.mondoBase + 64, 8, .badAlignment),
    (0x3d, 0x1000_0000, 8, .noRealAddress),
    (0x3b, 0x1000_0000, 8, .noRealAddress),
    (0x3b, ChannelFixture.mondoBase, 8, .invalid),
    (0x3d, 0, 0, .ok),
    (0x40, 0, 0, .invalid),
  ])
  func queueConfigurationIsChecked(
    queue: UInt64, base: UInt64, entries: UInt64, status: HypervisorStatus
  ) throws {
    let fixture = try ChannelFixture()
    #expect(fixture.call(fixture.left, "cpu_qconf", queue, base, entries).status == status)
    let info = fixture.call(fixture.left, "cpu_qinfo", 0x3d)
    let isSet = status == .ok && entries != 0
    #expect(info.values == [isSet ? base : .max, isSet ? entries : 0])
  }

  @Test func headRegisterTakesOnlyOffsetsOfEntries() throws {
    let fixture = try ChannelFixture()
    #expect(!fixture.right.setQueueHead(.device, to: 0))
    _ = fixture.call(fixture.right, "cpu_qconf", 0x3d, ChannelFixture.mondoBase, 4)
    #expect(
      [0, 32, 64, 256, .max].map { fixture.right.setQueueHead(.device, to: $0) }
        == [true, false, true, false, false])
    #expect(!fixture.right.setQueueHead(.device, processor: 9, to: 0))
  }
}
