import Sun4v

/// What became of a packet at the point where it moves from one queue to the other.
public enum PacketFate: String, Hashable, Sendable {
  /// It arrived.
  case delivered
  /// It was lost, by injection.
  case dropped
  /// It arrived and will arrive once more, by injection.
  case duplicated
  /// It is held back until another has passed it, by injection.
  case reordered
  /// It is held back for a time, by injection.
  case delayed
  /// It arrived with one bit changed, by injection.
  case corrupted
}

/// Faults to inject where packets move between queues, each with a probability from 0 to 1.
///
/// The specification promises no delivery at this level, so link software must live with all of
/// them. At most one fault meets a packet. The generator is part of the value: the same seed and the
/// same calls give the same faults.
public struct ChannelFaultPlan: Hashable, Sendable {
  /// The probability that a packet is lost.
  public var drop: Double
  /// The probability that a packet arrives twice.
  public var duplicate: Double
  /// The probability that the next packet overtakes a packet.
  public var reorder: Double
  /// The probability that a packet arrives late.
  public var delay: Double
  /// The probability that one bit of a packet is inverted.
  public var corrupt: Double
  /// The longest delay in nanoseconds; also the time after which a reordered packet that nothing
  /// overtook arrives all the same.
  public var longestDelay: UInt64
  /// The source of chance.
  public var generator: SeededGenerator

  /// Makes a plan; probabilities not given are 0.
  public init(
    drop: Double = 0, duplicate: Double = 0, reorder: Double = 0, delay: Double = 0,
    corrupt: Double = 0, longestDelay: UInt64 = 1_000_000, seed: UInt64
  ) {
    self.drop = drop
    self.duplicate = duplicate
    self.reorder = reorder
    self.delay = delay
    self.corrupt = corrupt
    self.longestDelay = longestDelay
    generator = SeededGenerator(seed: seed)
  }

  /// Draws the fate of one packet.
  mutating func draw() -> PacketFate {
    var left = Double(generator.next() >> 11) * 0x1p-53
    let chances: [(Double, PacketFate)] = [
      (drop, .dropped), (duplicate, .duplicated), (reorder, .reordered), (delay, .delayed),
      (corrupt, .corrupted),
    ]
    for (chance, fate) in chances {
      if left < chance { return fate }
      left -= max(chance, 0)
    }
    return .delivered
  }

  /// Draws a delay in nanoseconds, at least 1.
  mutating func drawDelay() -> UInt64 { 1 &+ generator.next() % max(longestDelay, 1) }
}

/// A packet that an injected fault holds back at the receiving end.
public struct HeldPacket: Hashable, Sendable {
  /// Its 64 bytes as eight big-endian words.
  public let words: SIMD8<UInt64>
  /// The moment at which it arrives.
  public internal(set) var release: VirtualTime
}
