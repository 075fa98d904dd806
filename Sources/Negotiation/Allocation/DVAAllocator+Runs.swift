/// Pages in a row that have the same state.
public struct PageRun: Hashable, Sendable {
  /// What the pages are.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Free to be given.
    case free
    /// One allocated range.
    case used
    /// The guard behind an allocated range.
    case guarding = "guard"
    /// Carved out for good.
    case reserved
    /// Freed, and not to be reused yet.
    case quarantined
  }

  /// The first page.
  public let start: Int
  /// The number of pages.
  public let pages: Int
  /// What they are.
  public let kind: Kind

  /// Makes a run of its parts.
  public init(start: Int, pages: Int, kind: Kind) {
    self.start = start
    self.pages = pages
    self.kind = kind
  }

  /// The first page behind it.
  public var end: Int { start + pages }
}

/// The runs of a window in order, from page 0 to the end, without gaps.
///
/// A free run is as long as it can be; each allocated range is a run of its own. The sequence keeps
/// the window as it was when it was asked for.
public struct PageRuns: Sequence, IteratorProtocol {
  private let core: AllocatorCore
  private var page: UInt32 = 0

  init(core: AllocatorCore) { self.core = core }

  /// The next run; `nil` at the end of the window.
  public mutating func next() -> PageRun? {
    guard let first = core.heap.run(at: page) else { return nil }
    let start = page
    page = page &+ first.pages
    if first.kind == .free {
      while let more = core.heap.run(at: page), more.kind == .free { page = page &+ more.pages }
    }
    return PageRun(start: Int(start), pages: Int(page &- start), kind: first.kind)
  }
}

extension PageHeap {
  /// The run that starts at a page; `nil` at the end of the window, and where none starts.
  func run(at page: UInt32) -> (pages: UInt32, kind: PageRun.Kind)? {
    guard page < state.pointee.pageCount else { return nil }
    let tag = tags[Int(page)]
    let payload = PageTag.payload(tag)
    switch PageTag.kind(tag) {
    case PageTag.hole: return (nodes[Int(payload)].length, .free)
    case PageTag.fronted: return (payload, .free)
    case PageTag.used, PageTag.usedGuarded: return (payload, .used)
    case PageTag.guarding where PageTag.isSlack(tag):
      return (slacks[Int(PageTag.slackPlace(tag))].length, .free)
    case PageTag.guarding: return (payload, .guarding)
    case PageTag.reserved: return (payload, .reserved)
    case PageTag.quarantined: return (payload, .quarantined)
    default: return nil
    }
  }
}

extension DVAAllocator {
  /// The runs of the window in order.
  public var runs: PageRuns { PageRuns(core: core) }

  /// What the allocator did since it was made.
  public var counters: AllocatorCounters {
    let state = core.heap.state.pointee
    let frontFrees =
      state.frontAllocations &+ state.drained &+ UInt64(core.heap.frontedRanges)
    return AllocatorCounters(
      allocations: state.binAllocations &+ state.frontAllocations,
      frontAllocations: state.frontAllocations,
      frees: state.binFrees &+ frontFrees, frontFrees: frontFrees,
      refusals: core.rare.refusals, refusedFrees: core.rare.refusedFrees,
      frontDrains: core.rare.frontDrains, earlyReleases: core.rare.earlyReleases)
  }

  /// The bytes of memory that the allocator has written, rounded up to 64th parts of its tags; the system
  /// may keep up to two megabytes more where it serves long windows with huge pages.
  public var touchedBytes: Int { core.heap.touchedBytes }

  /// A summary of the window; one walk through it.
  public func statistics() -> AllocatorStatistics {
    var result = AllocatorStatistics(pageCount: pageCount)
    for run in runs { result.count(run) }
    return result
  }
}

/// How the pages of a window are used, and how scattered the free ones are.
public struct AllocatorStatistics: Hashable, Sendable {
  /// All pages of the window.
  public let pageCount: Int
  /// Pages free to be given.
  public private(set) var freePages = 0
  /// Pages of allocated ranges.
  public private(set) var usedPages = 0
  /// Pages of guards.
  public private(set) var guardPages = 0
  /// Pages carved out.
  public private(set) var reservedPages = 0
  /// Pages that wait.
  public private(set) var quarantinedPages = 0
  /// Allocated ranges.
  public private(set) var usedRanges = 0
  /// Free runs.
  public private(set) var holes = 0
  /// The pages of the longest free run.
  public private(set) var largestFreeRun = 0

  init(pageCount: Int) { self.pageCount = pageCount }

  /// The part of the free pages that lies outside the longest free run: 0 for one run or none, near
  /// 1 when all runs are short.
  public var fragmentation: Double {
    freePages == 0 ? 0 : 1 - Double(largestFreeRun) / Double(freePages)
  }

  mutating func count(_ run: PageRun) {
    switch run.kind {
    case .free:
      freePages += run.pages
      holes += 1
      largestFreeRun = Swift.max(largestFreeRun, run.pages)
    case .used:
      usedPages += run.pages
      usedRanges += 1
    case .guarding: guardPages += run.pages
    case .reserved: reservedPages += run.pages
    case .quarantined: quarantinedPages += run.pages
    }
  }
}
