// The paths behind the front stacks.

extension AllocatorCore {
  /// Allocates pages without limits; -1 where that is refused.
  @usableFromInline @inline(never)
  func allocateBeyondFronts(_ pages: Int) -> Int {
    guard heap.state.pointee.isPlain, pages > 0, pages <= heap.state.pointee.freePages else {
      return allocateByPolicy(pages)
    }
    let length = UInt32(truncatingIfNeeded: pages)
    heap.drainFronts()
    if PageHeap.isLong(length) {
      let again = heap.popLong(pages: length)
      if again >= 0 { return again }
      let start = heap.carveLong(pages: length)
      if start >= 0 { return noted(start, pages) }
    }
    let node = heap.bestHole(pages: length)
    guard node != 0 else {
      guard heap.state.pointee.frontLevel == .empty else { return allocateByPolicy(pages) }
      // Nothing waits, so there is nothing to be joined that would make room.
      rare.refusals &+= 1
      return -1
    }
    return noted(Int(heap.carveLow(node, pages: length, tag: PageTag.used | length)), pages)
  }

  private func allocateByPolicy(_ pages: Int) -> Int {
    (try? allocate(AllocationRequest(pages: pages))) ?? -1
  }

  /// Says why pages without limits were refused just now.
  @usableFromInline @inline(never)
  func refuse(_ pages: Int) throws(AllocationError) -> Never {
    guard options.policy != .custom else { throw .policyMustChoose }
    _ = try checked(AllocationRequest(pages: pages))
    throw .noSpace(requested: pages, largestFreeRun: Int(heap.longestHole))
  }

  /// Counts an allocation out of the bins.
  @inline(__always)
  private func noted(_ start: Int, _ pages: Int) -> Int {
    heap.state.pointee.spare &-= pages
    heap.state.pointee.binAllocations &+= 1
    return start
  }

  @usableFromInline @inline(never)
  func freeBeyondFronts(start: Int, pages: Int) throws(FreeError) {
    let heap = heap
    let length = UInt32(truncatingIfNeeded: pages)
    guard start >= 0, pages > 0, pages <= pageCount, start <= pageCount - pages else {
      rare.refusedFrees &+= 1
      throw .outsideWindow(start: start, pages: pages)
    }
    let tag = heap.tags[start]
    guard tag == PageTag.used | length, heap.state.pointee.isPlain else {
      return try freeSpecially(start: start, pages: pages, tag: tag)
    }
    let first = UInt32(truncatingIfNeeded: start)
    if PageHeap.isLong(length) {
      if heap.pushLong(start: first, pages: length) { return }
    } else if heap.pushFrontWhileShort(start: start, pages: pages) {
      return
    }
    heap.release(start: first, pages: length)
    heap.state.pointee.binFrees &+= 1
    noteFree(pages)
  }

  /// Allocates pages with limits on where they may lie.
  ///
  /// - Returns: The first page.
  /// - Throws: `AllocationError`, with the limit that was met.
  func allocate(_ request: AllocationRequest) throws(AllocationError) -> Int {
    guard options.policy != .custom else { throw .policyMustChoose }
    do throws(AllocationError) {
      let placement = try checked(request)
      guard let found = find(placement) else {
        throw .noSpace(requested: request.pages, largestFreeRun: Int(heap.longestHole))
      }
      return take(found, placement)
    } catch {
      rare.refusals &+= 1
      throw error
    }
  }

  /// Looks with the policy, and frees what waits before it gives up.
  private func find(_ placement: Placement) -> FoundPlace? {
    heap.drainFronts()
    if let found = search(placement) { return found }
    if heap.frontedRanges > 0 || heap.state.pointee.slackCount > 0 {
      rare.frontDrains &+= 1
      heap.drainAllFronts()
      if let found = search(placement) { return found }
    }
    while let oldest = quarantine.popFirst() {
      rare.earlyReleases &+= 1
      leaveQuarantine(oldest)
      if let found = search(placement) { return found }
    }
    return nil
  }

  private func search(_ placement: Placement) -> FoundPlace? {
    let heap = heap
    switch options.policy {
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
    let heap = heap
    let kind = placement.guardPages == 0 ? PageTag.used : PageTag.usedGuarded
    heap.carve(
      found.node, start: found.start, pages: placement.total, tag: kind | placement.pages)
    if placement.guardPages != 0 {
      let first = found.start &+ placement.pages
      heap.tags[Int(first)] = PageTag.guarding | placement.guardPages
      heap.touch(first)
      heap.state.pointee.guardPages &+= placement.guardPages
    }
    return noted(Int(found.start), Int(placement.total))
  }

  /// Frees a guarded range, a range for the quarantine, or nothing: says what is wrong.
  private func freeSpecially(
    start: Int, pages: Int, tag: UInt32
  ) throws(FreeError) {
    let heap = heap
    do throws(FreeError) {
      let kind = PageTag.kind(tag)
      let recorded = Int(PageTag.payload(tag))
      switch kind {
      case PageTag.used, PageTag.usedGuarded:
        guard recorded == pages else {
          throw .wrongLength(start: start, claimed: pages, allocated: recorded)
        }
      case PageTag.hole, PageTag.fronted, PageTag.quarantined: throw .alreadyFree(start: start)
      case PageTag.guarding where PageTag.isSlack(tag): throw .alreadyFree(start: start)
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
      if let limit = options.quarantine {
        enterQuarantine(range, limit: limit)
      } else {
        heap.release(start: range.start, pages: total)
        noteFree(Int(total))
      }
    } catch {
      rare.refusedFrees &+= 1
      throw error
    }
  }

  /// Empties the front stacks, so that every free page is in a hole.
  func joinEverythingFree() {
    heap.drainAllFronts()
  }

  /// Counts pages that became free and were joined.
  @inline(__always)
  private func noteFree(_ pages: Int) {
    heap.state.pointee.spare &+= pages
    if heap.state.pointee.spare >= 0 {
      heap.state.pointee.frontLevel = .deep
    } else {
      heap.drainFronts()
    }
  }

  private func enterQuarantine(_ range: RangeQueue.Range, limit: QuarantineLimit) {
    let heap = heap
    heap.tags[Int(range.start)] = PageTag.quarantined | range.pages
    heap.state.pointee.quarantinedPages &+= range.pages
    quarantine.append(range)
    while Int(heap.state.pointee.quarantinedPages) > limit.pages
      || quarantine.count > limit.ranges
    {
      guard let oldest = quarantine.popFirst() else { return }
      leaveQuarantine(oldest)
    }
  }

  private func leaveQuarantine(_ range: RangeQueue.Range) {
    let heap = heap
    heap.state.pointee.quarantinedPages &-= range.pages
    heap.release(start: range.start, pages: range.pages)
    noteFree(Int(range.pages))
  }
}
