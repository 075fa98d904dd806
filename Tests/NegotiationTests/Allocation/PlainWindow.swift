import Negotiation
import Sun4v

/// The plainest model of a window: one value a page, searched page by page.
struct PlainWindow {
  /// The pages; what each belongs to.
  private(set) var pages: [PageRun.Kind]
  /// The number of address space of page 0.
  let basePage: UInt64

  init(pageCount: Int, basePage: UInt64) {
    pages = Array(repeating: .free, count: pageCount)
    self.basePage = basePage
  }

  /// Whether the request could lie at a page, with what is in use now.
  func accepts(_ request: AllocationRequest, at start: Int) -> Bool {
    let end = start + request.pages
    let total = end + request.guardPages
    guard start >= 0, total <= pages.count, end - 1 <= request.highestPage ?? .max else {
      return false
    }
    let first = basePage + UInt64(start)
    let last = first + UInt64(request.pages) - 1
    guard first % UInt64(request.alignment) == 0 else { return false }
    if let boundary = request.boundary, first / UInt64(boundary) != last / UInt64(boundary) {
      return false
    }
    return pages[start..<total].allSatisfy { $0 == .free }
  }

  /// Whether the request could lie anywhere, with what is in use now.
  func hasRoom(for request: AllocationRequest) -> Bool {
    pages.indices.contains { accepts(request, at: $0) }
  }

  mutating func mark(_ kind: PageRun.Kind, start: Int, pages count: Int) {
    for page in start..<start + count { pages[page] = kind }
  }

  /// Where the allocator's runs say something else.
  func firstDifference(from allocator: DVAAllocator) -> Int? {
    var page = 0
    for run in allocator.runs {
      for _ in 0..<run.pages {
        if pages[page] != run.kind { return page }
        page += 1
      }
    }
    return page == pages.count ? nil : page
  }
}
