import Negotiation
import Sun4v
import Testing

@Suite struct DVAAllocatorTests {
  @Test func givesAndTakesBack() throws {
    var allocator = try DVAAllocator(pageCount: 64)
    let a = try allocator.allocate(pages: 4)
    let b = try allocator.allocate(pages: 60)
    #expect(a == 0 && b == 4)
    #expect(throws: AllocationError.noSpace(requested: 1, largestFreeRun: 0)) {
      try allocator.allocate(pages: 1)
    }
    try allocator.free(start: a, pages: 4)
    #expect(allocator.freePages == 4)
    #expect(throws: AllocationError.noSpace(requested: 5, largestFreeRun: 4)) {
      try allocator.allocate(pages: 5)
    }
    try allocator.free(start: b, pages: 60)
    #expect(try allocator.allocate(pages: 64) == 0)
    #expect(allocator.checkInvariants().isEmpty)
  }

  @Test(arguments: [
    (AllocationRequest(pages: 0), AllocationError.noPages(requested: 0)),
    (AllocationRequest(pages: -3), .noPages(requested: -3)),
    (AllocationRequest(pages: .min), .noPages(requested: .min)),
    (AllocationRequest(pages: 65), .tooLarge(requested: 65, limit: 64)),
    (AllocationRequest(pages: .max), .tooLarge(requested: .max, limit: 64)),
    (AllocationRequest(pages: 1, guardPages: .max), .tooLarge(requested: 1, limit: 64)),
    (AllocationRequest(pages: 1, alignment: 3), .badAlignment(3)),
    (AllocationRequest(pages: 1, alignment: 0), .badAlignment(0)),
    (AllocationRequest(pages: 1, alignment: .min), .badAlignment(.min)),
    (AllocationRequest(pages: 1, boundary: 6), .badBoundary(6)),
    (AllocationRequest(pages: 9, boundary: 8), .boundaryTooSmall(requested: 9, boundary: 8)),
    (AllocationRequest(pages: 1, guardPages: -1), .badGuard(-1)),
    (
      AllocationRequest(pages: 4, highestPage: 2), .limitTooLow(requested: 4, highestPage: 2)
    ),
    (
      AllocationRequest(pages: 1, highestPage: -9), .limitTooLow(requested: 1, highestPage: -9)
    ),
    (
      AllocationRequest(pages: 1, highestPage: .min),
      .limitTooLow(requested: 1, highestPage: .min)
    ),
    (
      AllocationRequest(pages: 1, alignment: 1 << 40),
      .alignmentImpossible(requested: 1, alignment: 1 << 40)
    ),
  ])
  func refusesWhatCannotBe(request: AllocationRequest, error: AllocationError) throws {
    var allocator = try DVAAllocator(pageCount: 64, options: .init(basePage: 3))
    let before = allocator
    #expect(throws: error) { try allocator.allocate(request) }
    #expect(allocator == before)
    #expect(!error.message.isEmpty && !error.code.isEmpty)
  }

  @Test(
    "Without a reason the same is given, refused and counted as with one",
    arguments: [(AllocationPolicy.binned, false), (.binned, true), (.firstFit, false)])
  func withoutReason(policy: AllocationPolicy, waits: Bool) throws {
    let options = AllocatorOptions(policy: policy, quarantine: waits ? .init(pages: 64) : nil)
    var told = try DVAAllocator(pageCount: 1024, options: options)
    var untold = told
    var random = SeededGenerator(seed: 5)
    var live: [(start: Int, pages: Int)] = []
    for _ in 0..<4000 {
      if random.below(100) < 55 {
        let pages = Int(random.below(80)) - 1
        let start = try? told.allocate(pages: pages)
        #expect(untold.allocateIfPossible(pages: pages) == start)
        if let start { live.append((start, pages)) }
      } else if !live.isEmpty {
        let range = live.remove(at: Int(random.below(UInt32(live.count))))
        try told.free(start: range.start, pages: range.pages)
        try untold.free(start: range.start, pages: range.pages)
      }
    }
    #expect(told.counters.refusals > 100 && told.counters == untold.counters)
    #expect(told == untold && untold.checkInvariants().isEmpty)
    let session = untold.withSession {
      ($0.allocateIfPossible(pages: 0), $0.allocateIfPossible(pages: 1025))
    }
    #expect(session == (nil, nil))
  }

  @Test func aPolicyThatMustChooseGivesNothingItself() throws {
    var allocator = try DVAAllocator(pageCount: 64, options: .init(policy: .custom))
    #expect(throws: AllocationError.policyMustChoose) { try allocator.allocate(pages: 1) }
    #expect(allocator.allocateIfPossible(pages: 1) == nil)
    #expect(allocator.counters.refusals == 0)
  }

  @Test func refusesWrongFrees() throws {
    var allocator = try DVAAllocator(pageCount: 64)
    try allocator.reserve(start: 40, pages: 24)
    let range = try allocator.allocate(pages: 4)
    let guarded = try allocator.allocate(AllocationRequest(pages: 2, guardPages: 1))
    let gone = try allocator.allocate(pages: 3)
    try allocator.free(start: gone, pages: 3)
    let before = allocator
    let wrong: [(Int, Int, FreeError)] = [
      (range, 3, .wrongLength(start: range, claimed: 3, allocated: 4)),
      (range, 5, .wrongLength(start: range, claimed: 5, allocated: 4)),
      (range + 1, 3, .notAllocated(start: range + 1)),
      (guarded, 3, .wrongLength(start: guarded, claimed: 3, allocated: 2)),
      (guarded + 2, 1, .notYours(start: guarded + 2)),
      (gone, 3, .alreadyFree(start: gone)),
      (40, 24, .notYours(start: 40)),
      (41, 1, .notAllocated(start: 41)),
      (63, 2, .outsideWindow(start: 63, pages: 2)),
      (-1, 1, .outsideWindow(start: -1, pages: 1)),
      (64, 1, .outsideWindow(start: 64, pages: 1)),
      (0, 0, .outsideWindow(start: 0, pages: 0)),
      (.max, .max, .outsideWindow(start: .max, pages: .max)),
      (.min, .min, .outsideWindow(start: .min, pages: .min)),
      (0, 1 << 32 + 4, .outsideWindow(start: 0, pages: 1 << 32 + 4)),
    ]
    for (start, pages, error) in wrong {
      #expect(throws: error) { try allocator.free(start: start, pages: pages) }
      #expect(allocator == before)
      #expect(!error.message.isEmpty && !error.code.isEmpty)
    }
    #expect(allocator.counters.refusedFrees == UInt64(wrong.count))
    try allocator.free(start: range, pages: 4)
    try allocator.free(start: guarded, pages: 2)
    #expect(allocator.freePages == 40)
    #expect(allocator.checkInvariants().isEmpty)
  }

  @Test func meetsLimits() throws {
    var allocator = try DVAAllocator(pageCount: 1024, options: .init(basePage: 1))
    #expect(try allocator.allocate(AllocationRequest(pages: 3, alignment: 16)) == 15)
    #expect(try allocator.allocate(AllocationRequest(pages: 14, boundary: 16)) == 0)
    // Page 14 is left below; two pages without a crossing have to go above.
    #expect(try allocator.allocate(AllocationRequest(pages: 2, boundary: 16)) == 18)
    #expect(try allocator.allocate(AllocationRequest(pages: 1, highestPage: 14)) == 14)
    #expect(throws: AllocationError.noSpace(requested: 1, largestFreeRun: 1004)) {
      try allocator.allocate(AllocationRequest(pages: 1, highestPage: 14))
    }
    #expect(allocator.checkInvariants().isEmpty)
  }

  @Test func reservesFixedRanges() throws {
    var allocator = try DVAAllocator(pageCount: 100)
    try allocator.reserve(start: 10, pages: 10)
    try allocator.reserve(start: 5, pages: 20)
    #expect(allocator.freePages == 80)
    let range = try allocator.allocate(pages: 5)
    #expect(range == 0)
    let before = allocator
    #expect(throws: WindowError.inUse(page: 0)) { try allocator.reserve(start: 0, pages: 50) }
    #expect(throws: WindowError.badRange(start: 90, pages: 11)) {
      try allocator.reserve(start: 90, pages: 11)
    }
    #expect(throws: WindowError.badRange(start: -1, pages: .max)) {
      try allocator.reserve(start: -1, pages: .max)
    }
    #expect(allocator == before)
    #expect(
      allocator.runs.filter { $0.kind == .reserved }.reduce(0) { $0 + $1.pages } == 20)
    #expect(allocator.checkInvariants().isEmpty)
  }

  @Test func refusesWindowsThatCannotBe() {
    let limit = DVAAllocator.maximumPageCount
    for count in [0, -1, limit + 1, .max, .min] {
      #expect(throws: WindowError.badPageCount(count, limit: limit)) {
        try DVAAllocator(pageCount: count)
      }
    }
    #expect(throws: WindowError.badBasePage(.max)) {
      try DVAAllocator(pageCount: 1, options: .init(basePage: .max))
    }
  }

  @Test func costsNothingWhereUntouched() throws {
    var allocator = try DVAAllocator(pageCount: DVAAllocator.maximumPageCount)
    _ = try allocator.allocate(pages: 7)
    #expect(allocator.touchedBytes < 40 << 20)
    let copy = allocator
    _ = try allocator.allocate(pages: 7)
    #expect(copy.freePages - allocator.freePages == 7)
  }

  @Test func quarantineDelaysReuse() throws {
    var allocator = try DVAAllocator(
      pageCount: 8, options: .init(quarantine: .init(pages: 4, ranges: 2)))
    let starts = try (0..<4).map { _ in try allocator.allocate(pages: 2) }
    try allocator.free(start: starts[1], pages: 2)
    try allocator.free(start: starts[2], pages: 2)
    #expect(allocator.freePages == 0)
    #expect(throws: FreeError.alreadyFree(start: starts[1])) {
      try allocator.free(start: starts[1], pages: 2)
    }
    try allocator.free(start: starts[3], pages: 2)
    #expect(allocator.freePages == 2)
    #expect(try allocator.allocate(pages: 2) == starts[1])
    // Nothing is free, but a refusal would be worse than an early reuse: the oldest goes first.
    #expect(try allocator.allocate(pages: 2) == starts[2])
    #expect(allocator.counters.earlyReleases == 1)
    #expect(allocator.checkInvariants().isEmpty)
  }

  @Test func nothingWaitsWhileSpaceIsScarce() throws {
    var allocator = try DVAAllocator(pageCount: 1024)
    for _ in 0..<1024 { _ = try allocator.allocate(pages: 1) }
    for page in 0..<200 { try allocator.free(start: 2 * page, pages: 1) }
    #expect(throws: AllocationError.noSpace(requested: 2, largestFreeRun: 1)) {
      try allocator.allocate(pages: 2)
    }
    #expect(allocator.counters.frontFrees == 0 && allocator.counters.frontDrains == 0)
    #expect(allocator.counters.refusals == 1)
    for page in 0..<200 { try allocator.free(start: 2 * page + 1, pages: 1) }
    #expect(try allocator.allocate(pages: 400) == 0)
    #expect(allocator.checkInvariants() == [])
  }
}
