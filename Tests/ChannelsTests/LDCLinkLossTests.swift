import Channels
import Sun4v
import Testing

/// What reliable mode promises, on channels that lose, double and reorder packets.
@Suite struct LDCLinkLossTests {
  private static let messages = 60

  private static func message(_ number: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: UInt32(number))
    return bytes + [UInt8](repeating: UInt8(number & 0xff), count: number % 130)
  }

  private static func number(of message: [UInt8]) -> Int? {
    var reader = BigEndianReader(message)
    return reader.read(UInt32.self).map(Int.init)
  }

  /// Sends numbered messages both ways, in bursts, and lets everything come to rest.
  private static func converse(
    seed: UInt64, _ weather: Weather, adjust: (inout LDCLinkConfiguration) -> Void = { _ in }
  ) -> LinkPair {
    var pair = LinkPair(.reliable, seed: seed, adjust: adjust)
    var generator = SeededGenerator(seed: seed &+ 1000)
    pair.start(weather)
    pair.run(weather)
    var next = [0, 0]
    var rounds = 0
    while next.contains(where: { $0 < messages }), rounds < 10_000 {
      rounds += 1
      let end = Int(generator.below(2))
      for _ in 0..<generator.below(4) where next[end] < messages {
        guard (try? pair.send(message(next[end]), from: end, weather)) != nil else { break }
        next[end] += 1
      }
      pair.run(weather, until: pair.now.rawValue + UInt64(generator.below(3_000_000)))
    }
    pair.run(weather)
    return pair
  }

  private static func resets(_ pair: LinkPair) -> Int {
    pair.events.joined().count { if case .up = $0 { false } else { true } }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func everyMessageArrivesOnceAndInOrder(seed: UInt64) {
    let pair = Self.converse(seed: seed, .storm)
    for end in 0..<2 {
      let numbers = pair.received[end].compactMap(Self.number)
      #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }, "once and in order")
      #expect(pair.received[end] == numbers.map(Self.message), "unchanged")
      if Self.resets(pair) == 0 { #expect(numbers == Array(0..<Self.messages)) }
    }
  }

  @Test func resetsAreTheExceptionEvenInAStorm() {
    let calm = (1...10 as ClosedRange<UInt64>).count {
      Self.resets(Self.converse(seed: $0, .storm)) == 0
    }
    #expect(calm >= 8)
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func whatIsMissingWasReportedAsAReset(seed: UInt64) {
    let pair = Self.converse(seed: seed, Weather(loss: 500, duplication: 200, reordering: 200)) {
      $0.retransmitLimit = 2
      $0.window = 3
    }
    for end in 0..<2 {
      let numbers = pair.received[end].compactMap(Self.number)
      #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
      #expect(numbers.count == Self.messages || Self.resets(pair) > 0)
    }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func unreliableModeDeliversWholeMessagesInOrder(seed: UInt64) throws {
    var pair = LinkPair(.unreliable, seed: seed)
    pair.start()
    pair.run()
    for number in 0..<Self.messages {
      try pair.send(Self.message(number), from: 0, Weather.storm)
      if number % 7 == 0 { pair.run() }
    }
    pair.settle()
    let numbers = pair.received[1].compactMap(Self.number)
    #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
    #expect(pair.received[1] == numbers.map(Self.message))
    #expect(numbers.count > Self.messages / 10)
  }

  @Test func sameSeedSameStory() {
    let first = Self.converse(seed: 7, .storm)
    let second = Self.converse(seed: 7, .storm)
    #expect(first == second)
    #expect(first.hashValue == second.hashValue)
    #expect(first.arrivals == second.arrivals)
    #expect(first != Self.converse(seed: 8, .storm))
  }
}
