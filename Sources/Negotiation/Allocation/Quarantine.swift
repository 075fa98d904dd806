/// How long freed ranges wait before they may be given again.
///
/// A quarantine shows a use after unmap: the address leads nowhere for a while instead of leading to
/// the next core's data. A range waits until so many pages, and so many ranges, were freed after
/// it. It is no reason to refuse: before a request is refused, the ranges that waited longest become
/// free one after the other until the request fits.
public struct QuarantineLimit: Hashable, Sendable {
  /// The pages that may wait.
  public var pages: Int
  /// The ranges that may wait.
  public var ranges: Int

  /// A limit in pages, in ranges, or in both; what is not given does not limit.
  public init(pages: Int = .max, ranges: Int = .max) {
    self.pages = pages
    self.ranges = ranges
  }
}

/// First in, first out: the starts and lengths of ranges that wait.
struct RangeQueue: Hashable {
  /// A range, its guard included.
  struct Range: Hashable {
    /// The first page.
    let start: UInt32
    /// The number of pages.
    let pages: UInt32
  }

  private var items: [Range] = []
  private var head = 0

  /// How many wait.
  var count: Int { items.count - head }

  /// Those that wait, the oldest first.
  var waiting: ArraySlice<Range> { items[head...] }

  mutating func append(_ range: Range) { items.append(range) }

  mutating func popFirst() -> Range? {
    guard head < items.count else { return nil }
    defer {
      head += 1
      if head > 64 && head * 2 > items.count {
        items.removeFirst(head)
        head = 0
      }
    }
    return items[head]
  }

  static func == (a: Self, b: Self) -> Bool { a.waiting == b.waiting }
  func hash(into hasher: inout Hasher) { hasher.combine(waiting) }
}
