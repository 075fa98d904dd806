import Hypervisor
import Negotiation
import Sun4v

/// Walks what says how a window is used, side by side and in order: books, grants and entries.
///
/// Comes out with runs of entries of one use, without gaps.
struct WindowSweep {
  private let rootComplex: RootComplex
  private let range: Range<UInt64>
  private let holder: DomainID?
  private let reserved: Range<UInt64>
  /// The grants that hold pages, in order.
  private let grants: [(entries: Range<UInt64>, grantee: DomainID)]
  private var nextGrant = 0
  private var runs: Negotiation.PageRuns?
  private var run: PageRun?
  /// The entry of the books' page 0.
  private let booksBase: UInt64

  init(
    _ rootComplex: RootComplex, reserved: BusAddressRange, books: ControlWindow?,
    holder: DomainID?, in range: Range<UInt64>
  ) {
    self.rootComplex = rootComplex
    self.range = range
    self.holder = holder
    let window = rootComplex.window
    let first = window.index(of: reserved.base) ?? 0
    self.reserved = first..<first &+ reserved.size >> window.pageSize.shift
    grants = rootComplex.grants.all.filter { $0.pages > 0 }.map { ($0.base..<$0.end, $0.grantee) }
    var runs = books?.allocator.runs
    run = runs?.next()
    self.runs = runs
    booksBase = books?.entry(of: 0) ?? 0
  }

  /// Calls with every run, from the first entry of the range to the last.
  mutating func walk(_ body: (Range<UInt64>, WindowMap.Use) -> Void) {
    var position = range.lowerBound
    let table = rootComplex.table
    table.forEachValidRun(in: range) { run in
      fill(position..<run.lowerBound, body)
      position = run.lowerBound
      while position < run.upperBound {
        let (use, limit) = mappedUse(at: position)
        let end = min(limit, run.upperBound)
        body(position..<end, use)
        position = end
      }
    }
    fill(position..<range.upperBound, body)
  }

  private func shown(_ domain: DomainID?, _ use: WindowMap.Use) -> WindowMap.Use {
    holder == nil || holder == domain ? use : .other
  }

  /// The use of a valid entry, and the index before which entries in a row have it too.
  private func mappedUse(at index: UInt64) -> (WindowMap.Use, UInt64) {
    if let grant = rootComplex.grants.grant(at: index) {
      return (shown(grant.grantee, .mapped(grant.grantee)), grant.end)
    }
    let next = grants.partitioningIndex { $0.entries.lowerBound > index }
    let limit = next < grants.count ? grants[next].entries.lowerBound : range.upperBound
    return (shown(rootComplex.owner, .privateMapped), limit)
  }

  /// Calls with the runs of entries that are not valid.
  private mutating func fill(
    _ gap: Range<UInt64>, _ body: (Range<UInt64>, WindowMap.Use) -> Void
  ) {
    var position = gap.lowerBound
    while position < gap.upperBound {
      let (use, end) = plainUse(at: position)
      let cut = max(position &+ 1, min(end, gap.upperBound))
      body(position..<cut, use)
      position = cut
    }
  }

  /// The use of an entry that is not valid, and the index before which it cannot change.
  private mutating func plainUse(at index: UInt64) -> (WindowMap.Use, UInt64) {
    while nextGrant < grants.count, grants[nextGrant].entries.upperBound <= index { nextGrant += 1 }
    var end = range.upperBound
    if nextGrant < grants.count {
      let (entries, grantee) = grants[nextGrant]
      if entries.contains(index) {
        return (shown(grantee, .granted(grantee)), entries.upperBound)
      }
      end = entries.lowerBound
    }
    while let run, booksBase &+ UInt64(run.end) <= index { self.run = runs?.next() }
    if let run {
      let start = booksBase &+ UInt64(run.start)
      if start > index { end = min(end, start) }
      if start <= index {
        return (shown(nil, Self.use(of: run)), min(end, booksBase &+ UInt64(run.end)))
      }
    }
    if index < reserved.lowerBound {
      return (shown(rootComplex.owner, .privateFree), min(end, reserved.lowerBound))
    }
    if index < reserved.upperBound {
      return (shown(nil, .free), min(end, reserved.upperBound))
    }
    return (shown(rootComplex.owner, .privateFree), end)
  }

  private static func use(of run: PageRun) -> WindowMap.Use {
    switch run.kind {
    case .free: .free
    case .used: .held
    case .guarding: .guarding
    case .reserved: .carvedOut
    case .quarantined: .quarantined
    }
  }
}
