// The DVA range allocator.
//
// What it is. It gives out ranges of pages of one window and takes them back: the job of vmem, of
// Linux's iova and of every IOMMU driver, where the answer is needed in a few nanoseconds at any
// fill level and where a wrong free must be caught and not believed.
//
// The idea. Best fit fragments least, but a search for the best fit is a tree walk. Lengths are
// small integers, though, and most requests are short: a bin for each length up to 256 pages and a
// bitmap of the bins that are not empty find the shortest sufficient hole with two instructions of
// bit counting (HoleBins). Joining a freed range with its neighbours needs no tree either: a word
// for each page of the window says what ends or starts there (PageTag), so that the neighbours are
// the words before and behind. What a hole needs beyond that, start, length and links, lies in a
// compact pool of nodes (PageHeap), which stays in cache when the window does not.
//
// In front of this are stacks of recently freed ranges of 1 to 32 pages, one stack a length. A ring
// of network buffers only ever pops and pushes there, and gets warm table entries back. Such stacks
// keep ranges from being joined, which costs refusals when space is short; so they are deep only while
// a quarter of the window is free, or four times what they can hold. Below that, they are emptied a few
// ranges at each operation, so that no single call pays for all, and keep only what has no free
// neighbour, some ranges of each short length; and before anything is refused they are emptied at once.
// Long ranges, such as whole scatter lists, wait likewise, with slack that lets one serve a request of
// another length (LongRanges).
//
// The checks. An allocated range is tagged at its first page with its length. A free is believed
// when the tag says just that; anything else (a free of half a range, of a free one, of somebody's
// guard page, of a page in the middle) has another tag there, and is refused with the allocator
// unchanged. The tag is the word that the join reads and writes anyway.
//
// Limits of a request (alignment, boundary, highest page, guard) are met by a place inside a hole;
// no pages are wasted to get there. Requests without limits never see that code. No request is
// refused that fits: the last resort is to look at every hole.
//
// Sharing. The allocator is a value. Its memory is shared by copies until one of them is changed,
// which then copies what was touched; untouched parts of a window cost nothing, neither when it is
// made nor when it is copied.
//
// Invariants (DVAAllocator+Invariants.swift): runs cover the window without gap or overlap; no two
// holes touch; a page inside a run has the tag 0; each hole is in the bin of its length, once; a bit
// of the bitmap is set exactly for the bins that hold something; the sums of pages are right.
//
// Sources: exact bins after dlmalloc's small bins and TLSF's bitmaps; boundary tags after Knuth, out
// of band; front stacks after Bonwick's magazines. Measurements: docs/performance.md.

/// Gives out ranges of pages of a DMA virtual address window, and takes them back.
///
/// Pages are numbered from 0 to ``pageCount``. Every operation either does all of what was asked, or
/// throws and leaves the allocator as it was. A copy is independent of its original, and cheap until
/// one of them is changed; like an array it may go to another thread, since what copies share is
/// never written.
public struct DVAAllocator: @unchecked Sendable {
  /// The memory; never shared by two allocators while one of them changes it.
  @usableFromInline var core: AllocatorCore

  /// The longest window: 2^28 pages, 2 TiB of 8 KiB pages.
  public static let maximumPageCount = PageHeap.maximumPageCount

  /// An allocator over an empty window.
  ///
  /// - Throws: `WindowError` for a window of no pages, of more than ``maximumPageCount``, or beyond
  ///   the end of 64-bit addresses.
  public init(pageCount: Int, options: AllocatorOptions = .init()) throws(WindowError) {
    guard (1...Self.maximumPageCount).contains(pageCount) else {
      throw .badPageCount(pageCount, limit: Self.maximumPageCount)
    }
    guard options.basePage < 1 << 51 else { throw .badBasePage(options.basePage) }
    guard let heap = PageHeap.create(pageCount: pageCount) else {
      throw .outOfMemory(pages: pageCount)
    }
    core = AllocatorCore(heap: heap, options: options)
    if options.policy == .binned && options.quarantine == nil {
      heap.state.pointee.isPlain = true
      heap.state.pointee.frontFloor = HeapState.frontFloor(pageCount: pageCount)
      heap.state.pointee.freePages = pageCount
      heap.state.pointee.frontLevel = .deep
    }
  }

