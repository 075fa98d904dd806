// Theory of operation
//
// A scatter list becomes as few segments as the device's limits permit. Where the whole list fits
// between two boundaries it gets one range of pages and one run of hypercalls, so that pieces which end
// and begin at page borders always join; else each piece gets a range of its own, none of which crosses
// a boundary.
//
// The rules of joining are Linux's: a piece joins the segment before it where its bus address is the
// segment's end, the sum is no longer than the device's longest segment, and the sum does not cross the
// device's boundary. A piece of zero bytes is skipped, and what follows it begins a new segment. A
// piece is never divided.
//
// Unlike Linux, pieces that overlap are refused: no driver means it, and a device that writes would
// write one byte twice.
//
// Source: Linux arch/sparc/kernel/pci_sun4v.c, dma_4v_map_sg.

import Hypervisor
import Negotiation
import Sun4v

extension GuestDMA {
  /// Maps a list of pieces (Linux: `dma_map_sg`); `segments(of:)` are what the device is given.
  ///
  /// - Throws: ``DMAError``; nothing is mapped then.
  public mutating func mapScatter(
    _ port: DomainPort, device: Int, _ pieces: [MemoryPiece], _ direction: DMADirection
  ) throws(DMAError) -> DMAStep {
    let entry = devices[device]
    let space = Int(entry.space)
    let page = spaces[space].driver.pageSize
    let (pages, bytes) = try checkList(pieces, page)
    var detail = MappingDetail()
    detail.memory = pieces
    if let boundary = entry.placement.boundary, pages > UInt64(boundary) {
      if let missing = try mapEach(port, entry, direction, &detail) { return .needsSpace(missing) }
    } else {
      guard let place = take(pages, entry) else {
        return .needsSpace(try request(pages, entry))
      }
      listPages(of: pieces, page)
      defer { pageList.removeAll(keepingCapacity: true) }
      do {
        try spaces[space].driver.map(
          port, at: place.index, pages: pageList, attributes: attributes(direction, entry))
      } catch {
        giveBack(place, pages, space: space)
        throw error
      }
      detail.places = [place]
      detail.placePages = [pages]
    }
    detail.segments = merge(detail, entry)
    guard detail.segments.count <= entry.limits.maximumSegments else {
      undo(port, detail, space)
      throw DMAError(
        .tooBig,
        "the list makes \(detail.segments.count) segments; the device takes "
          + "\(entry.limits.maximumSegments)")
    }
    let first = detail.segments.first?.address ?? DVMAAddress(0)
    let link = makeDetail(detail)
    return makeSlot { slot in
      slot.space = entry.space
      slot.device = Int32(truncatingIfNeeded: device)
      slot.link = link
      slot.pages = pages
      slot.address = first
      slot.length = bytes
      slot.direction = direction
    }
  }

  /// The pages and bytes of a list; refuses one that cannot be mapped.
  private func checkList(
    _ pieces: [MemoryPiece], _ page: PageSize
  ) throws(DMAError) -> (pages: UInt64, bytes: UInt64) {
    guard !pieces.isEmpty else {
      throw DMAError(.invalidArgument, "an empty scatter list: wanted at least one piece")
    }
    var pages: UInt64 = 0
    var bytes: UInt64 = 0
    var isAscending = true
    var end: UInt64 = 0
    for (number, piece) in pieces.enumerated() where piece.length > 0 {
      guard piece.isSound else {
        throw DMAError(
          .invalidArgument,
          "piece \(number + 1): \(piece.length) bytes at \(piece.address) leave the 64 bits of real "
            + "addresses")
      }
      let (sum, overflow) = bytes.addingReportingOverflow(piece.length)
      guard !overflow else {
        throw DMAError(.invalidArgument, "the pieces' lengths add up to more than 64 bits hold")
      }
      bytes = sum
      pages &+= piece.pages(page)
      if piece.address.rawValue < end { isAscending = false }
      end = piece.address.rawValue &+ (piece.length &- 1)
      end = end == .max ? end : end &+ 1
    }
    guard bytes > 0 else {
      throw DMAError(.invalidArgument, "a scatter list of 0 bytes: all pieces are empty")
    }
    if !isAscending { try checkOverlap(pieces) }
    return (pages, bytes)
  }

