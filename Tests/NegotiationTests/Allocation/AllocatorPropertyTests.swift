import Negotiation
import Sun4v
import Testing

/// One allocator beside the plain model of it.
private struct Pair {
  var allocator: DVAAllocator
  var window: PlainWindow
  var live: [(start: Int, pages: Int, guardPages: Int)] = []
  var waiting: [(start: Int, pages: Int)] = []
  let quarantine: QuarantineLimit?

  init(pageCount: Int, options: AllocatorOptions) throws {
    allocator = try DVAAllocator(pageCount: pageCount, options: options)
    window = PlainWindow(pageCount: pageCount, basePage: options.basePage)
    quarantine = options.quarantine
  }

  /// Allocates on both sides; the allocator must give what the model permits, and may refuse only
  /// what the model has no room for.
  mutating func allocate(_ request: AllocationRequest, isExact: Bool) -> String? {
    let early = allocator.counters.earlyReleases
    let unconstrained = AllocationRequest(pages: request.pages, requester: request.requester)
    let start: Int?
    do {
      start =
        request == unconstrained && allocator.options.policy == .binned
        ? try allocator.allocate(pages: request.pages) : try allocator.allocate(request)
    } catch {
      start = nil
    }
    for _ in early..<allocator.counters.earlyReleases {
      let range = waiting.removeFirst()
      window.mark(.free, start: range.start, pages: range.pages)
    }
    guard let start else {
      return isExact && window.hasRoom(for: request) ? "refused \(request), which fits" : nil
    }
    guard window.accepts(request, at: start) else { return "placed \(request) at \(start)" }
    note(request, at: start)
    return nil
  }

  mutating func place(_ request: AllocationRequest, at start: Int) -> String? {
    let fits = window.accepts(request, at: start)
    let placed = (try? allocator.place(request, at: start)) != nil
    guard fits == placed else { return "placing \(request) at \(start): \(placed)" }
    if placed { note(request, at: start) }
    return nil
  }

  private mutating func note(_ request: AllocationRequest, at start: Int) {
    window.mark(.used, start: start, pages: request.pages)
    window.mark(.guarding, start: start + request.pages, pages: request.guardPages)
    live.append((start, request.pages, request.guardPages))
  }

  /// Frees on both sides; only what is live, at its length, may be accepted.
  mutating func free(start: Int, pages: Int) -> String? {
    let index = live.firstIndex { $0.start == start && $0.pages == pages }
    let freed = (try? allocator.free(start: start, pages: pages)) != nil
    guard freed == (index != nil) else { return "free of \(pages) at \(start): \(freed)" }
    guard let index else { return nil }
    let range = live.remove(at: index)
    let total = range.pages + range.guardPages
    guard let quarantine else {
      window.mark(.free, start: start, pages: total)
      return nil
    }
    window.mark(.quarantined, start: start, pages: total)
    waiting.append((start, total))
    while waiting.count > quarantine.ranges
      || waiting.reduce(0, { $0 + $1.pages }) > quarantine.pages
    {
      let oldest = waiting.removeFirst()
      window.mark(.free, start: oldest.start, pages: oldest.pages)
    }
    return nil
  }

  mutating func reserve(start: Int, pages: Int) -> String? {
    let isInside = start >= 0 && pages > 0 && start + pages <= window.pages.count
    let fits =
      isInside
      && window.pages[start..<start + pages].allSatisfy { $0 == .free || $0 == .reserved }
    let reserved = (try? allocator.reserve(start: start, pages: pages)) != nil
    if reserved { window.mark(.reserved, start: start, pages: pages) }
    return fits == reserved ? nil : "reserving \(pages) at \(start): \(reserved)"
  }

  func differences() -> [String] {
    var found = allocator.checkInvariants()
    if let page = window.firstDifference(from: allocator) { found.append("page \(page) differs") }
    let free = window.pages.count { $0 == .free }
    if allocator.freePages != free { found.append("\(allocator.freePages) free, not \(free)") }
    return found
  }
}

@Suite struct AllocatorPropertyTests {
  struct Setting: Sendable, CustomTestStringConvertible {
    let pageCount: Int
    let options: AllocatorOptions
    /// The pages of most requests, at most.
    var usual: UInt32 = 12
    var testDescription: String {
      "\(options.policy.rawValue), \(pageCount) pages"
        + (options.quarantine == nil ? "" : ", quarantine")
    }
  }

  static let settings: [Setting] = [
    Setting(pageCount: 700, options: .init(basePage: 5)),
    Setting(pageCount: 190, options: .init()),
    Setting(pageCount: 3500, options: .init(), usual: 450),
    Setting(pageCount: 7, options: .init(basePage: 3)),
    Setting(
      pageCount: 200, options: .init(quarantine: .init(pages: 30, ranges: 9), basePage: 9)),
    Setting(pageCount: 190, options: .init(policy: .firstFit, basePage: 1)),
    Setting(pageCount: 190, options: .init(policy: .nextFit)),
    Setting(
      pageCount: 190, options: .init(policy: .bestFit, quarantine: .init(pages: 20), basePage: 7)),
    Setting(pageCount: 400, options: .init(policy: .linuxPools)),
  ]

