// Theory of operation
//
// An object that is larger than the device takes at once is mapped window by window, as illumos does: a
// window is exactly one cookie, and only one of them is mapped at a time. All windows use the same
// range of bus addresses; moving to another removes the entries of one and installs those of the other.
//
// A window is as long as the device's longest segment and its boundary permit, in whole pages, and begins
// at a page of the object, but for the first, which begins where the object does, and the last, which
// ends where it ends. More than one window needs the caller's consent (DDI_DMA_PARTIAL); without it the
// object is too big (DDI_DMA_TOOBIG).
//
// Source: illumos px_dma.c as told in ddi_dma_attr(9S) and ddi_dma_getwin(9F).

import Hypervisor
import Negotiation
import Sun4v

extension MappingDetail {
  /// The number of windows of an object.
  func windowCount(_ page: PageSize) -> UInt64 {
    guard windowBytes > 0, let object = memory.first else { return 1 }
    let bytes = object.pages(page) << page.shift
    return (bytes &+ windowBytes &- 1) / windowBytes
  }

  /// The piece of the object that a window covers.
  func piece(_ window: UInt64, _ page: PageSize) -> MemoryPiece {
    let object = memory.first ?? MemoryPiece(address: RealAddress(0), length: 0)
    let inPage = object.address.rawValue & (page.bytes &- 1)
    let from = max(window &* windowBytes, inPage)
    let to = min((window &+ 1) &* windowBytes, inPage &+ object.length)
    return MemoryPiece(
      address: RealAddress(object.address.rawValue &- inPage &+ from), length: to &- from)
  }

  /// The number of pages of the window that is mapped.
  func activePages(_ page: PageSize) -> UInt64 { piece(activeWindow, page).pages(page) }
}

extension GuestDMA {
  /// Maps the first window of an object (illumos: `ddi_dma_addr_bind_handle`).
  ///
  /// - Parameter partial: whether more than one window will do.
  /// - Throws: ``DMAError``, code `too_big` where it takes more windows than one and `partial` is
  ///   false; nothing is mapped then.
  public mutating func mapWindows(
    _ port: DomainPort, device: Int, _ object: MemoryPiece, _ direction: DMADirection,
    partial: Bool
  ) throws(DMAError) -> DMAStep {
    try check(object)
    let entry = devices[device]
    let space = Int(entry.space)
    let page = spaces[space].driver.pageSize
    let total = object.pages(page) << page.shift
    var bytes = entry.limits.maximumSegment
    if entry.limits.boundary != 0 { bytes = min(bytes, entry.limits.boundary) }
    if object.length <= bytes, object.pages(page) <= bytes.pagesRoundedUp(page) {
      bytes = max(total, page.bytes)
    } else {
      bytes &= ~(page.bytes &- 1)
    }
    guard bytes > 0 else {
      throw DMAError(
        .tooBig,
        "\(object.length) bytes in windows of at most \(entry.limits.maximumSegment): a window takes a "
          + "page of \(page.bytes) bytes at least")
    }
    var detail = MappingDetail()
    detail.memory = [object]
    detail.windowBytes = bytes
    let windows = detail.windowCount(page)
    guard partial || windows == 1 else {
      throw DMAError(
        .tooBig,
        "\(object.length) bytes are more than the \(bytes) that the device takes at once; consent to "
          + "windows, of which it makes \(windows)")
    }
    let pages = min(bytes, total) >> page.shift
    guard let place = take(pages, device) else {
      return .needsSpace(try request(pages, device))
    }
    detail.places = [place]
    let piece = detail.piece(0, page)
    do {
      try map(port, piece, at: place, device, direction)
    } catch {
      giveBack(place, space: space)
      throw error
    }
    let address = busAddress(of: piece, at: place, space)
    draft = detail
    let link = makeDetail()
    return makeSlot(DMASegment(address: address, length: piece.length)) { slot in
      slot.space = entry.space
      slot.device = Int32(truncatingIfNeeded: device)
      slot.link = link
      slot.place = place
      slot.memory = object.address
      slot.direction = direction
    }
  }

  /// The number of windows of a mapping, and the one that is mapped, counted from 0.
  public func windows(
    of handle: DMAHandle
  ) throws(DMAError) -> (count: UInt64, active: UInt64) {
    let slot = slots[try slot(of: handle)]
    guard slot.link >= 0 else { return (1, 0) }
    let detail = details[Int(slot.link)]
    return (detail.windowCount(spaces[Int(slot.space)].driver.pageSize), detail.activeWindow)
  }

  /// Maps another window of an object instead of the one that is mapped (illumos: `ddi_dma_getwin`).
  ///
  /// - Throws: ``DMAError`` where there is no such window, or where a call fails; the window that was
  ///   mapped stays mapped then.
  public mutating func moveWindow(
    _ port: DomainPort, _ handle: DMAHandle, to window: UInt64
  ) throws(DMAError) {
    let number = try slot(of: handle)
    let slot = slots[number]
    let (count, active) = try windows(of: handle)
    guard window < count else {
      throw DMAError(
        .invalidArgument, "there is no window \(window): the object has windows 0 to \(count - 1)")
    }
    guard slot.link >= 0, window != active else { return }
    let space = Int(slot.space)
    let page = spaces[space].driver.pageSize
    let device = Int(slot.device)
    let detail = details[Int(slot.link)]
    let old = detail.piece(active, page)
    let new = detail.piece(window, page)
    try demap(port, slot.place, old.pages(page), space)
    do {
      try map(port, new, at: slot.place, device, slot.direction)
    } catch {
      // What was mapped a moment ago is mapped again; where even that fails, the invariants say so.
      try? map(port, old, at: slot.place, device, slot.direction)
      throw error
    }
    details[Int(slot.link)].activeWindow = window
    slots[number].address = busAddress(of: new, at: slot.place, space)
    slots[number].length = new.length
  }

  private func map(
    _ port: DomainPort, _ piece: MemoryPiece, at place: Place, _ device: Int,
    _ direction: DMADirection
  ) throws(DMAError) {
    let driver = spaces[Int(devices[device].space)].driver
    try driver.map(
      port, at: place.index, count: piece.pages(driver.pageSize),
      memory: RealAddress(piece.address.rawValue & ~(driver.pageSize.bytes &- 1)),
      attributes: attributes(direction, device))
  }
}

extension UInt64 {
  /// The number of pages of so many bytes, rounded up.
  fileprivate func pagesRoundedUp(_ page: PageSize) -> UInt64 { page.pages(for: self) }
}
