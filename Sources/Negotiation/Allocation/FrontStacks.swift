// The front stacks: the short path of the allocator.
//
// A stack for each length up to 32 pages holds ranges of just that length, freed last on top. A pop
// or a push touches the stack's depth, one entry, the range's tag and the count of spare pages, and
// searches nothing. The tags say `fronted` meanwhile, so that neighbours do not join such a range
// and a second free of it is seen.
//
// While space is short, only what could not be joined anyhow waits there: a range of at most 16 pages
// between two that are in use, and at most 64 of each length. Such a range would be the hole that the
// bins give next for its length, so that almost the same ranges are given as without, at a third of the
// price. While it is scarce besides, nothing waits. Whatever waits beyond that is joined a few ranges at
// each operation; so a refusal, before which all that waits has to be joined, finds little to do.

/// How much the front stacks may hold.
@usableFromInline enum FrontLevel: UInt8 {
  /// Nothing: space is short, and no hole is longer than the bins of one length each.
  case empty
  /// What could not be joined anyhow: space is short.
  case short
  /// All that they have room for.
  case deep

  /// How many ranges of `size` + 1 pages may wait.
  func depth(ofStack size: Int) -> Int {
    switch self {
    case .empty: 0
    case .short: size < PageHeap.shortSizes ? PageHeap.shortDepth : 0
    case .deep: PageHeap.frontDepth
    }
  }
}

extension PageHeap {
  /// How many ranges leave the front stacks at an operation while they hold too much.
  private static let drainStep = 4

  /// Gives the range of this length that was freed last; -1 when none waits or none can.
  @inlinable @inline(__always)
  func popFront(pages: Int) -> Int {
    let size = UInt(bitPattern: pages) &- 1
    guard size < UInt(Self.frontSizes) else { return -1 }
    let stack = front(Int(bitPattern: size))
    let depth = Int(stack[0])
    guard depth != 0 else { return -1 }
    let start = Int(stack[depth])
    stack[0] = UInt32(truncatingIfNeeded: depth &- 1)
    tags[start] = PageTag.used | UInt32(truncatingIfNeeded: pages)
    state.pointee.spare &-= pages
    state.pointee.frontAllocations &+= 1
    return start
  }

  /// Keeps a range for its next use, when it is allocated with this length, and short enough, and
  /// space is not scarce; says whether it did.
  @inlinable @inline(__always)
  func pushFront(start: Int, pages: Int) -> Bool {
    let size = UInt(bitPattern: pages) &- 1
    let length = UInt32(truncatingIfNeeded: pages)
    guard size < UInt(Self.frontSizes),
      UInt(bitPattern: start) < UInt(state.pointee.pageCount),
      tags[start] == PageTag.used | length
    else { return false }
    let spare = state.pointee.spare
    let stack = front(Int(bitPattern: size))
    let depth = Int(stack[0])
    guard spare >= 0, depth < Self.frontDepth else { return false }
    stack[depth &+ 1] = UInt32(truncatingIfNeeded: start)
    stack[0] = UInt32(truncatingIfNeeded: depth &+ 1)
    tags[start] = PageTag.fronted | length
    state.pointee.spare = spare &+ pages
    return true
  }

  /// Keeps an allocated range for its next use while space is short, when it is short and could not be
  /// joined; says whether it did.
  ///
  /// The free that ends the shortage goes the long way, which notes it.
  @inline(__always)
  func pushFrontWhileShort(start: Int, pages: Int) -> Bool {
    let spare = state.pointee.spare &+ pages
    guard pages <= Self.shortSizes, spare < 0, !isScarce else { return false }
    let stack = front(pages &- 1)
    let depth = Int(stack[0])
    guard depth < Self.shortDepth, PageTag.kind(tags[start &- 1]) != PageTag.hole,
      PageTag.kind(tags[start &+ pages]) != PageTag.hole
    else { return false }
    stack[depth &+ 1] = UInt32(truncatingIfNeeded: start)
    stack[0] = UInt32(truncatingIfNeeded: depth &+ 1)
    tags[start] = PageTag.fronted | UInt32(truncatingIfNeeded: pages)
    state.pointee.spare = spare
    if state.pointee.frontLevel == .empty { state.pointee.frontLevel = .short }
    return true
  }

  /// Whether no hole is longer than the bins of one length each.
  @inline(__always)
  private var isScarce: Bool { state.pointee.summary &>> HoleBins.exactWords == 0 }

  /// The stack of ranges of `size` + 1 pages: its depth, then its entries.
  @inlinable @inline(__always)
  func front(_ size: Int) -> UnsafeMutablePointer<UInt32> {
    fronts + size &* (Self.frontDepth &+ 1)
  }

  /// Joins a few ranges that may not wait any more with their neighbours, the longest ranges first.
  @inline(__always)
  func drainFronts() {
    guard state.pointee.spare < 0 else { return }
    let level: FrontLevel = isScarce ? .empty : .short
    if state.pointee.frontLevel.rawValue > level.rawValue {
      drainFronts(to: level, limit: Self.drainStep)
    }
  }

  /// Joins every range that waits with its neighbours.
  func drainAllFronts() {
    drainFronts(to: .empty, limit: .max)
    if state.pointee.spare >= 0 { state.pointee.frontLevel = .deep }
  }

  /// Joins up to so many ranges that wait beyond a level.
  private func drainFronts(to level: FrontLevel, limit: Int) {
    var left = limit
    var size = Self.shortSizes
    // What is longer waits at the deep level only. A look at what cannot be there would be in memory that
    // is not in cache.
    if state.pointee.frontLevel == .deep {
      guard let rest = drainLongs(limit: limit) else { return }
      left = rest
      size = Self.frontSizes
    }
    while size > 0 {
      size &-= 1
      let stack = front(size)
      let kept = UInt32(truncatingIfNeeded: level.depth(ofStack: size))
      while stack[0] > kept {
        guard left > 0 else { return }
        left &-= 1
        let start = stack[Int(stack[0])]
        stack[0] &-= 1
        state.pointee.drained &+= 1
        release(start: start, pages: UInt32(truncatingIfNeeded: size &+ 1))
      }
    }
    state.pointee.frontLevel = level
  }

  /// How many ranges wait, long ones too.
  var frontedRanges: Int {
    Int(state.pointee.longCount) &+ (0..<Self.frontSizes).reduce(0) { $0 &+ Int(front($1)[0]) }
  }
}
