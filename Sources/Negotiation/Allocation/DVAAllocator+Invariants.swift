extension DVAAllocator {
  /// Verifies every invariant of the allocator, page by page.
  ///
  /// - Returns: One sentence for each thing that is broken; nothing when all is well.
  public func checkInvariants() -> [String] {
    var check = InvariantCheck(heap: core.heap)
    check.walkRuns()
    check.walkBins()
    check.walkFronts()
    check.compareSums(quarantine: core.quarantine)
    return check.broken
  }
}

/// One pass over an allocator's state.
private struct InvariantCheck {
  let heap: PageHeap
  var broken: [String] = []
  private var pages: [UInt32: UInt32] = [:]
  private var ranges: [UInt32: Int] = [:]

  init(heap: PageHeap) { self.heap = heap }

  mutating func walkRuns() {
    let end = heap.state.pointee.pageCount
    if heap.tags[-1] != 0 || heap.tags[Int(end)] != 0 {
      broken.append("a tag outside the window is set")
    }
    var page: UInt32 = 0
    var previous: UInt32 = 0
    while page < end {
      guard let run = heap.run(at: page), run.pages > 0, run.pages <= end &- page else {
        broken.append("page \(page): no run starts where the one before ends")
        return
      }
      let tag = heap.tags[Int(page)]
      let kind = PageTag.isSlack(tag) ? PageTag.slack : PageTag.kind(tag)
      pages[kind, default: 0] += run.pages
      ranges[kind, default: 0] += 1
      if kind == PageTag.hole { checkHole(at: page, node: PageTag.payload(tag), previous) }
      if (kind == PageTag.guarding) != (previous == PageTag.usedGuarded) {
        broken.append("page \(page): a guard and a guarded range do not go together")
      }
      if kind == PageTag.slack { checkSlack(at: page, place: PageTag.slackPlace(tag), previous) }
      checkInterior(from: page, to: page &+ run.pages, isHole: kind == PageTag.hole)
      page = page &+ run.pages
      previous = kind
    }
  }

  private mutating func checkHole(at page: UInt32, node: UInt32, _ previous: UInt32) {
    let hole = heap.nodes[Int(node)]
    if hole.start != page { broken.append("page \(page): its node starts at \(hole.start)") }
    if heap.tags[Int(page &+ hole.length &- 1)] != PageTag.hole | node {
      broken.append("page \(page): the end of the hole is not tagged")
    }
    if previous == PageTag.hole { broken.append("page \(page): two holes touch") }
  }

  private mutating func checkSlack(at page: UInt32, place: UInt32, _ previous: UInt32) {
    if place >= heap.state.pointee.slackCount || heap.slacks[Int(place)].start != page {
      broken.append("page \(page): slack that is not in its place of the list")
    }
    if previous != PageTag.used { broken.append("page \(page): slack behind no range") }
  }

  private mutating func checkInterior(from start: UInt32, to end: UInt32, isHole: Bool) {
    let last = isHole ? end &- 1 : end
    var page = start &+ 1
    while page < last {
      if heap.tags[Int(page)] != 0 { broken.append("page \(page): a tag inside a run") }
      page = page &+ 1
    }
  }

  mutating func walkBins() {
    var holes = 0
    for bin in 0..<UInt32(HoleBins.count) {
      var node = heap.nodes[Int(bin)].next
      var before = bin
      let bit = heap.bitmap[Int(bin >> 6)] >> UInt64(bin & 63) & 1
      if (bit == 1) != (node != bin) { broken.append("bin \(bin): the bitmap is wrong") }
      while node != bin && holes <= Int(heap.state.pointee.pageCount) {
        let hole = heap.nodes[Int(node)]
        holes += 1
        if hole.previous != before { broken.append("bin \(bin): the ring is broken") }
        if HoleBins.bin(of: hole.length) != bin {
          broken.append("bin \(bin): holds a hole of \(hole.length) pages")
        }
        if hole.start >= heap.state.pointee.pageCount
          || heap.tags[Int(hole.start)] != PageTag.hole | node
        {
          broken.append("bin \(bin): holds a hole that is not at page \(hole.start)")
        }
        (before, node) = (node, hole.next)
      }
    }
    for word in 0..<HoleBins.wordCount
    where (heap.bitmap[word] != 0) != (heap.state.pointee.summary >> UInt64(word) & 1 == 1) {
      broken.append("the summary is wrong for word \(word)")
    }
    if holes != ranges[PageTag.hole, default: 0] {
      broken.append("\(ranges[PageTag.hole, default: 0]) holes, but \(holes) in bins")
    }
  }

  mutating func walkFronts() {
    var held = 0
    for size in 0..<PageHeap.frontSizes {
      let stack = heap.front(size)
      let depth = Int(stack[0])
      guard depth <= PageHeap.frontDepth else {
        broken.append("the front stack of \(size + 1) pages is \(depth) deep")
        continue
      }
      if depth > heap.state.pointee.frontLevel.depth(ofStack: size) {
        broken.append("the front stack of \(size + 1) pages is \(depth) deep, and said not to be")
      }
      for slot in 1..<depth + 1 {
        let start = stack[slot]
        if start >= heap.state.pointee.pageCount
          || heap.tags[Int(start)] != PageTag.fronted | UInt32(size + 1)
        {
          broken.append("a front stack holds page \(start), which is not there for it")
        }
        held += 1
      }
    }
    held += checkLongs()
    if held != ranges[PageTag.fronted, default: 0] {
      broken.append("\(ranges[PageTag.fronted, default: 0]) waiting ranges, but \(held) in stacks")
    }
  }

  /// Checks the long ranges that wait and the slacks; how many wait.
  private mutating func checkLongs() -> Int {
    let (longs, slacks) = (heap.state.pointee.longCount, heap.state.pointee.slackCount)
    if heap.state.pointee.frontLevel != .deep && longs + slacks > 0 {
      broken.append("\(longs) long ranges wait and \(slacks) have slack while space is short")
    }
    for place in 0..<Int(longs) {
      let range = heap.longs[place]
      if range.start >= heap.state.pointee.pageCount
        || heap.tags[Int(range.start)] != PageTag.fronted | range.length
      {
        broken.append("a long range waits at page \(range.start), which is not there for it")
      }
    }
    if Int(slacks) != ranges[PageTag.slack, default: 0] {
      broken.append("\(ranges[PageTag.slack, default: 0]) slacks, but \(slacks) in the list")
    }
    return Int(longs)
  }

  mutating func compareSums(quarantine: RangeQueue) {
    let state = heap.state.pointee
    let sums: [(String, Int, UInt32)] = [
      (
        "free", state.freePages,
        pages[PageTag.hole, default: 0] + pages[PageTag.fronted, default: 0]
          + pages[PageTag.slack, default: 0]
      ),
      ("guard", Int(state.guardPages), pages[PageTag.guarding, default: 0]),
      ("reserved", Int(state.reservedPages), pages[PageTag.reserved, default: 0]),
      ("quarantined", Int(state.quarantinedPages), pages[PageTag.quarantined, default: 0]),
    ]
    for (name, said, counted) in sums where said != Int(counted) {
      broken.append("\(said) \(name) pages are said to be, \(counted) are")
    }
    for range in quarantine.waiting
    where heap.tags[Int(range.start)] != PageTag.quarantined | range.pages {
      broken.append("page \(range.start): in the quarantine queue, and not tagged so")
    }
    if quarantine.count != ranges[PageTag.quarantined, default: 0] {
      broken.append("the quarantine queue and the tags differ")
    }
  }
}
