// Theory of operation
//
// A window has up to 2^28 pages and a picture some thousand places, so a place stands for a run of pages:
// a cell. Three sources say what a page is used for, each knowing more than the one before: the control
// domain's books (free, guard, quarantine), the hypervisor's grants, and the valid entries of the table.
// All are walked side by side, once and in order (WindowSweep), and what comes out, runs of pages of one
// use, is counted by use and cell (CellCounter).
//
// A cell is shown as its most telling use: one mapped page among 500 free ones is what the reader looks
// for. Among domains, the one with the most pages there.

import Hypervisor
import Negotiation
import Sun4v

/// What the pages of a window are used for, a cell of equally many pages after the other.
public struct WindowMap: Hashable, Sendable {
  /// What a page is used for, from the least to the most telling.
  public enum Use: Hashable, Sendable {
    /// The control domain's own part, without an entry.
    case privateFree
    /// In the reserved range, and free to be granted.
    case free
    /// In the reserved range, carved out for good.
    case carvedOut
    /// A guard behind a grant.
    case guarding
    /// Released, and not to be granted again yet.
    case quarantined
    /// Somebody else's, where the map is of one domain.
    case other
    /// In the books of the control domain, but not enforced: on its way to a domain or back.
    case held
    /// Granted to a domain, without an entry.
    case granted(DomainID)
    /// With a valid entry of the control domain.
    case privateMapped
    /// With a valid entry of a domain.
    case mapped(DomainID)
  }

  /// Pages of one use.
  public struct Share: Hashable, Sendable {
    /// What they are used for.
    public let use: Use
    /// How many they are.
    public let pages: UInt64
  }

  /// The first DVA.
  public let base: DVMAAddress
  /// The size of a page.
  public let pageSize: PageSize
  /// The number of pages.
  public let pages: UInt64
  /// The pages of a cell, a power of two.
  public let pagesPerCell: UInt64
  /// The number of cells.
  public let cellCount: Int
  private let counter: CellCounter

  /// The uses of some cells together, the most telling first.
  public func shares(of cells: Range<Int>) -> [Share] { counter.shares(of: cells) }

  /// What some cells together are shown as.
  public func use(of cells: Range<Int>) -> Use {
    let shares = shares(of: cells)
    guard let first = shares.first else { return .free }
    return shares.prefix { $0.use.rank == first.use.rank }
      .reduce(first) { $1.pages > $0.pages ? $1 : $0 }.use
  }

  /// The uses of everything, the most telling first.
  public var totals: [Share] { shares(of: 0..<cellCount) }
}

extension WindowMap.Use {
  /// The domain that holds the page, where the use names it.
  public var domain: DomainID? {
    switch self {
    case .granted(let domain), .mapped(let domain): domain
    default: nil
    }
  }

  /// The place in the order of the cases.
  var rank: Int {
    switch self {
    case .privateFree: 0
    case .free: 1
    case .carvedOut: 2
    case .guarding: 3
    case .quarantined: 4
    case .other: 5
    case .held: 6
    case .granted: 7
    case .privateMapped: 8
    case .mapped: 9
    }
  }
}

extension WindowMap {
  /// What of a window is mapped.
  public struct Selection: Hashable, Sendable {
    /// The first DVA; by default where the window, or the domain's part, begins.
    public var from: DVMAAddress?
    /// The last DVA; by default where the window, or the domain's part, ends.
    public var to: DVMAAddress?
    /// The domain whose part is shown; `nil` for everything.
    public var holder: DomainID?

    /// Selects everything, or as much as is given.
    public init(from: DVMAAddress? = nil, to: DVMAAddress? = nil, holder: DomainID? = nil) {
      self.from = from
      self.to = to
      self.holder = holder
    }
  }

  /// Counts the pages of a window.
  ///
  /// - Parameters:
  ///   - rootComplex: Whose window it is.
  ///   - reserved: The reserved range.
  ///   - books: The control domain's books, where it is running.
  ///   - limit: The most cells.
  init(
    _ rootComplex: RootComplex, reserved: BusAddressRange, books: ControlWindow?,
    _ selection: Selection, cells limit: Int
  ) {
    let window = rootComplex.window
    let range = Self.range(selection, rootComplex)
    var counter = CellCounter(range: range, limit: limit)
    var sweep = WindowSweep(
      rootComplex, reserved: reserved, books: books, holder: selection.holder, in: range)
    sweep.walk { counter.add($0, $1) }
    base = window.address(of: range.lowerBound)
    pageSize = window.pageSize
    pages = range.upperBound - range.lowerBound
    pagesPerCell = counter.pagesPerCell
    cellCount = counter.cellCount
    self.counter = counter
  }

  /// The entries that are shown: at least one.
  private static func range(_ selection: Selection, _ rootComplex: RootComplex) -> Range<UInt64> {
    let window = rootComplex.window
    var whole = 0..<max(1, window.usableEntries)
    if let holder = selection.holder, holder != rootComplex.owner {
      let own = rootComplex.grants.all.filter { $0.grantee == holder && $0.pages > 0 }
      if let first = own.map(\.base).min(), let end = own.map(\.end).max() { whole = first..<end }
    }
    func index(_ address: DVMAAddress?, _ otherwise: UInt64) -> UInt64 {
      guard let address else { return otherwise }
      if address < window.base { return 0 }
      return min(window.index(of: address) ?? window.usableEntries &- 1, window.usableEntries &- 1)
    }
    let first = index(selection.from, whole.lowerBound)
    let last = index(selection.to, whole.upperBound - 1)
    return first..<max(first, last) + 1
  }
}

extension Machine {
  /// What the pages of a window are used for, in at most so many cells.
  ///
  /// Without the control domain nobody keeps the books, and what is not granted counts as free.
  public func map(
    of rootComplex: RootComplexID, _ selection: WindowMap.Selection = .init(), cells: Int
  ) throws(MachineError) -> WindowMap {
    try checkOpen()
    let place = try self.rootComplex(rootComplex)
    return WindowMap(
      place, reserved: try reservedRange(of: rootComplex), books: books(of: place), selection,
      cells: cells)
  }

  /// The control domain's books of a window, where it is running.
  func books(of rootComplex: RootComplex) -> ControlWindow? {
    software.software[Self.control.rawValue].control?.agent.windows
      .first { $0.window.handle == rootComplex.handle }
  }
}
