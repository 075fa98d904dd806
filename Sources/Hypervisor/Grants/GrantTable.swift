// Theory of operation
//
// Which part of a window belongs to which domain. A page that nobody was granted belongs to the root
// complex's owner. Beside the IOTSB lies a table with one number a page: 0, or the slot of the page's
// grant plus one. So the question that every map, demap and fault asks, "whose is this index", is one
// load, with ten grants or with 10^5; a grant of n pages writes n numbers.
//
// Slots are used again, last freed first, so that the list of grants stays small. Two tables are
// equal when they have the same live grants, whatever slots those are in.
//
// Invariants: the pages of two grants never overlap; a page's number names a live grant that holds
// the page; a grant's pages all have its number.

import Sun4v

/// A DVA range, as entries of a window, that belongs to a domain other than the root complex's owner.
public struct Grant: Hashable, Sendable {
  /// The domain that may use it.
  public let grantee: DomainID
  /// The index of its first entry.
  public let base: UInt64
  /// The number of pages.
  public let pages: UInt64
  /// The owner's end of the channel whose far end is the grantee's.
  public let channel: ChannelID

  /// The index after its last entry.
  @inlinable public var end: UInt64 { base &+ pages }
}

/// The live grants of a window.
public struct GrantTable: Hashable, Sendable {
  private var slots: [Grant?] = []
  private var freeSlots: [UInt32] = []
  private var slotOfPage: LazyTable<UInt32>
  /// The number of live grants of each domain, by its number.
  private var counts: [Int] = []
  /// The number of live grants.
  public private(set) var count = 0
  /// The number of pages in live grants.
  public private(set) var pages: UInt64 = 0

  init(pageCount: UInt64) throws(ConfigurationError) {
    guard let table = LazyTable<UInt32>(count: Int(pageCount)) else {
      throw ConfigurationError(.outOfMemory, "no room for the grants of \(pageCount) pages")
    }
    slotOfPage = table
  }

  /// The live grants in order of address.
  public var all: [Grant] { slots.compactMap { $0 }.sorted { $0.base < $1.base } }

  /// The number of live grants of a domain.
  @inline(__always) public func count(of domain: DomainID) -> Int {
    domain.rawValue < counts.count ? counts[domain.rawValue] : 0
  }

  /// The grant that holds an entry, or `nil` where the entry is the owner's.
  @inline(__always) public func grant(at index: UInt64) -> Grant? {
    guard index < UInt64(slotOfPage.count) else { return nil }
    let number = slotOfPage.elements[Int(truncatingIfNeeded: index)]
    return number == 0 ? nil : slots[Int(number) &- 1]
  }

  /// Whether every entry of a range inside the table lies in grants of a domain.
  @inline(__always)
  func isGranted(_ domain: DomainID, from first: UInt64, count: UInt64) -> Bool {
    var index = first
    let end = first &+ count
    while index < end {
      guard let grant = grant(at: index), grant.grantee == domain else { return false }
      index = grant.end
    }
    return true
  }

  /// Whether no entry of a range inside the table lies in a grant.
  @inline(__always) func isUngranted(from first: UInt64, count: UInt64) -> Bool {
    guard self.count > 0 else { return true }
    let run = slotOfPage.elements + Int(first)
    var seen: UInt32 = 0
    for place in 0..<Int(count) { seen |= run[place] }
    return seen == 0
  }

  /// Enters a grant whose range is inside the table and free.
  mutating func insert(_ grant: Grant) {
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = Int(free)
      slots[slot] = grant
    } else {
      slot = slots.count
      slots.append(grant)
    }
    write(UInt32(truncatingIfNeeded: slot &+ 1), over: grant)
    let domain = grant.grantee.rawValue
    while counts.count <= domain { counts.append(0) }
    counts[domain] &+= 1
    count &+= 1
    pages &+= grant.pages
  }

  /// Takes out the live grant that begins at an index and has so many pages.
  mutating func remove(base: UInt64, pages wanted: UInt64) -> Grant? {
    guard base < UInt64(slotOfPage.count) else { return nil }
    let number = slotOfPage[Int(base)]
    guard number != 0, let grant = slots[Int(number) &- 1], grant.base == base,
      grant.pages == wanted
    else { return nil }
    slots[Int(number) &- 1] = nil
    freeSlots.append(number &- 1)
    write(0, over: grant)
    counts[grant.grantee.rawValue] &-= 1
    count &-= 1
    pages &-= grant.pages
    return grant
  }

  @inline(__always)
  private mutating func write(_ number: UInt32, over grant: Grant) {
    let run = slotOfPage.writable(from: Int(grant.base), count: Int(grant.pages))
    (run + Int(grant.base)).update(repeating: number, count: Int(grant.pages))
  }

  /// Everything that contradicts the table's own rules, in words.
  func inconsistencies() -> [String] {
    var found: [String] = []
    var end: UInt64 = 0
    var total: UInt64 = 0
    for grant in all {
      if grant.base < end { found.append("grants overlap at entry \(grant.base)") }
      end = grant.end
      total &+= grant.pages
      for index in grant.base..<grant.end where self.grant(at: index) != grant {
        found.append("entry \(index) does not lead to its grant")
      }
    }
    var numbered: UInt64 = 0
    var next = 0
    while let block = slotOfPage.nextTouchedRange(from: next, below: slotOfPage.count) {
      for index in block where slotOfPage.elements[index] != 0 { numbered &+= 1 }
      next = block.upperBound
    }
    if total != pages || numbered != total {
      found.append("\(total) pages granted, \(pages) counted, \(numbered) marked")
    }
    return found
  }

  /// Whether two tables have the same live grants.
  public static func == (a: Self, b: Self) -> Bool {
    a.count == b.count && a.pages == b.pages && a.slotOfPage.count == b.slotOfPage.count
      && (a.count == 0 || a.all == b.all)
  }

  /// Feeds the live grants in order.
  public func hash(into hasher: inout Hasher) { hasher.combine(all) }
}
