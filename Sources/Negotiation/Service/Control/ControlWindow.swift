import Sun4v

/// A window with the allocator and the ledger of its reserved range.
public struct ControlWindow: Hashable, Sendable {
  /// The window.
  public let window: DVMAWindow
  /// The page size.
  public let pageSize: PageSize
  /// Gives out the pages of the reserved range, numbered from its first one.
  public internal(set) var allocator: DVAAllocator
  /// Who holds what, and may hold how much.
  public internal(set) var ledger: GrantLedger

  /// Makes the allocator and the ledger of a window.
  ///
  /// - Throws: ``DVMAWindowError`` where the numbers describe no window, or more is reserved than
  ///   there is.
  init(
    _ window: DVMAWindow, _ configuration: ControlAgentConfiguration
  ) throws(DVMAWindowError) {
    self.window = window
    pageSize = try window.validate()
    do {
      allocator = try DVAAllocator(
        pageCount: Int(window.reservedPages),
        options: AllocatorOptions(
          policy: configuration.policy, quarantine: configuration.quarantine,
          basePage: window.reservedBase.rawValue >> pageSize.shift))
    } catch {
      throw DVMAWindowError(window.handle, error.message)
    }
    ledger = GrantLedger(
      pageCount: allocator.pageCount, scarcityFloor: configuration.scarcityFloor)
    for guest in configuration.guests { try open(guest) }
  }

  /// Opens the account of a guest, or changes its limits.
  mutating func open(_ guest: GuestPeer) throws(DVMAWindowError) {
    do {
      if ledger.account(of: guest.domain) == nil {
        try ledger.open(
          guest.domain, quota: guest.quotaPages, reservation: guest.reservationPages)
      } else {
        try ledger.setLimits(
          guest.domain, quota: guest.quotaPages, reservation: guest.reservationPages)
      }
    } catch {
      throw DVMAWindowError(window.handle, error.message)
    }
  }

  /// The index of the entry that translates a page of the reserved range.
  @inline(__always) public func entry(of page: Int) -> UInt64 {
    (window.reservedBase.rawValue &- window.base.rawValue) >> pageSize.shift &+ UInt64(page)
  }

  /// The DVA of a page of the reserved range.
  @inline(__always) func address(of page: Int) -> DVMAAddress {
    DVMAAddress(window.reservedBase.rawValue &+ UInt64(page) << pageSize.shift)
  }

  /// The page of the reserved range at a DVA inside it.
  func page(of address: DVMAAddress) -> Int {
    Int(truncatingIfNeeded: (address.rawValue &- window.reservedBase.rawValue) >> pageSize.shift)
  }
}

/// Why numbers describe no window.
public struct DVMAWindowError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The root complex.
  public let handle: DeviceHandle
  /// One sentence: what is wrong, and what would be right.
  public let message: String
  /// A stable name for scripts.
  public var code: String { "bad_window" }
  /// The sentence.
  public var description: String { message }

  init(_ handle: DeviceHandle, _ message: String) {
    self.handle = handle
    self.message = "root complex \(handle): \(message)"
  }
}

extension DVMAWindow {
  /// Checks that the numbers describe a window, and returns its page size.
  ///
  /// - Throws: ``DVMAWindowError``.
  public func validate() throws(DVMAWindowError) -> PageSize {
    guard let pageSize = PageSize(bytes: pageBytes) else {
      throw DVMAWindowError(handle, "\(pageBytes) bytes are not a page size")
    }
    let (bytes, overflow) = pages.multipliedReportingOverflow(by: pageBytes)
    guard pages > 0, !overflow, base.isAligned(to: pageSize), base.advanced(by: bytes &- 1) != nil
    else {
      throw DVMAWindowError(
        handle, "a window of \(pages) pages of \(pageSize) at \(base) does not exist")
    }
    guard reservedBase.isAligned(to: pageSize), let offset = reservedBase.offset(from: base),
      reservedPages > 0, offset >> pageSize.shift < pages,
      reservedPages <= pages &- offset >> pageSize.shift
    else {
      throw DVMAWindowError(
        handle,
        "a reserved range of \(reservedPages) pages at \(reservedBase) is not inside the window")
    }
    return pageSize
  }
}

extension DVMAWindow {
  /// The request in the allocator's words, or the limit that it meets before any is chosen.
  func allocation(
    _ wanted: GrantRequest, pageSize: PageSize, requester: Int
  ) throws(DenialReason) -> AllocationRequest {
    guard wanted.pages > 0 else { throw DenialReason(.noPages) }
    guard wanted.pages <= reservedPages else {
      throw DenialReason(.tooLarge, limit: reservedPages, asked: wanted.pages)
    }
    let alignment = wanted.alignment
    guard alignment != 0, alignment & (alignment &- 1) == 0 else {
      throw DenialReason(.badAlignment, asked: alignment)
    }
    guard alignment <= UInt64(DVAAllocator.maximumPageCount) else {
      throw DenialReason(.alignmentImpossible, asked: alignment)
    }
    guard wanted.boundary & (wanted.boundary &- 1) == 0 else {
      throw DenialReason(.badBoundary, asked: wanted.boundary)
    }
    guard wanted.boundary == 0 || wanted.pages <= wanted.boundary else {
      throw DenialReason(.boundaryTooSmall, limit: wanted.boundary, asked: wanted.pages)
    }
    var request = AllocationRequest(
      pages: Int(wanted.pages), alignment: Int(alignment), guardPages: Int(wanted.guardPages),
      requester: requester)
    // A segment longer than any window never cuts one.
    if wanted.boundary != 0, wanted.boundary <= UInt64(DVAAllocator.maximumPageCount) {
      request.boundary = Int(wanted.boundary)
    }
    let end = reservedBase.rawValue &+ (reservedPages << pageSize.shift) &- 1
    if wanted.highestAddress.rawValue < end {
      let needed = wanted.pages << pageSize.shift
      let available = wanted.highestAddress.rawValue.subtractingReportingOverflow(
        reservedBase.rawValue)
      guard !available.overflow, available.partialValue >= needed &- 1 else {
        throw DenialReason(
          .highestAddressTooLow, limit: reservedBase.rawValue,
          asked: wanted.highestAddress.rawValue)
      }
      request.highestPage = Int((available.partialValue &+ 1) >> pageSize.shift) - 1
    }
    return request
  }
}
