import Negotiation
import Sun4v
import Testing

@Suite struct RealPageAllocatorTests {
  @Test func memoryIsGivenInPagesAndJoinedAgain() {
    var memory = RealPageAllocator(base: RealAddress(0x1100), size: 0x10_0000)
    #expect(memory.free.map(\.base) == [RealAddress(0x2000)])
    #expect(memory.freeBytes == 0xf_e000)
    let first = memory.allocate(1)
    let second = memory.allocate(8193)
    #expect(first == RealAddress(0x2000))
    #expect(second == RealAddress(0x4000))
    #expect(memory.size(at: RealAddress(0x4000)) == 16384)
    let aligned = memory.allocate(65536, alignment: 65536)
    #expect(aligned == RealAddress(0x10000))
    for address in [RealAddress(0x4000), RealAddress(0x2000), RealAddress(0x10000)] {
      let isReleased = memory.release(address)
      let isReleasedAgain = memory.release(address)
      #expect(isReleased && !isReleasedAgain)
    }
    #expect(memory == RealPageAllocator(base: RealAddress(0x2000), size: 0xf_e000))
  }

  @Test func noArgumentsMakeItTrap() {
    var memory = RealPageAllocator(base: RealAddress(.max - 0x5000), size: .max)
    #expect(memory.freeBytes == 0x4000 - 0x2000)
    for (bytes, alignment) in [(0, 1), (.max, 1), (1, 0), (1, 3), (1, 1 << 63)]
      as [(UInt64, UInt64)]
    {
      let place = memory.allocate(bytes, alignment: alignment)
      #expect(place == nil)
    }
    let isReleased = memory.release(RealAddress(.max))
    #expect(!isReleased)
    #expect(RealPageAllocator(base: RealAddress(.max), size: 5).free.isEmpty)
    #expect(RealPageAllocator(base: RealAddress(0), size: 8191).free.isEmpty)
  }

  @Test func whatIsGivenNeverOverlapsAndAllComesBack() {
    var chance = SeededGenerator(seed: 11)
    var memory = RealPageAllocator(base: RealAddress(0x4000_0000), size: 0x40_0000)
    let whole = memory
    for _ in 0..<3000 {
      if chance.below(2) == 0 || memory.allocated.isEmpty {
        let alignment = UInt64(8192) << UInt64(chance.below(5))
        if let place = memory.allocate(UInt64(1 + chance.below(60_000)), alignment: alignment) {
          #expect(place.isAligned(to: alignment))
        }
      } else {
        let range = memory.allocated[Int(chance.below(UInt32(memory.allocated.count)))]
        let isReleased = memory.release(range.base)
        #expect(isReleased)
      }
      let all = (memory.free + memory.allocated).sorted { $0.base < $1.base }
      var next = UInt64(0x4000_0000)
      for range in all {
        #expect(range.base.rawValue == next)
        next += range.size
      }
      #expect(next == 0x4040_0000)
    }
    for range in memory.allocated { memory.release(range.base) }
    #expect(memory == whole)
  }

  /// As many ranges as fill several blocks, against one plain list of pages.
  @Test(arguments: [UInt64(1), 2]) func manyRangesAreGivenAsFromAPlainList(seed: UInt64) throws {
    let base: UInt64 = 0x4000_0000
    let page = RealPageAllocator.pageBytes
    var chance = SeededGenerator(seed: seed)
    var memory = RealPageAllocator(base: RealAddress(base), size: 2400 * page)
    var isTaken = [Bool](repeating: false, count: 2400)
    var live: [(first: Int, count: Int)] = []

    func firstFit(_ count: Int, _ unit: Int) -> Int? {
      stride(from: 0, through: 2400 - count, by: unit).first { first in
        !isTaken[first..<(first + count)].contains(true)
      }
    }
    for step in 0..<4500 {
      // First nearly everything is taken, then it comes and goes, at last all comes back.
      let isTaking = chance.below(8) < (step < 2000 ? 7 : step < 3500 ? 4 : 2)
      if isTaking || live.isEmpty {
        let count = Int(1 + chance.below(3))
        let unit = 1 << Int(chance.below(3))
        let wanted = firstFit(count, unit)
        let place = memory.allocate(UInt64(count) * page, alignment: UInt64(unit) * page)
        try #require(place == wanted.map { RealAddress(base + UInt64($0) * page) }, "step \(step)")
        if let wanted {
          for taken in wanted..<(wanted + count) { isTaken[taken] = true }
          live.append((wanted, count))
        }
      } else {
        let gone = live.swapRemove(at: Int(chance.below(UInt32(live.count))))
        let address = RealAddress(base + UInt64(gone.first) * page)
        #expect(memory.size(at: address) == UInt64(gone.count) * page)
        let isReleased = memory.release(address)
        #expect(isReleased)
        for freed in gone.first..<(gone.first + gone.count) { isTaken[freed] = false }
      }
    }
    #expect(memory.allocated.count == live.count)
    #expect(memory.freeBytes == UInt64(isTaken.count { !$0 }) * page)
    // The same ranges by another way are the same memory, however they lie in blocks.
    var again = RealPageAllocator(base: RealAddress(base), size: 2400 * page)
    for _ in 0..<2400 { _ = again.allocate(page) }
    for place in 0..<2400 { again.release(RealAddress(base + UInt64(place) * page)) }
    for gone in live { memory.release(RealAddress(base + UInt64(gone.first) * page)) }
    #expect(memory == again && memory.hashValue == again.hashValue)
  }
}

extension Array {
  fileprivate mutating func swapRemove(at index: Int) -> Element {
    swapAt(index, count - 1)
    return removeLast()
  }
}
