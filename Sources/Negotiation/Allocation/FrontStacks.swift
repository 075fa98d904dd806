// The front stacks: the short path of the allocator.
//
// A stack for each length up to 32 pages holds ranges of just that length, freed last on top. A pop
// or a push touches the stack's depth, one entry, the range's tag and the count of spare pages, and
// searches nothing. The tags say `fronted` meanwhile, so that neighbours do not join such a range
// and a second free of it is seen.

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

  /// The stack of ranges of `size` + 1 pages: its depth, then its entries.
  @inlinable @inline(__always)
  func front(_ size: Int) -> UnsafeMutablePointer<UInt32> {
    fronts + size &* (Self.frontDepth &+ 1)
  }

  /// Joins up to so many waiting ranges with their neighbours, the longest ranges first.
  func drainFronts(limit: Int) {
    var left = limit
    var size = Self.frontSizes
    while size > 0 {
      size &-= 1
      let stack = front(size)
      while stack[0] > 0 {
        guard left > 0 else { return }
        left &-= 1
        let start = stack[Int(stack[0])]
        stack[0] &-= 1
        state.pointee.drained &+= 1
        release(start: start, pages: UInt32(truncatingIfNeeded: size &+ 1))
      }
    }
    state.pointee.frontsInUse = state.pointee.spare >= 0
  }

  /// How many ranges wait.
  var frontedRanges: Int {
    (0..<Self.frontSizes).reduce(0) { $0 &+ Int(front($1)[0]) }
  }
}
