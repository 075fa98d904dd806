/// Why the allocator refused a request; it is unchanged afterwards.
public enum AllocationError: Error, Hashable, Sendable {
  /// A request for no pages, or for a negative number of them.
  case noPages(requested: Int)
  /// More pages (guard included) than the window, or the policy's pool, has at all.
  case tooLarge(requested: Int, limit: Int)
  /// An alignment that is not a power of two.
  case badAlignment(Int)
  /// A segment boundary that is not a power of two.
  case badBoundary(Int)
  /// More pages than lie between two multiples of the boundary.
  case boundaryTooSmall(requested: Int, boundary: Int)
  /// A negative number of guard pages.
  case badGuard(Int)
  /// The highest page permitted is below the last page of the lowest possible place.
  case limitTooLow(requested: Int, highestPage: Int)
  /// No page of the window, even an empty one, satisfies the alignment together with the limits.
  case alignmentImpossible(requested: Int, alignment: Int)
  /// Nothing that is free now fits; the longest free run is given in pages.
  case noSpace(requested: Int, largestFreeRun: Int)
  /// The policy is a custom one: take a step with ``DVAAllocator/begin(_:)`` and answer it.
  case policyMustChoose
  /// The place chosen from outside is not free, or breaks a limit of the request.
  case badPlace(start: Int)

  /// A short stable name of the case.
  public var code: String {
    switch self {
    case .noPages: "no_pages"
    case .tooLarge: "too_large"
    case .badAlignment: "bad_alignment"
    case .badBoundary: "bad_boundary"
    case .boundaryTooSmall: "boundary_too_small"
    case .badGuard: "bad_guard"
    case .limitTooLow: "limit_too_low"
    case .alignmentImpossible: "alignment_impossible"
    case .noSpace: "no_space"
    case .policyMustChoose: "policy_must_choose"
    case .badPlace: "bad_place"
    }
  }

  /// One sentence: what was wrong, and what would be right.
  public var message: String {
    switch self {
    case .noPages(let requested):
      "a request for \(requested) pages; ask for 1 or more"
    case .tooLarge(let requested, let limit):
      "a request for \(requested) pages, guard included; at most \(limit) can ever be given"
    case .badAlignment(let alignment):
      "an alignment of \(alignment) pages; it must be a power of two"
    case .badBoundary(let boundary):
      "a segment boundary of \(boundary) pages; it must be a power of two"
    case .boundaryTooSmall(let requested, let boundary):
      "a request for \(requested) pages with a segment boundary of \(boundary) pages; "
        + "ask for no more than the boundary"
    case .badGuard(let pages):
      "\(pages) guard pages; it must be 0 or more"
    case .limitTooLow(let requested, let highest):
      "no \(requested) pages lie at or below page \(highest)"
    case .alignmentImpossible(let requested, let alignment):
      "no place in the window for \(requested) pages is aligned to \(alignment) pages "
        + "within the limits of the request"
    case .noSpace(let requested, let largest):
      "no free place for \(requested) pages within the limits of the request; "
        + "the longest free run has \(largest) pages"
    case .policyMustChoose:
      "the policy is a custom one and was not asked; begin a step and answer it"
    case .badPlace(let start):
      "the range at page \(start) is not free, or breaks a limit of the request"
    }
  }
}

/// Why the allocator refused to take a range back; it is unchanged afterwards.
public enum FreeError: Error, Hashable, Sendable {
  /// The range does not lie in the window.
  case outsideWindow(start: Int, pages: Int)
  /// No allocated range starts at the page: it is inside one, or in free space.
  case notAllocated(start: Int)
  /// A range starts at the page, but has another length.
  case wrongLength(start: Int, claimed: Int, allocated: Int)
  /// The range was freed before and waits for its reuse.
  case alreadyFree(start: Int)
  /// The page belongs to a range that was carved out, or to guard pages.
  case notYours(start: Int)

  /// A short stable name of the case.
  public var code: String {
    switch self {
    case .outsideWindow: "outside_window"
    case .notAllocated: "not_allocated"
    case .wrongLength: "wrong_length"
    case .alreadyFree: "already_free"
    case .notYours: "not_yours"
    }
  }

  /// One sentence: what was wrong, and what would be right.
  public var message: String {
    switch self {
    case .outsideWindow(let start, let pages):
      "a free of \(pages) pages at page \(start), which is not inside the window"
    case .notAllocated(let start):
      "no allocated range starts at page \(start)"
    case .wrongLength(let start, let claimed, let allocated):
      "a free of \(claimed) pages at page \(start), where \(allocated) pages are allocated"
    case .alreadyFree(let start):
      "the range at page \(start) is free already"
    case .notYours(let start):
      "page \(start) is reserved or a guard page, and is never freed by a caller"
    }
  }
}

/// Why an allocator could not be made, or a range not carved out of it.
public enum WindowError: Error, Hashable, Sendable {
  /// A window of no pages, or of more than the allocator can number.
  case badPageCount(Int, limit: Int)
  /// A base page beyond 64-bit addresses.
  case badBasePage(UInt64)
  /// The system gave no memory for the tags.
  case outOfMemory(pages: Int)
  /// The range to carve out is empty or not inside the window.
  case badRange(start: Int, pages: Int)
  /// A page of the range to carve out is in use.
  case inUse(page: Int)

  /// A short stable name of the case.
  public var code: String {
    switch self {
    case .badPageCount: "bad_page_count"
    case .badBasePage: "bad_base_page"
    case .outOfMemory: "out_of_memory"
    case .badRange: "bad_range"
    case .inUse: "in_use"
    }
  }

  /// One sentence: what was wrong, and what would be right.
  public var message: String {
    switch self {
    case .badPageCount(let pages, let limit):
      "a window of \(pages) pages; it must have 1 to \(limit)"
    case .badBasePage(let page):
      "a window that starts at page \(page), beyond 64-bit addresses"
    case .outOfMemory(let pages):
      "no memory for the tables of a window of \(pages) pages"
    case .badRange(let start, let pages):
      "\(pages) pages at page \(start) are not a range of the window"
    case .inUse(let page):
      "page \(page) is in use and cannot be reserved"
    }
  }
}
