/// One operation of a trace, in one word: bits 0 to 30 the slot, bit 31 set for a free, bits 32 to 63
/// the pages.
public struct TraceOperation: RawRepresentable, Hashable, Sendable {
  /// The word.
  public let rawValue: UInt64
  /// Makes an operation of its word; every word is one.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// An allocation of so many pages, kept in a slot.
  static func allocate(_ slot: Int, _ pages: UInt32) -> Self {
    Self(rawValue: UInt64(slot) | UInt64(pages) << 32)
  }

  /// The free of what a slot keeps.
  static func free(_ slot: Int, _ pages: UInt32) -> Self {
    Self(rawValue: UInt64(slot) | UInt64(pages) << 32 | 1 << 31)
  }

  /// Whether the range of the slot is freed; a range is allocated for it otherwise.
  @inlinable public var isFree: Bool { rawValue & 1 << 31 != 0 }
  /// The slot: which of the caller's ranges is meant.
  @inlinable public var slot: Int { Int(truncatingIfNeeded: rawValue & 0x7fff_ffff) }
  /// The pages to allocate; for a free, what was asked for then.
  @inlinable public var pages: Int { Int(truncatingIfNeeded: rawValue >> 32) }
}

/// A fixed list of allocations and frees.
///
/// A trace does not depend on answers: a refused allocation leaves its slot empty, and the free of
/// an empty slot is skipped but counted.
public struct Trace: Sendable {
  /// Its name, such as `w2-90`.
  public let name: String
  /// The pages of the window.
  public let windowPages: Int
  /// The slots in use: 0 up to this.
  public let slots: Int
  /// The operations at the start that are not timed.
  public let setup: Int
  /// All operations.
  public let operations: [TraceOperation]

  /// The operations that are timed.
  public var timed: Int { operations.count - setup }

  /// FNV-1a over the operations, each folded in as one 64-bit unit.
  public var checksum: UInt64 {
    operations.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ $1.rawValue) &* 0x100_0000_01b3 }
  }
}
