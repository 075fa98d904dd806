import LazyMemory

/// A hole's entry in the node pool, or the head of a bin's ring.
@usableFromInline struct HoleNode {
  /// The first page.
  @usableFromInline var start: UInt32
  /// The number of pages.
  @usableFromInline var length: UInt32
  /// The next hole of the same bin; the bin itself behind the last one.
  @usableFromInline var next: UInt32
  /// The previous hole of the same bin; the bin itself before the first one.
  @usableFromInline var previous: UInt32
}

/// The fixed part of an allocator's state, at the head of its block of memory.
@usableFromInline struct HeapState {
  /// One tag a page, with an empty sentinel at either end.
  @usableFromInline var tags: UnsafeMutablePointer<UInt32>
  /// The node pool: first the rings' heads, one a bin, then the holes.
  @usableFromInline var nodes: UnsafeMutablePointer<HoleNode>
  /// The words of the bin bitmap that are not 0.
  @usableFromInline var summary: UInt64 = 0
  /// The free pages beyond `frontFloor`.
  ///
  /// Space is short while this is negative; it is kept instead of the free pages, because the short
  /// path asks only for the sign.
  @usableFromInline var spare: Int = -HeapState.never
  /// The free pages from which on space is not short; `never` keeps front stacks off.
  @usableFromInline var frontFloor: Int = HeapState.never
  /// Ranges given out of front stacks.
  @usableFromInline var frontAllocations: UInt64 = 0
  /// Which 64th parts of the tags were ever written.
  @usableFromInline var touched: UInt64 = 0
  /// The pages of the window.
  @usableFromInline var pageCount: UInt32
  /// log2 of the pages in a 64th part.
  @usableFromInline var chunkShift: UInt32
  /// The first node that was given back, 0 for none.
  @usableFromInline var freeNode: UInt32 = 0
  /// The first node that was never used.
  @usableFromInline var virginNode: UInt32
  /// The pages of guards.
  @usableFromInline var guardPages: UInt32 = 0
  /// The pages carved out.
  @usableFromInline var reservedPages: UInt32 = 0
  /// The pages in quarantine.
  @usableFromInline var quarantinedPages: UInt32 = 0
  /// Where next-fit goes on.
  @usableFromInline var nextFitHint: UInt32 = 0
  /// What the front stacks hold, at most.
  @usableFromInline var frontLevel: FrontLevel = .empty
  /// Whether the default policy is at work, without quarantine.
  @usableFromInline var isPlain: Bool = false
  /// Ranges given out of bins.
  @usableFromInline var binAllocations: UInt64 = 0
  /// Ranges taken back into bins or into quarantine.
  @usableFromInline var binFrees: UInt64 = 0
  /// Ranges that left front stacks for bins.
  ///
  /// What went into front stacks is this, and what was given out of them, and what they hold: the
  /// short path counts once.
  @usableFromInline var drained: UInt64 = 0
  /// Long ranges that wait.
  @usableFromInline var longCount: UInt32 = 0
  /// Long ranges that have slack.
  @usableFromInline var slackCount: UInt32 = 0

  /// More free pages than any window has.
  @inlinable static var never: Int { 1 << 40 }

  /// The free pages from which on space in a window is not short: a quarter of them all, or four times
  /// what front stacks can hold.
  static func frontFloor(pageCount: Int) -> Int {
    let capacity = PageHeap.frontDepth * PageHeap.frontSizes * (PageHeap.frontSizes + 1) / 2
    return max(min(pageCount / 4, 4 * capacity), 1)
  }

  /// The pages in holes, in front stacks and in slacks.
  @inline(__always) var freePages: Int {
    get { spare &+ frontFloor }
    set { spare = newValue &- frontFloor }
  }
}

/// The raw state of one allocator, and the work on it that needs no policy.
///
/// A handle: copying it copies the address. ``DVAAllocator`` owns the memory through a reference,
/// and is the only one who may change it.
@usableFromInline struct PageHeap {
  /// The block.
  @usableFromInline let block: UnsafeMutableRawPointer

  /// The longest window: tags have 29 bits of payload, and a length must fit.
  static let maximumPageCount = 1 << 28

  // The block: the front stacks, the state, the arrays of fixed size, each at a constant distance,
  // so that reaching an element costs no load of a pointer.
  @inlinable static var stateOffset: Int { frontSizes &* (frontDepth &+ 1) &* 4 }
  @inlinable static var bitmapOffset: Int { stateOffset &+ 256 }
  @inlinable static var poolHintOffset: Int { stateOffset &+ 384 }
  private static let longsOffset = stateOffset + 448
  private static let slacksOffset = longsOffset + longDepth * MemoryLayout<UnbinnedRange>.stride
  static let blockSize = slacksOffset + slackLimit * MemoryLayout<UnbinnedRange>.stride

  /// Front stacks serve ranges of 1 to so many pages.
  @inlinable static var frontSizes: Int { 32 }
  /// A front stack holds at most so many ranges.
  @inlinable static var frontDepth: Int { 127 }
  /// While space is short, front stacks serve ranges of 1 to so many pages.
  @inlinable static var shortSizes: Int { 16 }
  /// While space is short, a front stack holds at most so many ranges.
  @inlinable static var shortDepth: Int { 64 }