  private func checkOverlap(_ pieces: [MemoryPiece]) throws(DMAError) {
    let order = pieces.indices.filter { pieces[$0].length > 0 }
      .sorted { pieces[$0].address < pieces[$1].address }
    for (before, after) in zip(order, order.dropFirst()) {
      let distance = pieces[after].address.rawValue &- pieces[before].address.rawValue
      guard distance >= pieces[before].length else {
        throw DMAError(
          .invalidArgument,
          "pieces \(min(before, after) + 1) and \(max(before, after) + 1) overlap at "
            + "\(pieces[after].address)")
      }
    }
  }

  private mutating func listPages(of pieces: [MemoryPiece], _ page: PageSize) {
    for piece in pieces where piece.length > 0 {
      var address = piece.address.rawValue & ~(page.bytes &- 1)
      for _ in 0..<piece.pages(page) {
        pageList.append(RealAddress(address))
        address &+= page.bytes
      }
    }
  }

  /// Maps each piece in a range of its own; the space that is missing, and nothing is mapped then.
  private mutating func mapEach(
    _ port: DomainPort, _ entry: DeviceEntry, _ direction: DMADirection,
    _ detail: inout MappingDetail
  ) throws(DMAError) -> SpaceRequest? {
    let space = Int(entry.space)
    let page = spaces[space].driver.pageSize
    do throws(DMAError) {
      for piece in detail.memory where piece.length > 0 {
        let pages = piece.pages(page)
        guard let place = take(pages, entry) else {
          let missing = try request(pages, entry)
          undo(port, detail, space)
          return missing
        }
        do {
          try spaces[space].driver.map(
            port, at: place.index, count: pages,
            memory: RealAddress(piece.address.rawValue & ~(page.bytes &- 1)),
            attributes: attributes(direction, entry))
        } catch {
          giveBack(place, pages, space: space)
          throw error
        }
        detail.places.append(place)
        detail.placePages.append(pages)
      }
    } catch {
      undo(port, detail, space)
      throw error
    }
    return nil
  }

  private mutating func undo(_ port: DomainPort, _ detail: MappingDetail, _ space: Int) {
    for (place, pages) in zip(detail.places, detail.placePages) {
      spaces[space].driver.demap(port, at: place.index, count: pages)
      giveBack(place, pages, space: space)
    }
  }

  /// The segments of a mapped list, by Linux's rules.
  private func merge(_ detail: MappingDetail, _ entry: DeviceEntry) -> [DMASegment] {
    let driver = spaces[Int(entry.space)].driver
    let limits = entry.limits
    var segments: [DMASegment] = []
    segments.reserveCapacity(detail.memory.count)
    var end: UInt64?
    var range = 0
    var index = detail.places.first?.index ?? 0
    for piece in detail.memory {
      guard piece.length > 0 else {
        end = nil
        continue
      }
      if detail.places.count > 1 {
        index = detail.places[range].index
        range += 1
      }
      let address =
        driver.address(of: index).rawValue
        &+ (piece.address.rawValue & (driver.pageSize.bytes &- 1))
      if let last = segments.last, address == end,
        last.length &+ piece.length <= limits.maximumSegment,
        !limits.crosses(last.address.rawValue, last.length &+ piece.length)
      {
        segments[segments.count - 1].length &+= piece.length
      } else {
        segments.append(DMASegment(address: DVMAAddress(address), length: piece.length))
      }
      end = address &+ piece.length
      index &+= piece.pages(driver.pageSize)
    }
    return segments
  }
}

extension DeviceLimits {
  /// Whether bytes cross a multiple of the boundary.
  func crosses(_ address: UInt64, _ length: UInt64) -> Bool {
    boundary != 0
      && address & ~(boundary &- 1) != (address &+ (length &- 1)) & ~(boundary &- 1)
  }
}
