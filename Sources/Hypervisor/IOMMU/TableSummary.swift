// Theory of operation
//
// A table is longer than the caches, so a summary should take as long as memory takes to deliver it.
// Two things would take longer: asking each entry what it holds, since a processor guesses wrong in a
// table of mixed entries; and waiting for memory anew at each block, since a processor sees by itself
// what comes next only within a page. So entries are counted without a branch on what they hold, and
// the next block that was ever written is asked for while one is counted.
//
// What counts of an entry is a few bits of its low byte; only the Fire bridge's valid bit is at the top.
// The flags of sixteen entries fit two words, a byte each. Four operations then count one flag of all
// of them, into sums that have a byte each too. Whether a run begins is asked of all sixteen at once
// as well: where an entry is valid and the one before it is not.

import CProcessor

/// Counts of a table's valid entries.
public struct TableSummary: Hashable, Sendable {
  /// All valid entries.
  public internal(set) var valid = 0
  /// Those through which devices may read.
  public internal(set) var readable = 0
  /// Those through which devices may write.
  public internal(set) var writable = 0
  /// Those that are for one requester only.
  public internal(set) var keyed = 0
  /// The number of unbroken runs of valid entries.
  public internal(set) var runs = 0
}

/// Counts entries of a table, block by block in the table's order.
struct EntryCounter {
  /// A byte for each of sixteen entries in a row: the even ones in the first word, the odd ones in the
  /// second.
  private typealias Flags = SIMD2<UInt64>

  /// What was counted.
  private(set) var summary = TableSummary()
  /// 1 where the entry before the next one is valid.
  private var previous: UInt64 = 0
  /// The flags that lie in the low byte.
  private let low: Flags
  private let isValidAtTop: Bool
  /// The position that tells, of a valid entry, whether devices may read.
  private let readPosition: UInt64

  /// A one in each byte.
  private static var ones: Flags { Flags(repeating: 0x0101_0101_0101_0101) }

  init(_ layout: EntryLayout) {
    let read = layout.readMask & ~layout.validBit
    low = Flags(
      repeating: (layout.readMask | layout.writeMask | layout.validBit | layout.keyValidBit) & 0xff)
    isValidAtTop = layout.validPosition == 63
    readPosition = read == 0 ? 0 : UInt64(read.trailingZeroBitCount)
  }

  /// Notes that entries which are not valid follow.
  mutating func skip() { previous = 0 }

  /// Counts the entries that follow, and has as many from `next` on brought near.
  ///
  /// At most 512, a block of a `LazyTable`; and a multiple of 16 unless nothing follows.
  @inline(__always)
  mutating func count(_ entries: UnsafeBufferPointer<UInt64>, before next: UnsafePointer<UInt64>) {
    assert(entries.count <= 16 * 255, "a byte of a sum would overflow")
    guard let base = entries.baseAddress else { return }
    var valid = Flags()
    var readable = Flags()
    var writable = Flags()
    var keyed = Flags()
    var starts = Flags()
    for first in stride(from: 0, to: entries.count, by: 16) {
      let group = UnsafeRawPointer(base + first)
      prefetch_for_reading(next + first)
      prefetch_for_reading(next + first + 8)
      let flags =
        entries.count &- first >= 16
        ? flags(of: group.loadUnaligned(as: SIMD16<UInt64>.self))
        : flags(of: Self.padded(entries[first...]))
      let areValid = flags & Self.ones
      let ofValid = flags & (areValid &<< 8 &- areValid)
      valid &+= areValid
      readable &+= ofValid &>> readPosition & Self.ones
      writable &+= ofValid &>> 1 & Self.ones
      keyed &+= ofValid &>> 2 & Self.ones
      starts &+= areValid & ~Flags(areValid[1] &<< 8 | previous, areValid[0])
      previous = areValid[1] &>> 56
    }
    summary.valid &+= Self.total(valid)
    summary.readable &+= Self.total(readable)
    summary.writable &+= Self.total(writable)
    summary.keyed &+= Self.total(keyed)
    summary.runs &+= Self.total(starts)
  }

  /// The flags of sixteen entries: valid in bit 0 of each byte, writable in 1, keyed in 2.
  @inline(__always)
  private func flags(of entries: SIMD16<UInt64>) -> Flags {
    var flags = Flags()
    for pair in 0..<8 {
      let both = Flags(entries[2 &* pair], entries[2 &* pair &+ 1])
      flags |= (both & low) &<< UInt64(8 &* pair)
    }
    guard isValidAtTop else { return flags }
    for pair in 0..<8 {
      let both = Flags(entries[2 &* pair], entries[2 &* pair &+ 1])
      flags |= (both &>> 63) &<< UInt64(8 &* pair)
    }
    return flags
  }

  /// The last entries of a table, with entries that are not valid behind them.
  private static func padded(_ entries: Slice<UnsafeBufferPointer<UInt64>>) -> SIMD16<UInt64> {
    var group = SIMD16<UInt64>()
    for (place, entry) in entries.enumerated() { group[place] = entry }
    return group
  }

  /// The sum of all bytes.
  private static func total(_ sums: Flags) -> Int {
    let pairs = Flags(repeating: 0x00ff_00ff_00ff_00ff)
    let fours = ((sums & pairs) &+ (sums &>> 8 & pairs)).wrappedSum()
    return Int((fours &* 0x0001_0001_0001_0001) &>> 48)
  }
}
