import Negotiation
import Sun4v
import Testing

/// Ranges that are longer than those with bins of their own: scatter lists as a whole.
@Suite struct LongRangeTests {
  @Test func aRangeServesTheNextOfAnotherLength() throws {
    var allocator = try DVAAllocator(pageCount: 1 << 14)
    let first = try allocator.allocate(pages: 600)
    let second = try allocator.allocate(pages: 600)
    for length in [600, 620, 590, 640, 560] {
      let before = allocator.counters.frontAllocations
      try allocator.free(
        start: first, pages: allocator.runs.first { $0.start == first }?.pages ?? 0)
      #expect(allocator.checkInvariants() == [])
      #expect(try allocator.allocate(pages: length) == first)
      #expect(allocator.counters.frontAllocations == before + 1)
      #expect(allocator.checkInvariants() == [])
    }
    #expect(allocator.runs.first { $0.start == second }?.pages == 600)
    #expect(allocator.freePages == (1 << 14) - 560 - 600)
    #expect(allocator.counters.allocations - allocator.counters.frees == 2)
  }

  @Test func aMuchShorterRequestIsCutFromAHole() throws {
    var allocator = try DVAAllocator(pageCount: 1 << 14)
    let long = try allocator.allocate(pages: 4000)
    try allocator.free(start: long, pages: 4000)
    let short = try allocator.allocate(pages: 300)
    #expect(short != long)
    #expect(try allocator.allocate(pages: 4000) == long)
    #expect(allocator.checkInvariants() == [])
  }

  @Test func wrongFreesAreRefused() throws {
    var allocator = try DVAAllocator(pageCount: 1 << 14)
    let start = try allocator.allocate(pages: 600)
    let before = allocator
    let wrong: [(Int, Int, FreeError)] = [
      (start, 599, .wrongLength(start: start, claimed: 599, allocated: 600)),
      (start, 675, .wrongLength(start: start, claimed: 675, allocated: 600)),
      (start + 600, 75, .alreadyFree(start: start + 600)),
      (start + 601, 1, .notAllocated(start: start + 601)),
      (start + 1, 599, .notAllocated(start: start + 1)),
    ]
    for (start, pages, error) in wrong {
      #expect(throws: error) { try allocator.free(start: start, pages: pages) }
      #expect(allocator == before)
    }
    try allocator.free(start: start, pages: 600)
    #expect(throws: FreeError.alreadyFree(start: start)) {
      try allocator.free(start: start, pages: 600)
    }
    #expect(allocator.checkInvariants() == [])
  }

  @Test func slackIsFreeForWhoeverNeedsIt() throws {
    var allocator = try DVAAllocator(pageCount: 4096)
    let list = try allocator.allocate(pages: 600)
    #expect(list == 0)
    #expect(
      Array(allocator.runs).map(\.kind) == [.used, .free],
      "slack and the hole behind it are one run")
    // Only slack and the hole together are so long.
    #expect(try allocator.allocate(pages: 4096 - 600) == 600)
    #expect(allocator.freePages == 0)
    try allocator.free(start: 600, pages: 4096 - 600)
    try allocator.free(start: 0, pages: 600)
    #expect(try allocator.allocate(pages: 4096) == 0)
    #expect(allocator.checkInvariants() == [])
  }

  @Test func slackIsJoinedWhileSpaceIsShort() throws {
    var allocator = try DVAAllocator(pageCount: 1 << 14)
    let lists = try (0..<20).map { _ in try allocator.allocate(pages: 600) }
    for list in lists.prefix(3) { try allocator.free(start: list, pages: 600) }
    let rest = try (0..<4).map { _ in try allocator.allocate(pages: 800) }
    for _ in 0..<20 {
      let page = try allocator.allocate(pages: 40)
      try allocator.free(start: page, pages: 40)
    }
    #expect(allocator.checkInvariants() == [])
    for start in rest { try allocator.free(start: start, pages: 800) }
    for list in lists.dropFirst(3) { try allocator.free(start: list, pages: 600) }
    #expect(allocator.freePages == 1 << 14)
    #expect(try allocator.allocate(pages: 1 << 14) == 0)
  }

  @Test func reservationsTakeSlack() throws {
    var allocator = try DVAAllocator(pageCount: 1 << 14)
    let list = try allocator.allocate(pages: 600)
    try allocator.reserve(start: list + 600, pages: 100)
    try allocator.free(start: list, pages: 600)
    #expect(allocator.checkInvariants() == [])
    #expect(allocator.runs.first { $0.kind == .reserved }?.pages == 100)
  }

  @Test func copiesGoTheirOwnWays() throws {
    var allocator = try DVAAllocator(pageCount: 1 << 14)
    let list = try allocator.allocate(pages: 600)
    _ = try allocator.allocate(pages: 700)
    var copy = allocator
    try allocator.free(start: list, pages: 600)
    #expect(allocator != copy)
    try copy.free(start: list, pages: 600)
    #expect(allocator == copy && allocator.hashValue == copy.hashValue)
    #expect(try copy.allocate(pages: 610) == allocator.allocate(pages: 610))
    #expect(allocator.checkInvariants() + copy.checkInvariants() == [])
  }

  @Test func plentyOfFreePagesInALongWindowIsNotShort() throws {
    var allocator = try DVAAllocator(pageCount: 1 << 22)
    try allocator.reserve(start: 0, pages: (1 << 22) - 300_000)
    let pages = try (0..<100).map { _ in try allocator.allocate(pages: 1) }
    for page in pages { try allocator.free(start: page, pages: 1) }
    for _ in 0..<100 { _ = try allocator.allocate(pages: 1) }
    #expect(allocator.counters.frontAllocations == 100)
  }

  /// Lists come and go while the window is now half full and now nearly full, against one value a page.
  @Test func agreesWithAPlainWindow() throws {
    var random = SeededGenerator(seed: 7)
    let pageCount = 1 << 13
    var allocator = try DVAAllocator(pageCount: pageCount)
    var window = PlainWindow(pageCount: pageCount, basePage: 0)
    var live: [(start: Int, pages: Int)] = []
    var used = 0
    for step in 0..<3000 {
      let level = step / 500 % 2 == 0 ? pageCount / 2 : pageCount * 19 / 20
      if used < level, random.below(8) > 0 {
        let request = AllocationRequest(pages: Int(250 + random.below(step % 3 == 0 ? 700 : 60)))
        guard let start = try? allocator.allocate(pages: request.pages) else {
          #expect(!window.hasRoom(for: request), "refused \(request.pages) pages, which fit")
          continue
        }
        #expect(window.accepts(request, at: start))
        window.mark(.used, start: start, pages: request.pages)
        live.append((start, request.pages))
        used += request.pages
      } else if !live.isEmpty {
        let range = live.remove(at: Int(random.below(UInt32(live.count))))
        try allocator.free(start: range.start, pages: range.pages)
        window.mark(.free, start: range.start, pages: range.pages)
        used -= range.pages
      }
      if step % 100 == 0 {
        #expect(allocator.checkInvariants() == [])
        #expect(window.firstDifference(from: allocator) == nil)
      }
    }
    #expect(allocator.counters.frontAllocations > 100)
  }
}
