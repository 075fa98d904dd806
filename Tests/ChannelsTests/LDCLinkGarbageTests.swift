import Channels
import Sun4v
import Testing

/// Links that get bytes from nobody they know.
@Suite struct LDCLinkGarbageTests {
  /// A packet that is plain noise, or close to what the link expects.
  private static func noise(_ generator: inout SeededGenerator, near link: LDCLink) -> LDCPacket {
    var bytes = generator.bytes(64)
    if generator.below(4) != 0 {
      bytes[0] = [1, 2, 2, 2, 0x10][Int(generator.below(5))]
      bytes[1] = [1, 1, 2, 3, 4][Int(generator.below(5))]
      bytes[2] = UInt8(generator.below(5))
      if bytes[0] == 1 { bytes[3] = [0, 1, 2, 3][Int(generator.below(4))] }
      if generator.below(2) == 0 {
        let sequence = link.nextReceive &+ generator.below(4) &- 1
        for index in 0..<4 { bytes[4 + index] = UInt8(sequence >> UInt32(24 - 8 * index) & 0xff) }
      }
      for index in 8..<12 { bytes[index] = UInt8(generator.below(2)) * UInt8(index % 2) }
    }
    return (try? LDCPacket(bytes)) ?? LDCPacket()
  }

  @Test(arguments: LDCMode.allCases, 1...6 as ClosedRange<UInt64>)
  func garbageNeverCrashesOrWedges(mode: LDCMode, seed: UInt64) throws {
    var pair = LinkPair(mode, seed: seed) { $0.blockSize = 500 }
    var generator = SeededGenerator(seed: seed)
    pair.start()
    for _ in 0..<1500 {
      let end = Int(generator.below(2))
      switch generator.below(8) {
      case 0: pair.run(limit: 20)
      case 1: try? pair.send(generator.bytes(Int(generator.below(200))), from: end)
      default: pair.inject(Self.noise(&generator, near: pair.links[end]), to: end)
      }
      #expect(pair.links.allSatisfy { $0.queuedPackets < 3000 })
      #expect(pair.links.allSatisfy { $0.phase != .closed || $0.queuedPackets == 0 })
    }
    pair.settle(limit: 50_000)
    for end in 0..<2 where pair.links[end].phase != .up {
      pair.links[end].start(now: pair.now, output: &pair.outputs[end])
    }
    pair.run(limit: 50_000)
    pair.links[0].reset(now: pair.now, output: &pair.outputs[0])
    pair.settle(limit: 50_000)
    #expect(pair.links.map(\.phase) == [.up, .up])
    pair.received = [[], []]
    let message = generator.bytes(64)
    try pair.send(message, from: 0)
    pair.settle()
    #expect(pair.received[1] == [message])
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func damagedPacketsNeverCrashOrWedge(seed: UInt64) throws {
    let weather = Weather(loss: 100, duplication: 100, reordering: 100, corruption: 300)
    var pair = LinkPair(.reliable, seed: seed)
    pair.start(weather)
    for value in 0..<200 {
      try? pair.send([UInt8](repeating: UInt8(value), count: value), from: value % 2, weather)
      pair.run(weather, until: pair.now.rawValue + 1_000_000)
    }
    pair.settle(.fair, limit: 50_000)
    pair.links[1].start(now: pair.now, output: &pair.outputs[1])
    pair.links[0].start(now: pair.now, output: &pair.outputs[0])
    pair.links[0].reset(now: pair.now, output: &pair.outputs[0])
    pair.settle(.fair, limit: 50_000)
    #expect(pair.links.map(\.phase) == [.up, .up])
  }

  @Test func aFloodCostsNoMemoryAndNoAnswersWithoutEnd() {
    var link = LDCLink.established(configuration: .init(mode: .reliable), nextReceive: 10)
    var output = LDCLinkOutput()
    var answers = 0
    for _ in 0..<5000 {
      let old = LDCDataHeader(
        subtype: .info, isStart: true, isStop: true, count: 1, sequence: 9)
      link.receive(LDCFrame.data(old).packet(mode: .reliable), now: .zero, output: &output)
      link.advance(to: .zero, output: &output)
      answers += output.packets.count
      output.clear()
    }
    #expect(answers == 5000)
    #expect(link.queuedPackets == 1)
    #expect(output.counters.duplicates == 5000)
    #expect(link.deadline == nil)
  }
}
