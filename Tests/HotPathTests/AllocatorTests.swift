import Negotiation
import Testing

@Suite("Allocations on the heap by the allocator", .countsAllocations)
struct AllocatorTests {
  @Test("The counter counts: an array is an allocation")
  func counter() {
    var kept: [[Int]] = []
    kept.reserveCapacity(40)
    #expect(allocations(times: 10) { kept.append(Array(repeating: kept.count, count: 40)) } == 10)
    #expect(kept.last?.first == 19)
  }

  @Test("A pair of allocate and free asks for no memory", arguments: [1, 16, 64, 600])
  func pair(pages: Int) throws {
    var allocator = try DVAAllocator(pageCount: 1 << 14)
    let asked = try allocations {
      let start = try allocator.allocate(pages: pages)
      try allocator.free(start: start, pages: pages)
    }
    #expect(asked == 0)
  }

  @Test("Nor does one while space is short, or with limits")
  func short() throws {
    var allocator = try DVAAllocator(pageCount: 1 << 12)
    for _ in 0..<31 { _ = try allocator.allocate(pages: 128) }
    let limited = AllocationRequest(pages: 3, alignment: 4, boundary: 16)
    let asked = try allocations {
      let one = try allocator.allocate(pages: 1)
      let many = try allocator.allocate(pages: 40)
      let third = try allocator.allocate(limited)
      try allocator.free(start: one, pages: 1)
      try allocator.free(start: many, pages: 40)
      try allocator.free(start: third, pages: 3)
    }
    #expect(asked == 0)
  }

  @Test("A refusal without a reason asks for no memory")
  func refusal() throws {
    var allocator = try DVAAllocator(pageCount: 1 << 12)
    for _ in 0..<32 { _ = try allocator.allocate(pages: 128) }
    for start in [0, 256] { try allocator.free(start: start, pages: 128) }
    var given = 0
    let asked = allocations {
      if allocator.allocateIfPossible(pages: 129) != nil { given += 1 }
    }
    #expect(asked == 0 && given == 0)
  }
}
