// Theory of operation
//
// The IOTSB of one window: a flat run of IOTTEs, and beside it the number of valid entries, kept up
// to date by every write, so that usage is known without a walk. Which domain's they are is the
// grants' business (see GrantTable); whoever writes here passes on the change in valid entries.
//
// Invariant: `validCount` is the number of entries with the layout's valid bit.

import Sun4v

/// An IOTSB.
public struct TranslationTable: Hashable, Sendable {
  /// The DVA range that it translates.
  public let geometry: WindowGeometry
  /// How its entries' bits are used.
  public let layout: EntryLayout
  /// The number of valid entries.
  public private(set) var validCount = 0
  private(set) var entries: LazyTable<UInt64>
  /// Geometry and layout as the ordinary path wants them.
  let constants: PathConstants

  package init(geometry: WindowGeometry, layout: EntryLayout) throws(ConfigurationError) {
    guard let entries = LazyTable<UInt64>(count: Int(geometry.entryCount)) else {
      throw ConfigurationError(
        .outOfMemory, "no room for a table of \(geometry.entryCount) entries")
    }
    self.geometry = geometry
    self.layout = layout
    constants = PathConstants(geometry, layout)
    self.entries = entries
  }

  /// The bits of the entry at an index, or zero outside the table.
  @inline(__always) public func rawEntry(_ index: UInt64) -> UInt64 {
    index < geometry.entryCount ? entries.elements[Int(truncatingIfNeeded: index)] : 0
  }

  /// The entry at an index, or `nil` outside the table.
  public func entry(_ index: UInt64) -> IOTTE? {
    index < geometry.entryCount ? IOTTE(rawValue: rawEntry(index), layout: layout) : nil
  }

  /// The entries for writing, together with the promise to tell how many became valid.
  @inline(__always)
  mutating func writable(from first: UInt64, count: UInt64) -> UnsafeMutablePointer<UInt64> {
    entries.writable(from: Int(first), count: Int(count))
  }

  @inline(__always) mutating func addValid(_ change: Int) { validCount &+= change }

  /// Writes entries inside the table for the pages at the head of a list that a resolver has in hand;
  /// returns how many they are, and how many of them were not valid before.
  @inline(__always)
  mutating func map(
    from first: UInt64, to words: WordRun, with resolver: PageResolver, bits: UInt64
  ) -> (count: Int, added: Int) {
    let run = writable(from: first, count: UInt64(words.count)) + Int(first)
    let written = resolver.fill(run, from: words, bits: bits, validAt: layout.validPosition)
    validCount &+= written.added
    return written
  }

  /// Clears the valid bit and bits 12:0 of a range inside the table; returns how many were valid.
  @inline(__always) mutating func demap(from first: UInt64, count: UInt64) -> Int {
    if count > 512 { return demapTouched(from: Int(first), below: Int(first &+ count)) }
    return demapRun(from: first, count: count)
  }

  /// As `demap` for a long range, of which perhaps little was ever written.
  private mutating func demapTouched(from first: Int, below end: Int) -> Int {
    var removed = 0
    var next = first
    while let block = entries.nextTouchedRange(from: next, below: end) {
      removed &+= demapRun(from: UInt64(block.lowerBound), count: UInt64(block.count))
      next = block.upperBound
    }
    return removed
  }

  @inline(__always) private mutating func demapRun(from first: UInt64, count: UInt64) -> Int {
    let run = writable(from: first, count: count) + Int(first)
    let position = layout.validPosition
    let kept = layout.keptByDemap
    var valid: UInt64 = 0
    for place in 0..<Int(count) {
      let old = run[place]
      valid &+= old &>> position & 1
      run[place] = old & kept
    }
    let removed = Int(valid)
    validCount &-= removed
    return removed
  }

  /// The number of valid entries in a range inside the table.
  func countValid(from first: UInt64, count: UInt64) -> Int {
    let run = entries.elements + Int(first)
    let position = layout.validPosition
    var found: UInt64 = 0
    for place in 0..<Int(count) { found &+= run[place] &>> position & 1 }
    return Int(found)
  }

  /// Whether a range inside the table has a valid entry.
  @inline(__always) func hasValid(from first: UInt64, count: UInt64) -> Bool {
    let run = entries.elements + Int(first)
    let valid = layout.validBit
    for place in 0..<Int(count) where run[place] & valid != 0 { return true }
    return false
  }

