// The paths behind the front stacks.

extension DVAAllocator {
  /// How many ranges leave the front stacks at an operation while space is short.
  private static let drainStep = 4

  @usableFromInline @inline(never)
  mutating func allocateBeyondFronts(_ pages: Int) throws(AllocationError) -> Int {
    let heap = owner.heap
    guard pages > 0, owner.options.policy == .binned, pages <= Int(heap.state.pointee.freePages)
    else { return try allocate(AllocationRequest(pages: pages)) }
    let length = UInt32(truncatingIfNeeded: pages)
    drainIfShort()
    let node = heap.bestHole(pages: length)
    if node == 0 { return try allocate(AllocationRequest(pages: pages)) }
    let start = heap.carveLow(node, pages: length, tag: PageTag.used | length)
    heap.state.pointee.freePages &-= length
    heap.state.pointee.binAllocations &+= 1
    return Int(start)
  }

  @usableFromInline @inline(never)
  mutating func freeBeyondFronts(start: Int, pages: Int) throws(FreeError) {
    let heap = owner.heap
    let length = UInt32(truncatingIfNeeded: pages)
    guard start >= 0, pages > 0, pages <= pageCount, start <= pageCount - pages else {
      owner.rare.refusedFrees &+= 1
      throw .outsideWindow(start: start, pages: pages)
    }
    let tag = heap.tags[start]
    guard tag == PageTag.used | length, owner.options.quarantine == nil else {
      return try freeSpecially(start: start, pages: pages, tag: tag)
    }
    heap.release(start: UInt32(truncatingIfNeeded: start), pages: length)
    heap.state.pointee.freePages &+= length
    heap.state.pointee.binFrees &+= 1
    drainIfShort()
  }

  /// Allocates pages with limits on where they may lie.
  ///
  /// - Returns: The first page.
  /// - Throws: `AllocationError`, with the limit that was met.
  public mutating func allocate(_ request: AllocationRequest) throws(AllocationError) -> Int {
    guard owner.options.policy != .custom else { throw .policyMustChoose }
    makeUnique()
    do throws(AllocationError) {
      let placement = try checked(request)
      guard let found = find(placement) else {
        throw .noSpace(requested: request.pages, largestFreeRun: Int(owner.heap.longestHole))
      }
      return take(found, placement)
    } catch {
      owner.rare.refusals &+= 1
      throw error
    }
  }

  /// Looks with the policy, and frees what waits before it gives up.
  private mutating func find(_ placement: Placement) -> FoundPlace? {
    drainIfShort()
    if let found = search(placement) { return found }
    if owner.heap.state.pointee.frontsInUse != 0 {
      owner.rare.frontDrains &+= 1
      drainFronts(limit: .max)
      if let found = search(placement) { return found }
    }
    while let oldest = owner.quarantine.popFirst() {
      owner.rare.earlyReleases &+= 1
      leaveQuarantine(oldest)
      if let found = search(placement) { return found }
    }
    return nil
  }

  private func search(_ placement: Placement) -> FoundPlace? {
    let heap = owner.heap
    switch owner.options.policy {
    case .binned: return heap.binned(placement)
    case .firstFit: return heap.firstFit(placement)
    case .nextFit: return heap.nextFit(placement)
    case .bestFit: return heap.bestFit(placement)
    case .linuxPools: return heap.linuxPools(placement)
    case .custom: return nil
    }
  }

  /// Carves a place out of its hole, with the guard behind it.
  func take(_ found: FoundPlace, _ placement: Placement) -> Int {
    let heap = owner.heap
    let kind = placement.guardPages == 0 ? PageTag.used : PageTag.usedGuarded
    heap.carve(
      found.node, start: found.start, pages: placement.total, tag: kind | placement.pages)
    if placement.guardPages != 0 {
      let first = found.start &+ placement.pages
      heap.tags[Int(first)] = PageTag.guarding | placement.guardPages
      heap.touch(first)
      heap.state.pointee.guardPages &+= placement.guardPages
    }
    heap.state.pointee.freePages &-= placement.total
    heap.state.pointee.binAllocations &+= 1
    return Int(found.start)
  }

  /// Frees a guarded range, a range for the quarantine, or nothing: says what is wrong.
  private mutating func freeSpecially(
    start: Int, pages: Int, tag: UInt32
  ) throws(FreeError) {
    let heap = owner.heap
    do throws(FreeError) {
      let kind = PageTag.kind(tag)
      let recorded = Int(PageTag.payload(tag))
      switch kind {
      case PageTag.used, PageTag.usedGuarded:
        guard recorded == pages else {
          throw .wrongLength(start: start, claimed: pages, allocated: recorded)
        }
      case PageTag.hole, PageTag.fronted, PageTag.quarantined: throw .alreadyFree(start: start)
      case PageTag.guarding, PageTag.reserved: throw .notYours(start: start)
      default: throw .notAllocated(start: start)
      }
      var total = UInt32(truncatingIfNeeded: pages)
      if kind == PageTag.usedGuarded {
        let guardPages = PageTag.payload(heap.tags[start + pages])
        heap.tags[start + pages] = 0
        heap.state.pointee.guardPages &-= guardPages
        total &+= guardPages
      }
      heap.state.pointee.binFrees &+= 1
      let range = RangeQueue.Range(start: UInt32(truncatingIfNeeded: start), pages: total)
      if let limit = owner.options.quarantine {
        enterQuarantine(range, limit: limit)
      } else {
        heap.release(start: range.start, pages: total)
        heap.state.pointee.freePages &+= total
      }
    } catch {
      owner.rare.refusedFrees &+= 1
      throw error
    }
  }

  /// Empties the front stacks, so that every free page is in a hole.
  func joinEverythingFree() {
    if owner.heap.state.pointee.frontsInUse != 0 { drainFronts(limit: .max) }
  }

  @inline(__always)
  private func drainIfShort() {
    let state = owner.heap.state
    if state.pointee.frontsInUse != 0, state.pointee.freePages < state.pointee.frontFloor {
      drainFronts(limit: Self.drainStep)
    }
  }

  /// Empties front stacks of up to so many ranges, the longest ranges first.
  func drainFronts(limit: Int) {
    let heap = owner.heap
    var left = limit
    var size = PageHeap.frontSizes
    while size > 0 {
      size &-= 1
      var depth = heap.depths[size]
      while depth > 0 {
        guard left > 0 else { return }
        depth &-= 1
        left &-= 1
        heap.depths[size] = depth
        let start = heap.fronts[size &* PageHeap.frontDepth &+ Int(depth)]
        heap.release(start: start, pages: UInt32(truncatingIfNeeded: size &+ 1))
      }
    }
    heap.state.pointee.frontsInUse = 0
  }

  private func enterQuarantine(_ range: RangeQueue.Range, limit: QuarantineLimit) {
    let heap = owner.heap
    heap.tags[Int(range.start)] = PageTag.quarantined | range.pages
    heap.state.pointee.quarantinedPages &+= range.pages
    owner.quarantine.append(range)
    while Int(heap.state.pointee.quarantinedPages) > limit.pages
      || owner.quarantine.count > limit.ranges
    {
      guard let oldest = owner.quarantine.popFirst() else { return }
      leaveQuarantine(oldest)
    }
  }

  private func leaveQuarantine(_ range: RangeQueue.Range) {
    let heap = owner.heap
    heap.state.pointee.quarantinedPages &-= range.pages
    heap.release(start: range.start, pages: range.pages)
    heap.state.pointee.freePages &+= range.pages
  }
}
