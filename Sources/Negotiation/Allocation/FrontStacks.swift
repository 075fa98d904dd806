// The front stacks: the short path of the allocator.
//
// A stack for each length up to 32 pages holds ranges of just that length, freed last on top. A pop
// or a push touches the stack's depth, one entry, the range's tag and the count of spare pages, and
// searches nothing. The tags say `fronted` meanwhile, so that neighbours do not join such a range
// and a second free of it is seen.
//
// While space is short, only what could not be joined anyhow waits there: a range of at most 16 pages
// between two that are in use, and at most 16 of each length. Such a range would be the hole that the
// bins give next for its length, so that almost the same ranges are given as without, at a third of the
// price.

extension PageHeap {
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
    guard pages <= Self.shortSizes, spare < 0 else { return false }
    let stack = front(pages &- 1)
    let depth = Int(stack[0])
    guard depth < Self.shortDepth, PageTag.kind(tags[start &- 1]) != PageTag.hole,
      PageTag.kind(tags[start &+ pages]) != PageTag.hole
    else { return false }
    stack[depth &+ 1] = UInt32(truncatingIfNeeded: start)
    stack[0] = UInt32(truncatingIfNeeded: depth &+ 1)
    tags[start] = PageTag.fronted | UInt32(truncatingIfNeeded: pages)
    state.pointee.spare = spare
    return true
  }

  /// The stack of ranges of `size` + 1 pages: its depth, then its entries.
  @inlinable @inline(__always)
  func front(_ size: Int) -> UnsafeMutablePointer<UInt32> {
    fronts + size &* (Self.frontDepth &+ 1)
  }

  /// Joins up to so many ranges that may not wait while space is short with their neighbours, the
  /// longest ranges first.
  func drainFronts(limit: Int) {
    guard drainFronts(limit: limit, keeping: Self.shortDepth) else { return }
    state.pointee.frontsAreDeep = state.pointee.spare >= 0
  }

  /// Joins every range that waits with its neighbours.
  func drainAllFronts() {
    _ = drainFronts(limit: .max, keeping: 0)
    state.pointee.frontsAreDeep = state.pointee.spare >= 0
  }

  /// Says whether nothing is left to drain.
  private func drainFronts(limit: Int, keeping depth: Int) -> Bool {
    guard var left = drainLongs(limit: limit) else { return false }
    var size = Self.frontSizes
    while size > 0 {
      size &-= 1
      let stack = front(size)
      let kept = size < Self.shortSizes ? UInt32(truncatingIfNeeded: depth) : 0
      while stack[0] > kept {
        guard left > 0 else { return false }
        left &-= 1
        let start = stack[Int(stack[0])]
        stack[0] &-= 1
        state.pointee.drained &+= 1
        release(start: start, pages: UInt32(truncatingIfNeeded: size &+ 1))
      }
    }
    return true
  }

  /// How many ranges wait, long ones too.
  var frontedRanges: Int {
    Int(state.pointee.longCount) &+ (0..<Self.frontSizes).reduce(0) { $0 &+ Int(front($1)[0]) }
  }
}
