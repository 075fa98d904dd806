import Hypervisor
import Negotiation
import Sun4v

/// Mapping one piece of memory, and unmapping.
extension GuestDMA {
  /// Maps one contiguous piece of memory (Linux: `dma_map_single` and `dma_map_page`).
  ///
  /// It takes as many pages as the piece touches; the address keeps the offset in the page. `cookie`
  /// is the caller's, who gets it back from `unmap`.
  ///
  /// - Throws: ``DMAError``; nothing is mapped then.
  public mutating func mapSingle(
    _ port: DomainPort, device: Int, _ piece: MemoryPiece, _ direction: DMADirection,
    cookie: UInt64 = 0
  ) throws(DMAError) -> DMAStep {
    try check(piece)
    let entry = devices[device]
    let space = Int(entry.space)
    let page = spaces[space].driver.pageSize
    let pages = piece.pages(page)
    guard let place = take(pages, entry) else {
      return .needsSpace(try request(pages, entry))
    }
    let inPage = piece.address.rawValue & (page.bytes &- 1)
    do {
      try spaces[space].driver.map(
        port, at: place.index, count: pages,
        memory: RealAddress(piece.address.rawValue &- inPage),
        attributes: attributes(direction, entry))
    } catch {
      giveBack(place, pages, space: space)
      throw error
    }
    let address = DVMAAddress(
      spaces[space].driver.address(of: place.index).rawValue &+ inPage)
    return makeSlot { slot in
      slot.space = entry.space
      slot.device = Int32(truncatingIfNeeded: device)
      slot.place = place
      slot.pages = pages
      slot.address = address
      slot.length = piece.length
      slot.memory = piece.address
      slot.direction = direction
      slot.cookie = cookie
    }
  }

  /// Removes a mapping of any kind; returns the cookie that it was made with.
  ///
  /// - Throws: ``DMAError`` with code `stale` for a mapping that is gone, or `hypercall`, and the
  ///   mapping is as it was then.
  @discardableResult
  public mutating func unmap(_ port: DomainPort, _ handle: DMAHandle) throws(DMAError) -> UInt64 {
    let number = try slot(of: handle)
    let slot = slots[number]
    let space = Int(slot.space)
    if slot.link >= 0 {
      try removePlaces(port, of: Int(slot.link), space)
    } else {
      try demap(port, slot.place, slot.pages, space)
      giveBack(slot.place, slot.pages, space: space)
    }
    dropSlot(number)
    counters.unmaps &+= 1
    return slot.cookie
  }

  @inline(__always)
  func demap(
    _ port: DomainPort, _ place: Place, _ pages: UInt64, _ space: Int
  ) throws(DMAError) {
    let status = spaces[space].driver.demap(port, at: place.index, count: pages)
    guard status == .ok else {
      throw DMAError(
        .hypercall,
        "the demap of \(pages) pages at \(spaces[space].driver.address(of: place.index)) "
          + "was answered \(status) (\(status.meaning))",
        status: status)
    }
  }

  private mutating func removePlaces(
    _ port: DomainPort, of detail: Int, _ space: Int
  ) throws(DMAError) {
    for (place, pages) in zip(details[detail].places, details[detail].placePages) {
      try demap(port, place, pages, space)
    }
    for (place, pages) in zip(details[detail].places, details[detail].placePages) {
      giveBack(place, pages, space: space)
    }
  }

  func check(_ piece: MemoryPiece) throws(DMAError) {
    guard piece.length > 0 else {
      throw DMAError(.invalidArgument, "a mapping of 0 bytes: wanted at least 1")
    }
    guard piece.isSound else {
      throw DMAError(
        .invalidArgument,
        "\(piece.length) bytes at \(piece.address) leave the 64 bits of real addresses")
    }
  }

  @inline(__always)
  func attributes(_ direction: DMADirection, _ entry: DeviceEntry) -> IOAttributes {
    direction.attributes(requester: entry.function)
  }

  // MARK: Space

  /// Takes pages for a device, or `nil` where none in hand will do.
  @inline(__always)
  mutating func take(_ pages: UInt64, _ entry: DeviceEntry) -> Place? {
    let space = Int(entry.space)
    if cache.isEnabled || spaces[space].driver.table != 0 {
      return spaces[space].take(pages, entry.placement)
    }
    return spaces[space].takeDedicated(pages) ?? spaces[space].take(pages, entry.placement)
  }

  /// What to ask for, where nothing in hand will do.
  mutating func request(_ pages: UInt64, _ entry: DeviceEntry) throws(DMAError) -> SpaceRequest {
    let space = Int(entry.space)
    let shift = spaces[space].driver.pageSize.shift
    guard pages <= spaces[space].windowPages else {
      throw DMAError(
        .noSpace, "\(pages) pages are more than the window's \(spaces[space].windowPages)")
    }
    if let boundary = entry.placement.boundary, pages > UInt64(boundary) {
      throw DMAError(
        .noSpace,
        "\(pages) pages cannot lie between two multiples of the boundary of "
          + "\(entry.limits.boundary) bytes; map it in windows")
    }
    guard spaces[space].driver.table == 0 else {
      throw DMAError(.noSpace, "the table of 64-bit addresses has no \(pages) pages left in a row")
    }
    counters.misses &+= 1
    return SpaceRequest(
      window: space, pages: pages, alignment: UInt64(entry.placement.alignment),
      boundary: entry.limits.boundary == 0 || entry.placement.boundary == nil
        ? 0 : entry.limits.boundary >> shift,
      highestAddress: entry.limits.highestAddress)
  }

  /// Gives pages back to their extent, and the extent back where it is not wanted any more.
  @inline(__always)
  mutating func giveBack(_ place: Place, _ pages: UInt64, space: Int) {
    if spaces[space].giveBack(place, pages) { reconsider(Int(place.extent), space) }
  }

  /// Decides about an extent without mappings.
  private mutating func reconsider(_ extent: Int, _ space: Int) {
    let found = spaces[space].extents[extent]
    guard let source = found.source, source != .table else { return }
    if found.isShared, cache.isEnabled, spaces[space].idlePages <= cache.idlePages { return }
    surrender(extent, space, source)
  }

  mutating func surrender(_ extent: Int, _ space: Int, _ source: SpaceSource) {
    let found = spaces[space].extents[extent]
    returns.append(
      ReturnedSpace(
        window: space, source: source, firstIndex: found.firstIndex, pages: found.pages,
        wasAskedFor: found.isLeaving))
    spaces[space].remove(extent)
    counters.returned &+= 1
  }
}
