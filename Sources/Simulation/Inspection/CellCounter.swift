import Hypervisor
import Sun4v

/// Counts pages by use and by cell.
struct CellCounter: Hashable, Sendable {
  let pagesPerCell: UInt64
  let cellCount: Int
  private let first: UInt64
  private let shift: UInt64
  private var places: [WindowMap.Use: Int] = [:]
  private var uses: [WindowMap.Use] = []
  /// The pages in each cell, for each use.
  private var counts: [[UInt64]] = []

  /// Counts what is in a range of entries, in at most so many cells.
  init(range: Range<UInt64>, limit: Int) {
    var shift: UInt64 = 0
    let pages = range.upperBound - range.lowerBound
    while (pages - 1) >> shift >= UInt64(max(1, limit)) { shift += 1 }
    self.shift = shift
    first = range.lowerBound
    pagesPerCell = 1 << shift
    cellCount = Int(clamping: ((pages - 1) >> shift) + 1)
  }

  /// Counts a run of entries inside the range.
  mutating func add(_ run: Range<UInt64>, _ use: WindowMap.Use) {
    guard !run.isEmpty else { return }
    let place = place(of: use)
    var next = run.lowerBound &- first
    let end = run.upperBound &- first
    while next < end {
      let cell = next >> shift
      let cut = min((cell &+ 1) << shift, end)
      counts[place][Int(cell)] &+= cut &- next
      next = cut
    }
  }

  private mutating func place(of use: WindowMap.Use) -> Int {
    if let known = places[use] { return known }
    places[use] = uses.count
    uses.append(use)
    counts.append(Array(repeating: 0, count: cellCount))
    return uses.count - 1
  }

  /// The uses of some cells together: the most telling first, and domains in order of number.
  func shares(of cells: Range<Int>) -> [WindowMap.Share] {
    let cells = cells.clamped(to: 0..<cellCount)
    return zip(uses, counts).map { use, counts in
      WindowMap.Share(use: use, pages: counts[cells].reduce(0, &+))
    }.filter { $0.pages > 0 }.sorted { a, b in
      (b.use.rank, a.use.domain?.rawValue ?? 0) < (a.use.rank, b.use.domain?.rawValue ?? 0)
    }
  }
}
