/// The model's source of chance: xorshift64*, the same numbers for the same seed on every machine.
///
/// Source: the generator of the DVA trace workloads (docs/performance.md), seed 42 there.
public struct SeededGenerator: RandomNumberGenerator, Hashable, Sendable {
  private var state: UInt64

  /// Starts the sequence of a seed; 0, which would give only zeros, stands for one fixed other seed.
  public init(seed: UInt64) { state = seed == 0 ? 0x9e37_79b9_7f4a_7c15 : seed }

  /// The next 64 bits.
  @inlinable public mutating func next() -> UInt64 { advance() }

  @usableFromInline mutating func advance() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }

  /// A number from 0 up to but not including `bound`, by multiplication; 0 for a bound of 0.
  public mutating func below(_ bound: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: ((advance() >> 32) &* UInt64(bound)) >> 32)
  }
}
