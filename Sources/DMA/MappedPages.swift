// Theory of operation
//
// Whether memory is mapped is asked when it is about to be freed. To look through all mappings is the
// cheapest way to answer once, and a script that frees a hundred thousand buffers one by one would wait for
// hours. So a driver that is asked again and again counts, for each page of memory, the pieces of mappings
// that touch it, and keeps the count up to date with every mapping made and undone; when it has not been
// asked for long, it forgets the count, and mappings cost what they always do.
//
// The work is spread: the count is made after `patience` looks through all mappings, about what making it
// costs, and dropped after eight changes for each mapping without a question. And it is kept in bounds:
// where mappings are long, so that there are many pages to each, none is kept, and looking through the
// mappings, of which there are few then, has to do.
//
// Invariant: while the count is kept, it has each page as often as live mappings have pieces on it
// (GuestDMA.checkInvariants).

import Sun4v

/// How many pieces of live mappings are on each page of memory, while that is asked often.
struct MappedPages: Sendable {
  /// The looks through all mappings after which the count is made.
  private static let patience = 32

  /// The most pages for each mapping, on average, that are counted.
  private static let pagesPerMapping: UInt64 = 1024

  private var counts: [UInt64: UInt32] = [:]
  /// The sum of `counts`.
  private var total: UInt64 = 0
  /// Whether the count is kept.
  private(set) var isKept = false
  private var looks = 0
  private var changes = 0

  /// Whether any piece is on the pages of another, by the count.
  func meets(_ piece: MemoryPiece) -> Bool { Self.pages(of: piece).contains { counts[$0] != nil } }

  /// Whether another count is the same.
  func hasSameCount(as other: MappedPages) -> Bool { counts == other.counts }

  /// Told of a question; true where the count is worth being made now.
  mutating func isWorthMaking() -> Bool {
    changes = 0
    if isKept { return false }
    looks += 1
    return looks > Self.patience
  }

  /// Begins to keep the count of so many mappings' pieces; does not where they have too many pages.
  mutating func begin(_ pieces: some Sequence<MemoryPiece>, live: UInt64) {
    self = MappedPages()
    isKept = true
    for piece in pieces where isKept { add(piece, live: live) }
  }

  /// Counts a piece of a mapping that is live from now on, one of so many.
  mutating func add(_ piece: MemoryPiece, live: UInt64) {
    let pages = Self.pages(of: piece)
    total &+= UInt64(pages.count)
    guard total <= Self.pagesPerMapping &* (live &+ 64) else {
      self = MappedPages()
      return
    }
    for page in pages { counts[page, default: 0] &+= 1 }
  }

  /// Counts a piece of a mapping no longer.
  mutating func remove(_ piece: MemoryPiece) {
    let pages = Self.pages(of: piece)
    total &-= UInt64(pages.count)
    for page in pages {
      guard let count = counts[page] else { continue }
      counts[page] = count > 1 ? count - 1 : nil
    }
  }

  /// Told that a mapping was made or undone, of so many; forgets the count where nobody asks for it.
  mutating func noteChange(live: UInt64) {
    changes += 1
    if UInt64(changes) > 8 &* (live &+ 64) { self = MappedPages() }
  }

  /// The numbers of the pages that a piece is on; pages as small as memory is given out in.
  static func pages(of piece: MemoryPiece) -> Range<UInt64> {
    guard piece.length > 0, piece.isSound else { return 0..<0 }
    let shift = PageSize.size8K.shift
    let last = piece.address.rawValue &+ (piece.length &- 1)
    return piece.address.rawValue >> shift..<(last >> shift) &+ 1
  }
}

extension MappedPages: Hashable {
  /// Two drivers are the same whatever they were asked.
  static func == (a: Self, b: Self) -> Bool { true }

  func hash(into hasher: inout Hasher) {}
}
