// Placing ranges where the caller says, and checking what requests ask.

extension AllocatorCore {
  /// Allocates at a page chosen from outside, under any policy.
  ///
  /// - Returns: The first page, which is `start`.
  /// - Throws: `AllocationError.badPlace` when the range is not free or breaks a limit of the
  ///   request.
  func place(
    _ request: AllocationRequest, at start: Int
  ) throws(AllocationError) -> Int {
    let placement = try checked(request)
    guard start >= 0, start < pageCount, Int(placement.total) <= pageCount - start else {
      rare.refusals &+= 1
      throw .badPlace(start: start)
    }
    let first = UInt32(truncatingIfNeeded: start)
    joinEverythingFree()
    let heap = heap
    let node = heap.hole(containing: first)
    guard node != 0, placement.accepts(start: first),
      heap.nodes[Int(node)].length &- (first &- heap.nodes[Int(node)].start) >= placement.total
    else {
      rare.refusals &+= 1
      throw .badPlace(start: start)
    }
    return take(FoundPlace(node: node, start: first), placement)
  }

  /// Carves out pages that are never given.
  ///
  /// This is for the private part of a window, and for entries that firmware left behind. Reserved
  /// pages may be named again.
  ///
  /// - Throws: `WindowError` when the range is not inside the window, or any page of it is in use;
  ///   then nothing is reserved.
  func reserve(start: Int, pages: Int) throws(WindowError) {
    guard pages > 0, start >= 0, pages <= pageCount, start <= pageCount - pages else {
      throw .badRange(start: start, pages: pages)
    }
    joinEverythingFree()
    let heap = heap
    let end = UInt32(truncatingIfNeeded: start + pages)
    var holes: [(node: UInt32, start: UInt32, pages: UInt32)] = []
    var page = UInt32(truncatingIfNeeded: start)
    while page < end {
      let first = heap.runStart(containing: page)
      let tag = heap.tags[Int(first)]
      let isHole = PageTag.kind(tag) == PageTag.hole
      guard isHole || PageTag.kind(tag) == PageTag.reserved else { throw .inUse(page: Int(page)) }
      let payload = PageTag.payload(tag)
      let runEnd = first &+ (isHole ? heap.nodes[Int(payload)].length : payload)
      if isHole { holes.append((payload, page, min(runEnd, end) &- page)) }
      page = runEnd
    }
    for hole in holes {
      heap.carve(
        hole.node, start: hole.start, pages: hole.pages, tag: PageTag.reserved | hole.pages)
      heap.state.pointee.spare &-= Int(hole.pages)
      heap.state.pointee.reservedPages &+= hole.pages
    }
  }

  /// Checks what can be said of a request without looking at what is in use.
  func checked(_ request: AllocationRequest) throws(AllocationError) -> Placement {
    let pages = request.pages
    guard pages > 0 else { throw .noPages(requested: pages) }
    guard request.alignment > 0, request.alignment & (request.alignment - 1) == 0 else {
      throw .badAlignment(request.alignment)
    }
    guard request.guardPages >= 0 else { throw .badGuard(request.guardPages) }
    if let boundary = request.boundary {
      guard boundary > 0, boundary & (boundary - 1) == 0 else { throw .badBoundary(boundary) }
      guard pages <= boundary else {
        throw .boundaryTooSmall(requested: pages, boundary: boundary)
      }
    }
    let largest = largestPossible
    let (total, overflow) = pages.addingReportingOverflow(request.guardPages)
    guard !overflow, total <= largest else {
      throw .tooLarge(requested: overflow ? pages : total, limit: largest)
    }
    let limit = min(request.highestPage ?? .max, pageCount - 1) + 1
    guard limit >= pages else {
      throw .limitTooLow(requested: pages, highestPage: limit - 1)
    }
    let placement = Placement(
      pages: UInt32(truncatingIfNeeded: pages), total: UInt32(truncatingIfNeeded: total),
      guardPages: UInt32(truncatingIfNeeded: request.guardPages),
      alignment: UInt64(request.alignment), boundary: UInt64(request.boundary ?? 0),
      limit: UInt32(truncatingIfNeeded: limit), basePage: options.basePage,
      requester: request.requester)
    guard placement.start(inRunFrom: 0, length: UInt32(truncatingIfNeeded: pageCount)) != nil
    else { throw .alignmentImpossible(requested: pages, alignment: request.alignment) }
    return placement
  }

  /// The longest range that could be given were nothing in use.
  private var largestPossible: Int {
    options.policy == .linuxPools
      ? Int(LinuxPools.size(pageCount: UInt32(truncatingIfNeeded: pageCount))) : pageCount
  }
}