  #if DEBUG
    static let steps = 26_000
  #else
    static let steps = 130_000
  #endif

  /// Allocations with every limit, good and bad frees, fixed places, reservations and copies that go
  /// their own ways, against one value a page.
  @Test(arguments: settings) func agreesWithAPlainWindow(setting: Setting) throws {
    var random = SeededGenerator(seed: UInt64(setting.pageCount))
    var pair = try Pair(pageCount: setting.pageCount, options: setting.options)
    var copies: [Pair] = []
    let isExact = setting.options.policy != .linuxPools
    // The model costs a step for each page.
    for step in 0..<Self.steps / max(1, setting.pageCount / 700) {
      if let wrong = act(&pair, isExact: isExact, usual: setting.usual, &random) {
        Issue.record("step \(step): \(wrong)")
        return
      }
      switch random.below(400) {
      case 0 where copies.count < 6: copies.append(pair)
      case 1 where !copies.isEmpty:
        let index = Int(random.below(UInt32(copies.count)))
        swap(&pair, &copies[index])
      case 2 where !copies.isEmpty:
        let index = Int(random.below(UInt32(copies.count)))
        let gone = copies.remove(at: index)
        #expect(gone.differences() == [])
      case 3...5: #expect(pair.differences() == [])
      default: break
      }
    }
    for copy in copies + [pair] { #expect(copy.differences() == []) }
  }

  private func act(
    _ pair: inout Pair, isExact: Bool, usual: UInt32, _ random: inout SeededGenerator
  ) -> String? {
    let pageCount = UInt32(pair.window.pages.count)
    switch random.below(100) {
    case ..<45: return pair.allocate(request(&random, pageCount, usual), isExact: isExact)
    case ..<85:
      guard !pair.live.isEmpty else { return nil }
      let range = pair.live[Int(random.below(UInt32(pair.live.count)))]
      return pair.free(start: range.start, pages: range.pages)
    case ..<97:
      return pair.free(
        start: Int(random.below(pageCount + 2)) - 1, pages: Int(random.below(6)))
    case ..<99:
      return pair.place(
        request(&random, pageCount, usual), at: Int(random.below(pageCount + 2)) - 1)
    default:
      // A few pages at most: a window full of reservations tests nothing.
      guard pair.window.pages.count(where: { $0 == .reserved }) < Int(pageCount) / 10 else {
        return nil
      }
      return pair.reserve(start: Int(random.below(pageCount)), pages: 1 + Int(random.below(3)))
    }
  }

  private func request(
    _ random: inout SeededGenerator, _ pageCount: UInt32, _ usual: UInt32
  ) -> AllocationRequest {
    let largest: UInt32 = random.below(20) == 0 ? pageCount : usual
    var request = AllocationRequest(
      pages: Int(1 + random.below(largest)), requester: Int(random.below(64)))
    guard random.below(2) == 0 else { return request }
    if random.below(2) == 0 { request.alignment = 1 << Int(random.below(6)) }
    if random.below(3) == 0 { request.boundary = 1 << Int(random.below(7)) }
    if random.below(4) == 0 { request.highestPage = Int(random.below(pageCount)) }
    if random.below(3) == 0 { request.guardPages = Int(random.below(3)) }
    return request
  }

  /// The trace of the benchmark's kind on the default policy alone: long, and checked at the end.
  @Test func survivesALongMixedTrace() throws {
    #if DEBUG
      let steps = 100_000
    #else
      let steps = 1_000_000
    #endif
    var random = SeededGenerator(seed: 42)
    var allocator = try DVAAllocator(pageCount: 1 << 14)
    var live: [(start: Int, pages: Int)] = []
    var owner = [Int32](repeating: 0, count: 1 << 14)
    for step in 1...steps {
      let pages = Int(random.below(10) < 7 ? 1 : 1 + random.below(80))
      if random.below(100) < 54, let start = try? allocator.allocate(pages: pages) {
        for page in start..<start + pages {
          if owner[page] != 0 { Issue.record("page \(page) was given twice") }
          owner[page] = Int32(step)
        }
        live.append((start, pages))
      } else if !live.isEmpty {
        let index = Int(random.below(UInt32(live.count)))
        let range = live[index]
        live[index] = live[live.count - 1]
        live.removeLast()
        try allocator.free(start: range.start, pages: range.pages)
        for page in range.start..<range.start + range.pages { owner[page] = 0 }
      }
    }
    #expect(allocator.checkInvariants() == [])
    #expect(allocator.freePages == owner.count { $0 == 0 })
    #expect(allocator.statistics().usedRanges == live.count)
    #expect(
      allocator.counters.allocations - allocator.counters.frees == UInt64(live.count))
    for range in live { try allocator.free(start: range.start, pages: range.pages) }
    #expect(try allocator.allocate(pages: 1 << 14) == 0)
  }
}
