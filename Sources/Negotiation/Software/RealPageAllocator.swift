// Theory of operation
//
// A domain's own memory, given out in pages of 8 KiB: to its boot code for queues and tables, later to
// its drivers for buffers. The free runs are kept in order of address and joined when memory comes back;
// a request takes the first run that fits, since nothing here is in anybody's inner loop.
//
// Invariants: free runs and allocations are in order, do not overlap, and together are the region; no
// two free runs touch.

import Sun4v

/// Gives out pages of a domain's real memory; no arguments make it trap.
public struct RealPageAllocator: Hashable, Sendable {
  /// A range of real memory.
  public struct Range: Hashable, Sendable {
    /// The first address, a multiple of the page size.
    public let base: RealAddress
    /// The size in bytes, a multiple of the page size.
    public let size: UInt64

    /// The address after the last byte.
    var end: UInt64 { base.rawValue &+ size }
  }

  /// The unit of allocation in bytes.
  public static let pageBytes: UInt64 = 8192

  /// The free ranges, in order of address.
  public private(set) var free: [Range] = []
  /// The allocated ranges, in order of address.
  public private(set) var allocated: [Range] = []

  /// Makes an allocator of whole pages inside a region; a region without one has nothing to give.
  public init(base: RealAddress, size: UInt64) {
    let mask = Self.pageBytes - 1
    let (top, overflow) = base.rawValue.addingReportingOverflow(size)
    let end = (overflow ? .max : top) & ~mask
    let (start, beyond) = base.rawValue.addingReportingOverflow(mask)
    if !beyond, start & ~mask < end {
      free = [Range(base: RealAddress(start & ~mask), size: end &- (start & ~mask))]
    }
  }

  /// The number of free bytes.
  public var freeBytes: UInt64 { free.reduce(0) { $0 &+ $1.size } }

  /// Allocates so many bytes, rounded up to pages, at a multiple of `alignment`.
  ///
  /// Returns `nil` where no free run fits, for 0 bytes, and for an alignment that is no power of two.
  /// The memory keeps what was in it.
  public mutating func allocate(
    _ bytes: UInt64, alignment: UInt64 = RealPageAllocator.pageBytes
  ) -> RealAddress? {
    let mask = Self.pageBytes - 1
    guard bytes > 0, bytes <= .max - mask, alignment > 0, alignment & (alignment &- 1) == 0 else {
      return nil
    }
    let size = (bytes &+ mask) & ~mask
    let unit = max(alignment, Self.pageBytes)
    for (index, run) in free.enumerated() {
      let (raised, overflow) = run.base.rawValue.addingReportingOverflow(unit &- 1)
      let start = raised & ~(unit &- 1)
      guard !overflow, start < run.end, run.end &- start >= size else { continue }
      var left: [Range] = []
      if start > run.base.rawValue {
        left.append(Range(base: run.base, size: start &- run.base.rawValue))
      }
      if start &+ size < run.end {
        left.append(Range(base: RealAddress(start &+ size), size: run.end &- start &- size))
      }
      free.replaceSubrange(index...index, with: left)
      let made = Range(base: RealAddress(start), size: size)
      allocated.insert(made, at: place(of: made.base, in: allocated))
      return made.base
    }
    return nil
  }

  /// The size of the allocation that begins at an address, in bytes; `nil` where none begins.
  public func size(at base: RealAddress) -> UInt64? {
    let index = place(of: base, in: allocated)
    guard index < allocated.count, allocated[index].base == base else { return nil }
    return allocated[index].size
  }

  /// Gives an allocation back; false, changing nothing, where none begins at the address.
  @discardableResult
  public mutating func release(_ base: RealAddress) -> Bool {
    let index = place(of: base, in: allocated)
    guard index < allocated.count, allocated[index].base == base else { return false }
    var range = allocated.remove(at: index)
    let at = place(of: base, in: free)
    var replaced = at..<at
    if at < free.count, free[at].base.rawValue == range.end {
      range = Range(base: range.base, size: range.size &+ free[at].size)
      replaced = at..<(at + 1)
    }
    if at > 0, free[at - 1].end == range.base.rawValue {
      range = Range(base: free[at - 1].base, size: free[at - 1].size &+ range.size)
      replaced = (at - 1)..<replaced.upperBound
    }
    free.replaceSubrange(replaced, with: [range])
    return true
  }

  /// The place of the first range at or above an address.
  private func place(of base: RealAddress, in ranges: [Range]) -> Int {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].base < base { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