  /// Writes one entry inside the table; returns what was there.
  mutating func replace(_ index: UInt64, by entry: UInt64) -> UInt64 {
    let slot = writable(from: index, count: 1) + Int(index)
    let old = slot.pointee
    slot.pointee = entry
    validCount &+= (entry & layout.validBit != 0 ? 1 : 0) &- (old & layout.validBit != 0 ? 1 : 0)
    return old
  }

  /// Writes entries for pages that follow each other from a physical address on.
  ///
  /// Writes nothing where the range leaves the table. In blocks that the cache holds, so that asking
  /// what was valid costs no second way through memory, and in loops that become vectors.
  package mutating func fill(
    from first: UInt64, count: UInt64, first page: UInt64, bits: UInt64
  ) {
    guard count > 0, first < geometry.entryCount, count <= geometry.entryCount &- first else {
      return
    }
    let run = writable(from: first, count: count) + Int(first)
    let position = layout.validPosition
    let step = geometry.pageSize.bytes
    var removed: UInt64 = 0
    var next = page
    for block in stride(from: 0, to: Int(count), by: Self.fillBlock) {
      let end = min(Int(count), block &+ Self.fillBlock)
      for place in block..<end { removed &+= run[place] &>> position & 1 }
      for place in block..<end {
        run[place] = next | bits
        next &+= step
      }
    }
    validCount &+= (bits & layout.validBit == 0 ? 0 : Int(count)) &- Int(removed)
  }

  /// Entries that are counted and then written: 4 KiB of them.
  private static let fillBlock = 512

  mutating func removeAll() {
    entries.removeAll()
    validCount = 0
  }

  /// Calls with every valid entry of a range of indexes, in order; blocks never written are skipped.
  @inline(__always)
  public func forEachValid(
    in range: Range<UInt64>? = nil, _ body: (_ index: UInt64, _ entry: IOTTE) -> Void
  ) {
    let valid = layout.validBit
    let all = entries.elements
    var next = Int(min(range?.lowerBound ?? 0, geometry.entryCount))
    let end = Int(min(range?.upperBound ?? geometry.entryCount, geometry.entryCount))
    while let block = entries.nextTouchedRange(from: next, below: end) {
      for index in block where all[index] & valid != 0 {
        body(UInt64(index), IOTTE(rawValue: all[index], layout: layout))
      }
      next = block.upperBound
    }
  }

  /// Calls with every run of valid entries in a row, in order: much cheaper than entry by entry.
  public func forEachValidRun(
    in range: Range<UInt64>? = nil, _ body: (_ run: Range<UInt64>) -> Void
  ) {
    var start: UInt64 = 0
    var end: UInt64 = 0
    forEachValid(in: range) { index, _ in
      if index != end {
        if start < end { body(start..<end) }
        start = index
      }
      end = index &+ 1
    }
    if start < end { body(start..<end) }
  }

  /// Counts the valid entries; one pass over what was ever written.
  public func summary() -> TableSummary {
    var counter = EntryCounter(layout)
    let all = entries.elements
    var coming = entries.nextTouchedRange(from: 0, below: entries.count)
    var end = 0
    while let block = coming {
      if block.lowerBound != end { counter.skip() }
      end = block.upperBound
      coming = entries.nextTouchedRange(from: end, below: entries.count)
      counter.count(
        UnsafeBufferPointer(start: all + block.lowerBound, count: block.count),
        before: all + (coming ?? block).lowerBound)
    }
    return counter.summary
  }

  /// The first valid entry from an index on, or `nil` after the last.
  public func nextValid(from start: UInt64) -> (index: UInt64, entry: IOTTE)? {
    guard start < geometry.entryCount else { return nil }
    let valid = layout.validBit
    let all = entries.elements
    var next = Int(start)
    while let block = entries.nextTouchedRange(from: next, below: entries.count) {
      for index in block where all[index] & valid != 0 {
        return (UInt64(index), IOTTE(rawValue: all[index], layout: layout))
      }
      next = block.upperBound
    }
    return nil
  }

  /// The number of entries that hold something, demapped ones with what was left of them included.
  public var writtenCount: Int {
    var count = 0
    let all = entries.elements
    var next = 0
    while let block = entries.nextTouchedRange(from: next, below: entries.count) {
      for index in block { count &+= all[index] != 0 ? 1 : 0 }
      next = block.upperBound
    }
    return count
  }
}
