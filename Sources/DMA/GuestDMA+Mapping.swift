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
    let space = Int(devices[device].space)
    let page = spaces[space].driver.pageSize
    let pages = piece.pages(page)
    guard let place = take(pages, device) else {
      return .needsSpace(try request(pages, device))
    }
    let inPage = piece.address.rawValue & (page.bytes &- 1)
    do {
      try spaces[space].driver.map(
        port, at: place.index, count: pages,
        memory: RealAddress(piece.address.rawValue &- inPage),
        attributes: attributes(direction, device))
    } catch {
      refuse(place, space)
      throw error
    }
    let address = busAddress(of: piece, at: place, space)
    return makeSlot(DMASegment(address: address, length: piece.length)) { slot in
      slot.space = Int32(truncatingIfNeeded: space)
      slot.device = Int32(truncatingIfNeeded: device)
      slot.place = place
      slot.memory = piece.address
      slot.direction = direction
      slot.cookie = cookie
    }
  }

  /// Takes the pages back for which an entry was refused; out of line, where it does not burden what goes
  /// well.
  @inline(never)
  private mutating func refuse(_ place: Place, _ space: Int) { giveBack(place, space: space) }

  /// Removes a mapping of any kind; returns the cookie that it was made with.
  ///
  /// - Throws: ``DMAError`` with code `stale` for a mapping that is gone, or `hypercall`, and the
  ///   mapping is as it was then.
  @discardableResult
  public mutating func unmap(_ port: DomainPort, _ handle: DMAHandle) throws(DMAError) -> UInt64 {
    let number = try slot(of: handle)
    let space = Int(slots[number].space)
    let cookie = slots[number].cookie
    if slots[number].link >= 0 {
      try removePlaces(port, of: Int(slots[number].link), space)
    } else {
      let place = slots[number].place
      try demap(port, place, place.pages, space)
      giveBack(place, space: space)
    }
    dropSlot(number)
    counters.unmaps &+= 1
    return cookie
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
    for number in details[detail].places.indices {
      let place = details[detail].places[number]
      try demap(port, place, place.pages, space)
    }
    for number in details[detail].places.indices {
      giveBack(details[detail].places[number], space: space)
    }
  }

  @inline(__always)
  func check(_ piece: MemoryPiece) throws(DMAError) {
    guard piece.length > 0, piece.isSound else { throw refusal(of: piece) }
  }

  private func refusal(of piece: MemoryPiece) -> DMAError {
    DMAError(
      .invalidArgument,
      piece.length == 0
        ? "a mapping of 0 bytes: wanted at least 1"
        : "\(piece.length) bytes at \(piece.address) leave the 64 bits of real addresses")
  }

  /// Where a piece begins that is mapped to a place.
  @inline(__always)
  func busAddress(of piece: MemoryPiece, at place: Place, _ space: Int) -> DVMAAddress {
    let driver = spaces[space].driver
    let inPage = piece.address.rawValue & (driver.pageSize.bytes &- 1)
    return DVMAAddress(driver.address(of: place.index).rawValue &+ inPage)
  }

  @inline(__always)
  func attributes(_ direction: DMADirection, _ device: Int) -> IOAttributes {
    direction.attributes(requester: devices[device].function)
  }

  // MARK: Space

  /// Takes pages for a device, or `nil` where none in hand will do.
  ///
  /// A device that reaches all of its window, which most do, is served in line; its placement is not even
  /// loaded, which would cost as much as the allocation.
  @inline(__always)
  mutating func take(_ pages: UInt64, _ device: Int) -> Place? {
    let space = Int(devices[device].space)
    guard cache.isEnabled, devices[device].placement.isPlain else {
      return takeAsConfigured(pages, device)
    }
    return spaces[space].takePlain(pages)
      ?? spaces[space].takeElsewhere(pages, devices[device].placement)
  }

  private mutating func takeAsConfigured(_ pages: UInt64, _ device: Int) -> Place? {
    let space = Int(devices[device].space)
    let placement = devices[device].placement
    if cache.isEnabled || spaces[space].driver.table != 0 {
      return spaces[space].take(pages, placement)
    }
    return spaces[space].takeDedicated(pages) ?? spaces[space].take(pages, placement)
  }

  /// What to ask for, where nothing in hand will do.
  mutating func request(_ pages: UInt64, _ device: Int) throws(DMAError) -> SpaceRequest {
    let entry = devices[device]
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
  mutating func giveBack(_ place: Place, space: Int) {
    guard spaces[space].giveBack(place) else { return }
    let extent = Int(place.extent)
    if cache.isEnabled, spaces[space].idlePages <= cache.idlePages,
      spaces[space].extents[extent].isShared
    {
      return
    }
    reconsider(extent, space)
  }

  /// Gives an extent without mappings back, unless it is a table.
  private mutating func reconsider(_ extent: Int, _ space: Int) {
    guard let source = spaces[space].extents[extent].source, source != .table else { return }
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