  /// The pages of the window.
  public var pageCount: Int { core.pageCount }
  /// What was chosen when it was made.
  public var options: AllocatorOptions { core.options }
  /// The page number, in DMA virtual address space, of index 0.
  public var basePage: UInt64 { core.options.basePage }
  /// The pages that are free now; those in quarantine are not.
  public var freePages: Int { core.heap.state.pointee.freePages }

  /// Allocates so many pages anywhere.
  ///
  /// - Returns: The first page.
  /// - Throws: `AllocationError`, with the limit that was met.
  @inlinable @inline(__always)
  public mutating func allocate(pages: Int) throws(AllocationError) -> Int {
    guard let start = allocateIfPossible(pages: pages) else { try core.refuse(pages) }
    return start
  }

  /// Allocates so many pages anywhere, where a refusal needs no reason.
  ///
  /// This is for callers that would ask elsewhere, or later: an error goes through the runtime, whose
  /// code is not in cache where refusals are rare.
  ///
  /// - Returns: The first page; `nil` where ``allocate(pages:)`` would throw.
  @inlinable @inline(__always)
  public mutating func allocateIfPossible(pages: Int) -> Int? {
    makeUnique()
    let start = core.heap.popFront(pages: pages)
    if start >= 0 { return start }
    let beyond = core.allocateBeyondFronts(pages)
    return beyond >= 0 ? beyond : nil
  }

  /// Takes back a range that was allocated.
  ///
  /// - Parameters:
  ///   - start: Its first page.
  ///   - pages: Its length as it was asked for, without guard pages.
  /// - Throws: `FreeError` when no such range is allocated.
  @inlinable @inline(__always)
  public mutating func free(start: Int, pages: Int) throws(FreeError) {
    makeUnique()
    if core.heap.pushFront(start: start, pages: pages) { return }
    try core.freeBeyondFronts(start: start, pages: pages)
  }

  /// Allocates pages with limits on where they may lie.
  ///
  /// - Returns: The first page.
  /// - Throws: `AllocationError`, with the limit that was met.
  public mutating func allocate(_ request: AllocationRequest) throws(AllocationError) -> Int {
    makeUnique()
    return try core.allocate(request)
  }

  /// Starts a request: allocates at once, or asks for a choice when the policy is a custom one.
  ///
  /// Nothing is held between the question and the answer; an answer that is no longer free is
  /// refused.
  ///
  /// - Throws: `AllocationError`, with the limit that was met.
  public mutating func begin(_ request: AllocationRequest) throws(AllocationError) -> AllocationStep
  {
    guard options.policy == .custom else { return .placed(start: try allocate(request)) }
    _ = try core.checked(request)
    return .choose(from: runs.filter { $0.kind == .free })
  }

  /// Allocates at a page chosen from outside, under any policy.
  ///
  /// - Returns: The first page, which is `start`.
  /// - Throws: `AllocationError.badPlace` when the range is not free or breaks a limit of the
  ///   request.
  @discardableResult
  public mutating func place(
    _ request: AllocationRequest, at start: Int
  ) throws(AllocationError) -> Int {
    makeUnique()
    return try core.place(request, at: start)
  }

  /// Carves out pages that are never given.
  ///
  /// This is for the private part of a window, and for entries that firmware left behind. Reserved
  /// pages may be named again.
  ///
  /// - Throws: `WindowError` when the range is not inside the window, or any page of it is in use;
  ///   then nothing is reserved.
  public mutating func reserve(start: Int, pages: Int) throws(WindowError) {
    makeUnique()
    try core.reserve(start: start, pages: pages)
  }

  /// Calls with the allocator for a series of operations, of which none has to ask again whether
  /// the memory is shared.
  ///
  /// This is for inner loops: the question costs as much as an allocation out of a front stack.
  @inlinable
  public mutating func withSession<Result, Failure: Error>(
    _ body: (inout AllocatorSession) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    makeUnique()
    var session = AllocatorSession(core: core)
    return try body(&session)
  }

  /// Copies the memory when another allocator shares it.
  @inlinable @inline(__always)
  mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&core) { detach() }
  }

  @usableFromInline @inline(never)
  mutating func detach() { core = core.copy() }
}