  /// The words of the bin bitmap.
  @inlinable @inline(__always) var bitmap: UnsafeMutablePointer<UInt64> { array(Self.bitmapOffset) }
  /// The hints of the Linux pools.
  @inlinable @inline(__always) var poolHints: UnsafeMutablePointer<UInt32> {
    array(Self.poolHintOffset)
  }
  /// The long ranges that wait, freed last at the end.
  @inline(__always) var longs: UnsafeMutablePointer<UnbinnedRange> { array(Self.longsOffset) }
  /// The slacks of long ranges, in no order.
  @inline(__always) var slacks: UnsafeMutablePointer<UnbinnedRange> { array(Self.slacksOffset) }
  /// The front stacks, one behind the other.
  @inlinable @inline(__always) var fronts: UnsafeMutablePointer<UInt32> { array(0) }
  /// The fixed part of the state.
  @inlinable @inline(__always) var state: UnsafeMutablePointer<HeapState> {
    array(Self.stateOffset)
  }
  @inlinable @inline(__always) var tags: UnsafeMutablePointer<UInt32> { state.pointee.tags }
  @inlinable @inline(__always) var nodes: UnsafeMutablePointer<HoleNode> { state.pointee.nodes }

  @inlinable @inline(__always)
  func array<Element>(_ offset: Int) -> UnsafeMutablePointer<Element> {
    (block + offset).assumingMemoryBound(to: Element.self)
  }

  /// The empty tags before page 0: a full cache line, which keeps page 0 at the start of one.
  private static let tagMargin = 16
  /// At most every second page is a hole, and each bin has a head.
  private static func nodeCapacity(_ pageCount: Int) -> Int { HoleBins.count + pageCount / 2 + 2 }

  private static func tagBytes(_ pageCount: Int) -> Int { (pageCount + tagMargin + 1) * 4 }
  private static func nodeBytes(_ pageCount: Int) -> Int {
    nodeCapacity(pageCount) * MemoryLayout<HoleNode>.stride
  }

  /// The bytes of the block, the tags and the nodes of a window.
  ///
  /// The tables are as long as they can ever become; nothing is paid for what is not touched.
  private static func sizes(_ pageCount: Int) -> [Int] {
    [blockSize, tagBytes(pageCount), nodeBytes(pageCount)]
  }

  /// A window's state in memory that is all zero, of ``sizes(_:)``.
  private init(pageCount: Int, in memory: [LazyBytes]) {
    block = memory[0].start
    var chunkShift: UInt32 = 0
    while (pageCount - 1) >> chunkShift >= 64 { chunkShift += 1 }
    state.initialize(
      to: HeapState(
        tags: memory[1].start.assumingMemoryBound(to: UInt32.self) + Self.tagMargin,
        nodes: memory[2].start.assumingMemoryBound(to: HoleNode.self),
        pageCount: UInt32(pageCount), chunkShift: chunkShift,
        virginNode: UInt32(HoleBins.count)))
  }

  /// An empty window: one hole; `nil` when the system has no memory for it.
  static func create(pageCount: Int) -> PageHeap? {
    var memory: [LazyBytes] = []
    for count in sizes(pageCount) {
      guard let run = LazyBytes(count: count) else {
        for run in memory { run.release() }
        return nil
      }
      memory.append(run)
    }
    let heap = PageHeap(pageCount: pageCount, in: memory)
    for bin in 0..<UInt32(HoleBins.count) {
      heap.nodes[Int(bin)] = HoleNode(start: 0, length: 0, next: bin, previous: bin)
    }
    heap.addHole(start: 0, length: UInt32(pageCount))
    heap.touch(0)
    heap.state.pointee.freePages = pageCount
    return heap
  }

  /// A copy that shares nothing; costs what was touched, not what the window could hold.
  func copy() -> PageHeap {
    let pageCount = Int(state.pointee.pageCount)
    let other = PageHeap(
      pageCount: pageCount, in: Self.sizes(pageCount).map { LazyBytes(required: $0) })
    let (tags, nodes) = (other.tags, other.nodes)
    other.block.copyMemory(from: block, byteCount: Self.blockSize)
    other.state.pointee.tags = tags
    other.state.pointee.nodes = nodes
    nodes.update(from: self.nodes, count: Int(state.pointee.virginNode))
    forEachTouchedChunk { tags.advanced(by: $0).update(from: self.tags + $0, count: $1) }
    return other
  }

  /// Calls with the first page and the number of pages of each part that was ever written.
  func forEachTouchedChunk(_ body: (Int, Int) -> Void) {
    let pageCount = Int(state.pointee.pageCount)
    let chunk = 1 << Int(state.pointee.chunkShift)
    var rest = state.pointee.touched
    while rest != 0 {
      let start = rest.trailingZeroBitCount * chunk
      rest &= rest &- 1
      body(start, min(chunk, pageCount - start))
    }
  }

  /// The bytes of memory that were written, at most: whole 64th parts of the tags count.
  var touchedBytes: Int {
    var bytes = Self.blockSize + Int(state.pointee.virginNode) * MemoryLayout<HoleNode>.stride
    forEachTouchedChunk { bytes += $1 * 4 }
    return bytes
  }

  /// Gives the memory back; the handle is dead afterwards.
  func destroy() {
    let pageCount = Int(state.pointee.pageCount)
    LazyBytes(start: tags - Self.tagMargin, count: Self.tagBytes(pageCount)).release()
    LazyBytes(start: nodes, count: Self.nodeBytes(pageCount)).release()
    LazyBytes(start: block, count: Self.blockSize).release()
  }

  /// Notes that a tag of the page was written.
  @inline(__always)
  func touch(_ page: UInt32) {
    state.pointee.touched |= 1 &<< UInt64(page &>> state.pointee.chunkShift)
  }
}
