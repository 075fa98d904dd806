// Theory of operation
//
// Ranges in order of address, in blocks of at most 256: a range is found by its address in two binary
// searches, and to put one in or take one out moves no more than a block. One long array would move half of
// all ranges, which a domain with many buffers has by the ten thousand. Each block knows its longest range,
// so that a search for the first that fits looks into few blocks that have none.
//
// Invariants: no block is empty; ranges are in order within and across blocks and do not overlap.

import Sun4v

/// Ranges of real memory that do not overlap, in order of address.
struct OrderedRanges: Sendable {
  typealias Range = RealPageAllocator.Range

  private struct Block {
    var ranges: [Range]
    /// The size of the longest range.
    var longest: UInt64

    init(_ ranges: [Range]) {
      self.ranges = ranges
      longest = 0
      measure()
    }

    mutating func measure() { longest = ranges.reduce(0) { max($0, $1.size) } }
  }

  /// Where a range is.
  private struct Place {
    var block: Int
    var index: Int
  }

  /// The most ranges of a block.
  private static let blockLimit = 256

  private var blocks: [Block] = []

  /// All ranges, in order.
  var ranges: [Range] { blocks.flatMap(\.ranges) }

  /// The range that begins at an address.
  func range(at base: RealAddress) -> Range? {
    place(at: base).map { blocks[$0.block].ranges[$0.index] }
  }

  /// The first range that has so many bytes at a multiple of `unit`, and where in it they begin.
  func firstFit(_ size: UInt64, unit: UInt64) -> (range: Range, start: UInt64)? {
    for block in blocks where block.longest >= size {
      for range in block.ranges where range.size >= size {
        let (raised, overflow) = range.base.rawValue.addingReportingOverflow(unit &- 1)
        let start = raised & ~(unit &- 1)
        if !overflow, start < range.end, range.end &- start >= size { return (range, start) }
      }
    }
    return nil
  }

  /// Adds a range that overlaps none.
  mutating func insert(_ range: Range) {
    guard let block = block(of: range.base) else {
      blocks.append(Block([range]))
      return
    }
    let index = blocks[block].ranges.lowerBound(of: range.base)
    blocks[block].ranges.insert(range, at: index)
    blocks[block].longest = max(blocks[block].longest, range.size)
    if blocks[block].ranges.count > Self.blockLimit { split(block) }
  }

  /// Adds a range, joined with those that touch it.
  mutating func insertJoining(_ range: Range) {
    var joined = range
    if let next = removeRange(at: RealAddress(range.end)) {
      joined = Range(base: joined.base, size: joined.size &+ next.size)
    }
    if let place = last(below: range.base),
      blocks[place.block].ranges[place.index].end == range.base.rawValue
    {
      let before = blocks[place.block].ranges[place.index]
      replace(place, Range(base: before.base, size: before.size &+ joined.size))
    } else {
      insert(joined)
    }
  }

  /// Takes out the range that begins at an address.
  @discardableResult
  mutating func removeRange(at base: RealAddress) -> Range? {
    guard let place = place(at: base) else { return nil }
    let removed = blocks[place.block].ranges.remove(at: place.index)
    if blocks[place.block].ranges.isEmpty {
      blocks.remove(at: place.block)
    } else if removed.size == blocks[place.block].longest {
      blocks[place.block].measure()
    }
    return removed
  }

  /// Puts a part of the range that begins at an address into its place.
  mutating func shrinkRange(at base: RealAddress, to part: Range) {
    if let place = place(at: base) { replace(place, part) }
  }

  // MARK: Places

  private mutating func replace(_ place: Place, _ range: Range) {
    let old = blocks[place.block].ranges[place.index].size
    blocks[place.block].ranges[place.index] = range
    if range.size >= blocks[place.block].longest {
      blocks[place.block].longest = range.size
    } else if old == blocks[place.block].longest {
      blocks[place.block].measure()
    }
  }

  private mutating func split(_ block: Int) {
    let ranges = blocks[block].ranges
    let middle = ranges.count / 2
    blocks[block] = Block(Array(ranges[..<middle]))
    blocks.insert(Block(Array(ranges[middle...])), at: block + 1)
  }

  /// The block that an address belongs to: the last that begins at or below it, or the first; `nil` where
  /// there is none.
  private func block(of base: RealAddress) -> Int? {
    guard !blocks.isEmpty else { return nil }
    let above = blocks.partitioningIndex { ($0.ranges.first?.base ?? base) > base }
    return max(above - 1, 0)
  }

  private func place(at base: RealAddress) -> Place? {
    guard let block = block(of: base) else { return nil }
    let ranges = blocks[block].ranges
    let index = ranges.lowerBound(of: base)
    return index < ranges.count && ranges[index].base == base
      ? Place(block: block, index: index) : nil
  }

  private func last(below base: RealAddress) -> Place? {
    guard let block = block(of: base) else { return nil }
    let index = blocks[block].ranges.lowerBound(of: base)
    if index > 0 { return Place(block: block, index: index - 1) }
    return block > 0 ? Place(block: block - 1, index: blocks[block - 1].ranges.count - 1) : nil
  }
}

extension OrderedRanges: Hashable {
  /// Whether the ranges are the same, in whatever blocks they are.
  static func == (a: Self, b: Self) -> Bool {
    a.blocks.lazy.flatMap(\.ranges).elementsEqual(b.blocks.lazy.flatMap(\.ranges))
  }

  func hash(into hasher: inout Hasher) {
    for block in blocks {
      for range in block.ranges { hasher.combine(range) }
    }
  }
}

extension [RealPageAllocator.Range] {
  /// The place of the first range at or above an address.
  fileprivate func lowerBound(of base: RealAddress) -> Int { partitioningIndex { $0.base >= base } }
}
