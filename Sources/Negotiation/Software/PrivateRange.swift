import Hypervisor
import Sun4v

/// The part of a window that the control domain keeps for its own DMA: all but the reserved range.
public struct PrivateRange: Hashable, Sendable {
  /// The window.
  public let window: DVMAWindow
  /// Gives out the entries of the window, numbered as the hypervisor does; those of the reserved range,
  /// and those that firmware left valid, are never given.
  public private(set) var allocator: DVAAllocator
  /// The entries that firmware left valid, as far as they were met.
  public private(set) var imported: [UInt64] = []
  /// One bit for each entry that was looked at.
  private var probed: [UInt64] = []

  init(_ window: DVMAWindow) throws(DVMAWindowError) {
    self.window = window
    let pageSize = try window.validate()
    do {
      allocator = try DVAAllocator(
        pageCount: Int(clamping: window.pages),
        options: AllocatorOptions(basePage: window.base.rawValue >> pageSize.shift))
      try allocator.reserve(
        start: Int((window.reservedBase.rawValue &- window.base.rawValue) >> pageSize.shift),
        pages: Int(window.reservedPages))
    } catch {
      throw DVMAWindowError(window.handle, error.message)
    }
  }

  /// Allocates entries for the control domain's own mappings.
  ///
  /// Entries that firmware left valid are found when they are first about to be given, and are kept
  /// from then on; Linux looks for them at boot instead, with one call for each entry of the window
  /// (pci_sun4v.c, probe_existing_entries).
  ///
  /// - Returns: The index of the first entry.
  /// - Throws: `AllocationError` with the limit that was met.
  public mutating func allocate(
    _ request: AllocationRequest, _ port: DomainPort
  ) throws(AllocationError) -> Int {
    while true {
      let start = try allocator.allocate(request)
      guard let taken = probe(start..<(start + request.pages), port) else { return start }
      // Neither call can be refused: the range was allocated just now, and its page is then free.
      try? allocator.free(start: start, pages: request.pages)
      try? allocator.reserve(start: taken, pages: 1)
    }
  }

  /// Looks at entries that were never looked at; the first that cannot be used, or `nil`.
  private mutating func probe(_ entries: Swift.Range<Int>, _ port: DomainPort) -> Int? {
    for entry in entries {
      let word = entry >> 6
      while word >= probed.count { probed.append(0) }
      let bit: UInt64 = 1 << UInt64(entry & 63)
      guard probed[word] & bit == 0 else { continue }
      probed[word] |= bit
      let status = port.fastTrap(
        HypercallNumber.pciIOMMUGetmap, window.handle.rawValue, UInt64(entry)
      ).status
      guard status != .noMapping else { continue }
      if status == .ok { imported.append(UInt64(entry)) }
      return entry
    }
    return nil
  }

  /// Takes entries back.
  ///
  /// - Throws: `FreeError` where no such range is allocated.
  public mutating func free(start: Int, pages: Int) throws(FreeError) {
    try allocator.free(start: start, pages: pages)
  }
}
