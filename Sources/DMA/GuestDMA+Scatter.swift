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
    let space = Int(devices[device].space)
    let (pages, bytes, first) = try Self.checkList(pieces, spaces[space].driver.pageSize)
    draft.memory.append(contentsOf: pieces)
    draft.merging = SegmentRules(devices[device].limits)
    do throws(DMAError) {
      if let missing = try mapDraft(port, device, pages, direction) {
        draft.empty()
        return .needsSpace(missing)
      }
      try checkSegments(port, device)
    } catch {
      draft.empty()
      throw error
    }
    let address = busAddress(of: pieces[first], at: draft.places[0], space)
    let link = makeDetail()
    return makeSlot(DMASegment(address: address, length: bytes)) { slot in
      slot.space = Int32(truncatingIfNeeded: space)
      slot.device = Int32(truncatingIfNeeded: device)
      slot.link = link
      slot.direction = direction
    }
  }

  /// The pages and bytes of a list, and its first piece that has any; refuses one that cannot be mapped.
  ///
  /// Static: for a call the whole driver would be copied.
  private static func checkList(
    _ pieces: [MemoryPiece], _ page: PageSize
  ) throws(DMAError) -> (pages: UInt64, bytes: UInt64, first: Int) {
    guard !pieces.isEmpty else {
      throw DMAError(.invalidArgument, "an empty scatter list: wanted at least one piece")
    }
    var pages: UInt64 = 0
    var bytes: UInt64 = 0
    var first: Int?
    var isAscending = true
    var end: UInt64 = 0
    for number in pieces.indices where pieces[number].length > 0 {
      let piece = pieces[number]
      if first == nil { first = number }
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
    guard let first else {
      throw DMAError(.invalidArgument, "a scatter list of 0 bytes: all pieces are empty")
    }
    if !isAscending { try checkOverlap(pieces) }
    return (pages, bytes, first)
  }

  private static func checkOverlap(_ pieces: [MemoryPiece]) throws(DMAError) {
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

  /// Maps the pieces of the draft and notes their places; the space that is missing, and nothing is mapped
  /// then.
  private mutating func mapDraft(
    _ port: DomainPort, _ device: Int, _ pages: UInt64, _ direction: DMADirection
  ) throws(DMAError) -> SpaceRequest? {
    if let boundary = devices[device].placement.boundary, pages > UInt64(boundary) {
      return try mapEach(port, device, direction)
    }
    let space = Int(devices[device].space)
    guard let place = take(pages, device) else { return try request(pages, device) }
    do throws(DMAError) {
      try spaces[space].driver.map(
        port, at: place.index, count: pages, pieces: draft.memory,
        attributes: attributes(direction, device))
    } catch {
      giveBack(place, space: space)
      throw error
    }
    draft.places.append(place)
    return nil
  }

  /// Maps each piece of the draft in a range of its own; the space that is missing, and nothing is mapped
  /// then.
  private mutating func mapEach(
    _ port: DomainPort, _ device: Int, _ direction: DMADirection
  ) throws(DMAError) -> SpaceRequest? {
    let space = Int(devices[device].space)
    let page = spaces[space].driver.pageSize
    do throws(DMAError) {
      for number in draft.memory.indices where draft.memory[number].length > 0 {
        let piece = draft.memory[number]
        let pages = piece.pages(page)
        guard let place = take(pages, device) else {
          let missing = try request(pages, device)
          undoDraft(port, space)
          return missing
        }
        do throws(DMAError) {
          try spaces[space].driver.map(
            port, at: place.index, count: pages,
            memory: RealAddress(piece.address.rawValue & ~(page.bytes &- 1)),
            attributes: attributes(direction, device))
        } catch {
          giveBack(place, space: space)
          throw error
        }
        draft.places.append(place)
      }
    } catch {
      undoDraft(port, space)
      throw error
    }
    return nil
  }

  private mutating func undoDraft(_ port: DomainPort, _ space: Int) {
    for place in draft.places {
      spaces[space].driver.demap(port, at: place.index, count: place.pages)
      giveBack(place, space: space)
    }
  }

  /// Undoes a list of more segments than the device takes; it makes no more than it has pieces.
  private mutating func checkSegments(_ port: DomainPort, _ device: Int) throws(DMAError) {
    let most = devices[device].limits.maximumSegments
    guard draft.memory.count > most else { return }
    let space = Int(devices[device].space)
    let count = segments(of: draft, space).count
    guard count > most else { return }
    undoDraft(port, space)
    throw DMAError(.tooBig, "the list makes \(count) segments; the device takes \(most)")
  }

  /// The first segments of a mapped list, by Linux's rules.
  ///
  /// They follow from where the pieces are mapped. Nothing else is kept of them, since not every driver
  /// asks, and none asks twice.
  func segments(of detail: MappingDetail, _ space: Int, limit: Int = .max) -> [DMASegment] {
    let driver = spaces[space].driver
    var segments: [DMASegment] = []
    segments.reserveCapacity(min(detail.memory.count, limit))
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
      if address == end, let last = segments.last,
        detail.merging.allows(last.address, last.length &+ piece.length)
      {
        segments[segments.count - 1].length &+= piece.length
      } else {
        if segments.count == limit { break }
        segments.append(DMASegment(address: DVMAAddress(address), length: piece.length))
      }
      end = address &+ piece.length
      index &+= piece.pages(driver.pageSize)
    }
    return segments
  }
}

/// How long segments may become, by the limits that a device had when its list was mapped.
struct SegmentRules: Hashable, Sendable {
  /// The most bytes.
  let maximum: UInt64
  /// No segment crosses a multiple of so many bytes; 0 for no such limit.
  let boundary: UInt64

  /// The rules of a mapping that is no list.
  static let none = SegmentRules(maximum: 0, boundary: 0)

  init(_ limits: DeviceLimits) {
    self.init(maximum: limits.maximumSegment, boundary: limits.boundary)
  }

  private init(maximum: UInt64, boundary: UInt64) {
    self.maximum = maximum
    self.boundary = boundary
  }

  /// Whether a segment may be so long.
  func allows(_ address: DVMAAddress, _ length: UInt64) -> Bool {
    let last = address.rawValue &+ (length &- 1)
    return length <= maximum
      && (boundary == 0 || address.rawValue & ~(boundary &- 1) == last & ~(boundary &- 1))
  }
}
