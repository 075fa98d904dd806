import Hypervisor
import Negotiation
import Sun4v

/// The cache of space in front of negotiation.
extension GuestDMA {
  /// Adds space to a window; false, adding nothing, where it is not inside.
  @discardableResult
  public mutating func add(
    _ source: SpaceSource, window: Int, firstIndex: UInt64, pages: UInt64
  ) -> Bool {
    guard spaces.indices.contains(window),
      spaces[window].add(
        source, firstIndex: firstIndex, pages: pages,
        isShared: cache.isEnabled || source == .privatePart)
    else { return false }
    counters.added &+= 1
    return true
  }

  /// Changes how space is kept; idle space beyond the new limit is put into the list of returns.
  public mutating func configure(_ configuration: CacheConfiguration) throws(DMAError) {
    guard configuration.batchPages > 0 else {
      throw DMAError(.invalidArgument, "batches of 0 pages: wanted at least 1")
    }
    cache = configuration
    for window in windows.indices {
      let limit = configuration.isEnabled ? configuration.idlePages : 0
      trim(window, to: limit)
    }
  }

  /// Puts idle space of a window into the list of returns until no more than `limit` pages are idle.
  public mutating func trim(_ window: Int, to limit: UInt64) {
    for extent in spaces[window].extents.indices.reversed()
    where spaces[window].idlePages > limit && spaces[window].extents[extent].isIdle {
      if let source = spaces[window].extents[extent].source { surrender(extent, window, source) }
    }
  }

  /// Whether there is space to be given back.
  @inlinable public var hasReturns: Bool { !returns.isEmpty }

  /// The space to be given back; the caller releases it.
  public mutating func takeReturns() -> [ReturnedSpace] {
    defer { returns.removeAll() }
    return returns
  }

  /// The control domain wants a grant back: nothing new is mapped in it, and it is put into the list of
  /// returns as soon as it has no mapping; does nothing where that is known.
  public mutating func revokeAsked(_ grant: GrantID) {
    for space in windows.indices {
      guard let extent = spaces[space].place(of: grant),
        !spaces[space].extents[extent].isLeaving
      else { continue }
      if spaces[space].extents[extent].isIdle {
        spaces[space].idlePages &-= spaces[space].extents[extent].pages
      }
      spaces[space].extents[extent].isLeaving = true
      if spaces[space].extents[extent].used == 0 { surrender(extent, space, .grant(grant)) }
    }
  }

  /// A grant is gone without having been given back: what was mapped in it is stale.
  public mutating func lost(_ port: DomainPort, _ grant: GrantID) {
    for space in windows.indices {
      guard let extent = spaces[space].place(of: grant) else { continue }
      for slot in slots.indices where slots[slot].space == Int32(space) {
        drop(port, slot, usesExtent: Int32(extent), space)
      }
      spaces[space].remove(extent)
      // Undoing the last mapping may have put it there; it is not ours to give any more.
      let listed = returns.count
      returns.removeAll { $0.source == .grant(grant) }
      counters.returned &-= UInt64(listed &- returns.count)
      counters.lost &+= 1
    }
  }

  private mutating func drop(
    _ port: DomainPort, _ slot: Int, usesExtent extent: Int32, _ space: Int
  ) {
    let link = Int(slots[slot].link)
    let places = link >= 0 ? details[link].places : [slots[slot].place]
    guard places.contains(where: { $0.extent == extent }) else { return }
    for place in places {
      if place.extent != extent {
        spaces[space].driver.demap(port, at: place.index, count: place.pages)
      }
      giveBack(place, space: space)
    }
    dropSlot(slot)
  }

  /// Whether a grant is in hand here.
  public func holds(_ grant: GrantID) -> Bool {
    windows.indices.contains { spaces[$0].place(of: grant) != nil }
  }

  /// Whether any mapping is live.
  @inlinable public var hasMappings: Bool { counters.live > 0 }

  /// What the cache holds and has done.
  public var statistics: DMAStatistics {
    var found = counters
    for space in spaces where space.driver.table == 0 {
      found.heldPages &+= space.heldPages
      found.idlePages &+= space.idlePages
      found.usedPages &+= space.usedPages
    }
    return found
  }

  /// The entries that mappings have, in order of slot: root complex, table, first index, count.
  public var mappedEntries: [(handle: DeviceHandle, table: UInt64, index: UInt64, count: UInt64)] {
    var found: [(handle: DeviceHandle, table: UInt64, index: UInt64, count: UInt64)] = []
    for slot in slots where slot.space >= 0 {
      let driver = spaces[Int(slot.space)].driver
      if slot.link >= 0 {
        let detail = details[Int(slot.link)]
        for place in detail.places {
          // Of an object in windows only the active one is mapped, which may be the short last one.
          let mapped = detail.windowBytes == 0 ? place.pages : detail.activePages(driver.pageSize)
          found.append((driver.handle, driver.table, place.index, mapped))
        }
      } else {
        found.append((driver.handle, driver.table, slot.place.index, slot.place.pages))
      }
    }
    return found
  }

  /// Every sum that does not add up, in words.
  public func checkInvariants() -> [String] {
    var broken: [String] = []
    var used = [UInt64](repeating: 0, count: spaces.count)
    var live: UInt64 = 0
    for slot in slots where slot.space >= 0 {
      live &+= 1
      let places = slot.link >= 0 ? details[Int(slot.link)].places : [slot.place]
      let pages = places.reduce(0) { $0 &+ $1.pages }
      used[Int(slot.space)] &+= pages
    }
    if live != counters.live {
      broken.append("the DMA driver counts \(counters.live) mappings and has \(live)")
    }
    for (number, space) in spaces.enumerated() {
      let extents = space.extents.filter { $0.source != nil }
      let idle = extents.filter(\.isIdle).reduce(0) { $0 &+ $1.pages }
      if space.usedPages != used[number]
        || extents.reduce(0, { $0 &+ $1.used }) != used[number]
      {
        broken.append(
          "window \(number): mappings have \(used[number]) pages, the cache counts \(space.usedPages)"
        )
      }
      if idle != space.idlePages {
        broken.append("window \(number): \(idle) idle pages, the cache counts \(space.idlePages)")
      }
    }
    return broken + checkMappedPages()
  }
}
