// Theory of operation
//
// A domain's own memory, given out in pages of 8 KiB: to its boot code for queues and tables, later to
// its drivers for buffers. The free runs are kept in order of address and joined when memory comes back;
// a request takes the first run that fits.
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

  private var freeRanges = OrderedRanges()
  private var allocatedRanges = OrderedRanges()

  /// The free ranges, in order of address.
  public var free: [Range] { freeRanges.ranges }
  /// The allocated ranges, in order of address.
  public var allocated: [Range] { allocatedRanges.ranges }

  /// Makes an allocator of whole pages inside a region; a region without one has nothing to give.
  public init(base: RealAddress, size: UInt64) {
    let mask = Self.pageBytes - 1
    let (top, overflow) = base.rawValue.addingReportingOverflow(size)
    let end = (overflow ? .max : top) & ~mask
    let (start, beyond) = base.rawValue.addingReportingOverflow(mask)
    if !beyond, start & ~mask < end {
      freeRanges.insert(Range(base: RealAddress(start & ~mask), size: end &- (start & ~mask)))
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
    guard let (run, start) = freeRanges.firstFit(size, unit: unit) else { return nil }
    let made = Range(base: RealAddress(start), size: size)
    let front = Range(base: run.base, size: start &- run.base.rawValue)
    let back = Range(base: RealAddress(made.end), size: run.end &- made.end)
    if front.size > 0 {
      freeRanges.shrinkRange(at: run.base, to: front)
      if back.size > 0 { freeRanges.insert(back) }
    } else if back.size > 0 {
      freeRanges.shrinkRange(at: run.base, to: back)
    } else {
      freeRanges.removeRange(at: run.base)
    }
    allocatedRanges.insert(made)
    return made.base
  }

  /// The size of the allocation that begins at an address, in bytes; `nil` where none begins.
  public func size(at base: RealAddress) -> UInt64? { allocatedRanges.range(at: base)?.size }

  /// Gives an allocation back; false, changing nothing, where none begins at the address.
  @discardableResult
  public mutating func release(_ base: RealAddress) -> Bool {
    guard let range = allocatedRanges.removeRange(at: base) else { return false }
    freeRanges.insertJoining(range)
    return true
  }
}
