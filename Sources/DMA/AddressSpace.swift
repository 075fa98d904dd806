// Theory of operation
//
// The bus addresses of one window that a driver has in hand: extents, each of which is a grant, a range
// of the control domain's private part, or a table of the domain's own. Inside each an allocator gives
// out pages; it counts from the window's first page, so that alignment and boundary mean bus addresses.
// The extent that served last is tried first, which keeps the hot path to one allocator.
//
// With the cache off an extent belongs to one mapping: it has no allocator, is never looked at by
// another mapping, and goes back when the mapping goes.
//
// Invariants: `used` of an extent is the pages that its mappings have; `idlePages` is the sum of the
// pages of extents with `used` 0 that are neither dedicated nor leaving; places of extents never change
// while they have mappings, since mappings remember them.

import Negotiation
import Sun4v

/// A range of a window that a driver has in hand.
struct Extent: Hashable, Sendable {
  /// Where it came from; `nil` for a place without an extent.
  var source: SpaceSource?
  var firstIndex: UInt64 = 0
  var pages: UInt64 = 0
  var used: UInt64 = 0
  /// Gives out the pages; `nil` where the extent belongs to one mapping.
  var allocator: DVAAllocator?
  /// Whether the control domain wants it back.
  var isLeaving = false

  /// Whether mappings may share it.
  @inline(__always) var isShared: Bool { source != nil && !isLeaving && allocator != nil }
  var isIdle: Bool { isShared && used == 0 }

  /// Takes pages wherever there is room; returns the first index in the window.
  @inline(__always)
  mutating func take(_ wanted: Int) -> UInt64? {
    guard isShared, UInt64(wanted) <= pages &- used,
      let start = allocator?.allocateIfPossible(pages: wanted)
    else { return nil }
    return firstIndex &+ UInt64(start)
  }

  /// Takes pages where a device reaches them; returns the first index in the window.
  mutating func take(_ wanted: Int, _ placement: Placement) -> UInt64? {
    if placement.isPlain { return take(wanted) }
    guard isShared, UInt64(wanted) <= pages &- used, placement.highestIndex >= firstIndex,
      let start = try? allocator?.allocate(
        AllocationRequest(
          pages: wanted, alignment: placement.alignment, boundary: placement.boundary,
          highestPage: Int(clamping: placement.highestIndex &- firstIndex)))
    else { return nil }
    return firstIndex &+ UInt64(start)
  }

  /// Frees pages that were taken from here.
  @inline(__always)
  mutating func giveBack(_ index: UInt64, _ count: UInt64) {
    // The range came from this allocator; were it refused, the invariants would say so.
    try? allocator?.free(
      start: Int(truncatingIfNeeded: index &- firstIndex), pages: Int(truncatingIfNeeded: count))
    used &-= count
  }
}

/// Pages taken from an extent.
struct Place: Hashable, Sendable {
  var extent: Int32
  /// The first entry of the window.
  var index: UInt64
  /// How many there are.
  var pages: UInt64

  init(extent: Int, index: UInt64, pages: UInt64) {
    self.extent = Int32(truncatingIfNeeded: extent)
    self.index = index
    self.pages = pages
  }
}

/// One window's, or one table's, addresses in hand.
struct AddressSpace: Hashable, Sendable {
  let driver: IOMMUDriver
  /// The number of entries of the window.
  let windowPages: UInt64
  var extents: [Extent] = []
  var current = 0
  var idlePages: UInt64 = 0
  var usedPages: UInt64 = 0
  var heldPages: UInt64 = 0

  init(driver: IOMMUDriver, windowPages: UInt64) {
    self.driver = driver
    self.windowPages = windowPages
  }

  /// Takes pages out of the extent that served last, for a device that reaches all of the window, or
  /// `nil`.
  @inline(__always)
  mutating func takePlain(_ pages: UInt64) -> Place? {
    guard current < extents.count, let wanted = Int(exactly: pages), wanted > 0,
      let index = extents[current].take(wanted)
    else { return nil }
    return note(index, pages, at: current)
  }

  /// Takes pages out of what is in hand, or `nil`.
  mutating func take(_ pages: UInt64, _ placement: Placement) -> Place? {
    guard let wanted = Int(exactly: pages), wanted > 0 else { return nil }
    if current < extents.count, let index = extents[current].take(wanted, placement) {
      return note(index, pages, at: current)
    }
    return takeElsewhere(pages, placement)
  }

  /// Takes pages out of any extent but the one that served last, or `nil`.
  mutating func takeElsewhere(_ pages: UInt64, _ placement: Placement) -> Place? {
    guard let wanted = Int(exactly: pages), wanted > 0 else { return nil }
    for other in extents.indices where other != current {
      if let index = extents[other].take(wanted, placement) {
        current = other
        return note(index, pages, at: other)
      }
    }
    return nil
  }

  @inline(__always)
  private mutating func note(_ index: UInt64, _ pages: UInt64, at extent: Int) -> Place {
    if extents[extent].used == 0 { idlePages &-= extents[extent].pages }
    extents[extent].used &+= pages
    usedPages &+= pages
    return Place(extent: extent, index: index, pages: pages)
  }

  /// Takes a range that was negotiated for one mapping.
  mutating func takeDedicated(_ pages: UInt64) -> Place? {
    for other in extents.indices {
      let extent = extents[other]
      if extent.source != nil, extent.allocator == nil, !extent.isLeaving, extent.used == 0,
        extent.pages == pages
      {
        extents[other].used = pages
        usedPages &+= pages
        return Place(extent: other, index: extent.firstIndex, pages: pages)
      }
    }
    return nil
  }

  /// Takes pages back; true where the extent has no mapping left.
  @inline(__always)
  mutating func giveBack(_ place: Place) -> Bool {
    let extent = Int(place.extent)
    guard extents.indices.contains(extent) else { return false }
    extents[extent].giveBack(place.index, place.pages)
    usedPages &-= place.pages
    guard extents[extent].used == 0 else { return false }
    if extents[extent].isShared { idlePages &+= extents[extent].pages }
    return true
  }

  /// Adds a range; false where it lies outside the window or the system has no memory for it.
  mutating func add(
    _ source: SpaceSource, firstIndex: UInt64, pages: UInt64, isShared: Bool
  ) -> Bool {
    guard pages > 0, firstIndex < windowPages, pages <= windowPages &- firstIndex,
      let count = Int(exactly: pages)
    else { return false }
    var extent = Extent(source: source, firstIndex: firstIndex, pages: pages)
    if isShared {
      let base = (driver.windowBase.rawValue >> driver.pageSize.shift) &+ firstIndex
      guard
        let allocator = try? DVAAllocator(
          pageCount: count, options: AllocatorOptions(basePage: base))
      else { return false }
      extent.allocator = allocator
      idlePages &+= pages
    }
    heldPages &+= pages
    if let hole = extents.firstIndex(where: { $0.source == nil }) {
      extents[hole] = extent
    } else {
      extents.append(extent)
    }
    return true
  }

  /// Forgets an extent; what was mapped in it is the caller's to forget.
  mutating func remove(_ extent: Int) {
    guard extents.indices.contains(extent), extents[extent].source != nil else { return }
    if extents[extent].isIdle { idlePages &-= extents[extent].pages }
    heldPages &-= extents[extent].pages
    usedPages &-= extents[extent].used
    extents[extent] = Extent()
  }

  /// The place of a grant, or `nil` where it is not in hand.
  func place(of grant: GrantID) -> Int? {
    extents.firstIndex { $0.source == .grant(grant) }
  }
}
