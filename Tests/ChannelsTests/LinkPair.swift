import Channels
import Sun4v
import Testing

/// How a channel treats packets, in parts of 1000.
struct Weather: Sendable {
  var loss: UInt32 = 0
  var duplication: UInt32 = 0
  var reordering: UInt32 = 0
  var corruption: UInt32 = 0

  static let fair = Weather()
  static let storm = Weather(loss: 300, duplication: 100, reordering: 100)
}

/// Two links on a channel that loses, doubles, delays and damages packets, by a seed.
struct LinkPair: Hashable {
  private struct Flight: Hashable {
    var arrival: UInt64
    var order: UInt64
    var packet: LDCPacket
    var target: Int
  }

  var links: [LDCLink]
  var outputs = [LDCLinkOutput(), LDCLinkOutput()]
  var received: [[[UInt8]]] = [[], []]
  var events: [[LDCLinkEvent]] = [[], []]
  var now = VirtualTime.zero
  /// Packets that arrived at either end.
  var arrivals = 0
  private var flights: [Flight] = []
  private var order: UInt64 = 0
  private var generator: SeededGenerator

  init(_ a: LDCLinkConfiguration, _ b: LDCLinkConfiguration, seed: UInt64 = 1) {
    links = [LDCLink(configuration: a), LDCLink(configuration: b)]
    generator = SeededGenerator(seed: seed)
  }

  /// A pair in one mode: an initiator and a responder.
  init(
    _ mode: LDCMode, seed: UInt64 = 1, adjust: (inout LDCLinkConfiguration) -> Void = { _ in }
  ) {
    var a = LDCLinkConfiguration(mode: mode, initialSequence: 0x100)
    var b = LDCLinkConfiguration(mode: mode, role: .responder, initialSequence: 0x9000)
    adjust(&a)
    adjust(&b)
    self.init(a, b, seed: seed)
  }

  /// Brings the channel up and starts both ends.
  mutating func start(_ weather: Weather = .fair) {
    for end in [1, 0] {
      links[end].channelChanged(to: .up, now: now, output: &outputs[end])
      links[end].start(now: now, output: &outputs[end])
    }
    flush(weather)
  }

  mutating func send(
    _ message: [UInt8], from end: Int, _ weather: Weather = .fair
  ) throws(LDCSendError) {
    try links[end].send(message, now: now, output: &outputs[end])
    flush(weather)
  }

  /// Puts bytes of a stranger on the wire.
  mutating func inject(_ packet: LDCPacket, to end: Int) {
    links[end].receive(packet, now: now, output: &outputs[end])
    flush(.fair)
  }

  /// Lets things happen until nothing is left to happen or `limit` events have passed; whether
  /// nothing is left.
  @discardableResult
  mutating func run(_ weather: Weather = .fair, limit: Int = 100_000, until done: UInt64 = .max)
    -> Bool
  {
    flush(weather)
    for _ in 0..<limit {
      let arrival = flights.min { ($0.arrival, $0.order) < ($1.arrival, $1.order) }
      let deadlines = links.compactMap(\.deadline)
      guard
        let next =
          (deadlines
          + [arrival.map { VirtualTime(nanoseconds: $0.arrival) }]
          .compactMap { $0 }).min()
      else { return true }
      guard next.rawValue <= done else { return true }
      now = max(now, next)
      if let arrival, arrival.arrival <= now.rawValue {
        flights.removeAll { $0.order == arrival.order }
        arrivals += 1
        links[arrival.target].receive(arrival.packet, now: now, output: &outputs[arrival.target])
      } else {
        for end in 0..<2 { links[end].advance(to: now, output: &outputs[end]) }
      }
      flush(weather)
    }
    return false
  }

  /// Lets things happen until both links are at rest, and expects that they come to it.
  mutating func settle(
    _ weather: Weather = .fair, limit: Int = 100_000,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let isAtRest = run(weather, limit: limit)
    #expect(isAtRest, "the links come to rest", sourceLocation: sourceLocation)
  }

  /// Acts on what both links want.
  private mutating func flush(_ weather: Weather) {
    for end in 0..<2 {
      let output = outputs[end]
      outputs[end].clear()
      for delivery in output.deliveries {
        switch delivery {
        case .message(let bytes): received[end].append([UInt8](bytes))
        case .event(let event): events[end].append(event)
        }
      }
      if output.wantsChannelReset {
        // Own queues are emptied; what the peer has received already stays with it.
        flights.removeAll { $0.target == end }
        links[1 - end].channelChanged(to: .resetting, now: now, output: &outputs[1 - end])
        links[1 - end].channelChanged(to: .up, now: now, output: &outputs[1 - end])
      }
      for packet in output.packets { launch(packet, to: 1 - end, weather) }
    }
    if outputs.contains(where: { !$0.packets.isEmpty || !$0.deliveries.isEmpty }) {
      flush(weather)
    }
  }

  private mutating func launch(_ packet: LDCPacket, to target: Int, _ weather: Weather) {
    func happens(_ chance: UInt32) -> Bool { chance > 0 && generator.below(1000) < chance }
    if happens(weather.loss) { return }
    for _ in 0..<(happens(weather.duplication) ? 2 : 1) {
      var copy = packet
      if happens(weather.corruption) {
        let position = Int(generator.below(64))
        let bit = UInt8(1) << UInt8(generator.below(8))
        copy.withUnsafeMutableBytes { $0[position] ^= bit }
      }
      order += 1
      let delay: UInt64 = happens(weather.reordering) ? 5000 : 1000
      flights.append(
        Flight(arrival: now.rawValue + delay, order: order, packet: copy, target: target))
    }
  }
}

extension SeededGenerator {
  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 32) }
  }
}
