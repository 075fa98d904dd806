import Sun4v

/// The workload w4: a window of 2^n pages, each mapped on its own, and 2^22 lookups at random.
public struct TranslationWorkload: Sendable {
  /// The windows with a published sum.
  public static let publishedBits = [18, 20, 22]

  /// log2 of the pages of the window.
  public let bits: Int
  /// The page of each lookup.
  public let lookups: [UInt32]

  /// Draws the lookups for a window of 2^bits pages, 10 to 30; other values are clamped.
  public init(bits: Int) {
    self.bits = min(max(bits, 10), 30)
    let pages = UInt32(1) << UInt32(self.bits)
    var random = SeededGenerator(seed: 42)
    lookups = (0..<1 << 22).map { _ in random.below(pages) }
  }

  /// The address that a page translates to.
  @inlinable public static func address(ofPage page: UInt64) -> UInt64 {
    (page &* 2_654_435_761 & 0xffff_ffff) << 13
  }

  /// The sum of all addresses looked up, which is the answer to check.
  public var sum: UInt64 { lookups.reduce(0) { $0 &+ Self.address(ofPage: UInt64($1)) } }

  /// The published sum of a window; `nil` where none is.
  public static func publishedSum(bits: Int) -> UInt64? {
    switch bits {
    case 18: 0xffbb_11a2_28a1_a000
    case 20: 0x0028_b3b9_fdef_c000
    case 22: 0xffda_c445_d9e0_c000
    default: nil
    }
  }
}
