/// What a caller asks of the allocator: so many pages, and where they may lie.
///
/// All numbers are pages. Alignment and boundary are measured on DMA virtual addresses, that is on
/// the page index plus the allocator's ``DVAAllocator/basePage``; the other numbers are indexes.
public struct AllocationRequest: Hashable, Sendable {
  /// The number of pages wanted, 1 or more.
  public var pages: Int
  /// The start is a multiple of this, a power of two.
  public var alignment: Int
  /// A power of two that the range may not cross a multiple of; `nil` for no such limit.
  public var boundary: Int?
  /// The highest page index that the range may use; `nil` for the end of the window.
  public var highestPage: Int?
  /// The number of pages kept empty behind the range.
  public var guardPages: Int
  /// Who asks; only the Linux pool policy looks at it, as Linux looks at the number of the CPU.
  public var requester: Int

  /// Makes a request; what is not given is not asked.
  public init(
    pages: Int, alignment: Int = 1, boundary: Int? = nil, highestPage: Int? = nil,
    guardPages: Int = 0, requester: Int = 0
  ) {
    self.pages = pages
    self.alignment = alignment
    self.boundary = boundary
    self.highestPage = highestPage
    self.guardPages = guardPages
    self.requester = requester
  }
}

/// A request that was checked against a window, in the allocator's own numbers.
struct Placement {
  /// The pages wanted.
  let pages: UInt32
  /// The pages wanted and the guard behind them.
  let total: UInt32
  /// The guard pages.
  let guardPages: UInt32
  /// The alignment, 1 for none.
  let alignment: UInt64
  /// The boundary, 0 for none.
  let boundary: UInt64
  /// The first index beyond what the range may use.
  let limit: UInt32
  /// The absolute number of page index 0.
  let basePage: UInt64
  /// Who asks.
  let requester: Int

  /// Where the range comes to lie inside a free run, as low as possible; `nil` where it cannot.
  ///
  /// A range that crosses its boundary moves up to the next multiple of boundary and alignment; it
  /// is no longer than the boundary, so one move is enough.
  @inline(__always)
  func start(inRunFrom start: UInt32, length: UInt32) -> UInt32? {
    guard length >= total else { return nil }
    let runEnd = UInt64(start) &+ UInt64(length)
    var first = Self.up(basePage &+ UInt64(start), to: alignment)
    if boundary != 0 {
      let last = first &+ UInt64(pages) &- 1
      if first & ~(boundary &- 1) != last & ~(boundary &- 1) {
        first = Self.up(first, to: max(alignment, boundary))
      }
    }
    first &-= basePage
    guard first &+ UInt64(total) <= runEnd, first &+ UInt64(pages) <= UInt64(limit) else {
      return nil
    }
    return UInt32(truncatingIfNeeded: first)
  }

  /// Whether a given start obeys alignment, boundary and highest page.
  func accepts(start: UInt32) -> Bool {
    self.start(inRunFrom: start, length: total) == start
  }

  @inline(__always)
  static func up(_ value: UInt64, to multiple: UInt64) -> UInt64 {
    (value &+ multiple &- 1) & ~(multiple &- 1)
  }
}
