// Two allocators are equal when no sequence of requests can tell them apart: the same options, the
// same runs, and the same order of reuse. Counters do not count, nor does how the state came about
// beyond that (the numbers of nodes).

extension DVAAllocator: Hashable {
  /// Whether both will answer every sequence of requests alike.
  public static func == (a: Self, b: Self) -> Bool {
    if a.core === b.core { return true }
    return a.core.options == b.core.options && a.core.quarantine == b.core.quarantine
      && a.core.heap.isEquivalent(to: b.core.heap)
  }

  /// Feeds all that equality compares, since a search of states tells them apart by nothing else.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(core.options)
    hasher.combine(core.quarantine)
    core.heap.hash(into: &hasher)
  }
}

extension PageHeap {
  fileprivate func isEquivalent(to other: PageHeap) -> Bool {
    let (mine, theirs) = (state.pointee, other.state.pointee)
    guard mine.pageCount == theirs.pageCount, mine.freePages == theirs.freePages,
      mine.summary == theirs.summary, mine.nextFitHint == theirs.nextFitHint
    else { return false }
    for pool in 0..<Int(LinuxPools.count) where poolHints[pool] != other.poolHints[pool] {
      return false
    }
    for size in 0..<Self.frontSizes {
      let (mine, theirs) = (front(size), other.front(size))
      for slot in 0...Int(mine[0]) where mine[slot] != theirs[slot] { return false }
    }
    return unbinned == other.unbinned && hasSameRuns(as: other) && hasSameBins(as: other)
  }

  /// The long ranges that wait and the slacks, in the order in which they are used and joined.
  private var unbinned: [[UnbinnedRange]] {
    [
      Array(UnsafeBufferPointer(start: longs, count: Int(state.pointee.longCount))),
      Array(UnsafeBufferPointer(start: slacks, count: Int(state.pointee.slackCount))),
    ]
  }

  private func hasSameRuns(as other: PageHeap) -> Bool {
    var page: UInt32 = 0
    while let run = run(at: page) {
      guard PageTag.kind(tags[Int(page)]) == PageTag.kind(other.tags[Int(page)]),
        let same = other.run(at: page), same == run
      else { return false }
      page = page &+ run.pages
    }
    return true
  }

  private func hasSameBins(as other: PageHeap) -> Bool {
    var bin = firstBin(from: 0)
    while let ring = bin {
      var (node, twin) = (nodes[Int(ring)].next, other.nodes[Int(ring)].next)
      while node != ring && twin != ring {
        guard nodes[Int(node)].start == other.nodes[Int(twin)].start else { return false }
        (node, twin) = (nodes[Int(node)].next, other.nodes[Int(twin)].next)
      }
      guard node == twin else { return false }
      bin = firstBin(from: ring &+ 1)
    }
    return true
  }

  private func hashBins(into hasher: inout Hasher) {
    var bin = firstBin(from: 0)
    while let ring = bin {
      hasher.combine(ring)
      var node = nodes[Int(ring)].next
      while node != ring {
        hasher.combine(nodes[Int(node)].start)
        node = nodes[Int(node)].next
      }
      bin = firstBin(from: ring &+ 1)
    }
  }

  fileprivate func hash(into hasher: inout Hasher) {
    hasher.combine(state.pointee.nextFitHint)
    for pool in 0..<Int(LinuxPools.count) { hasher.combine(poolHints[pool]) }
    for size in 0..<Self.frontSizes where front(size)[0] > 0 {
      hasher.combine(size)
      for slot in 0...Int(front(size)[0]) { hasher.combine(front(size)[slot]) }
    }
    hasher.combine(unbinned)
    hashBins(into: &hasher)
    var page: UInt32 = 0
    while let run = run(at: page) {
      hasher.combine(PageTag.kind(tags[Int(page)]))
      page = page &+ run.pages
      hasher.combine(page)
    }
  }
}
