import Hypervisor
import Sun4v

/// The part of a window that the control domain keeps for its own DMA: all but the reserved range.
public struct PrivateRange: Hashable, Sendable {
  /// The window.
  public let window: DVMAWindow
  /// Gives out the entries of the window, numbered as the hypervisor does; those of the reserved range,
  /// and those that firmware left valid, are never given.
  public private(set) var allocator: DVAAllocator
  /// The entries that firmware left valid.
  public private(set) var imported: [UInt64] = []

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

  /// Finds entries of the private part that are valid already, and keeps them.
  ///
  /// Source: Linux, pci_sun4v.c, probe_existing_entries.
  mutating func importFirmwareEntries(_ port: DomainPort) {
    let reserved = (window.reservedBase.rawValue &- window.base.rawValue) / window.pageBytes
    let own = [0..<reserved, (reserved &+ window.reservedPages)..<window.pages]
    for range in own {
      for index in range {
        let status = port.fastTrap(
          HypercallNumber.pciIOMMUGetmap, window.handle.rawValue, index
        ).status
        // No translation is the rule; an entry that cannot be asked for cannot be used either.
        guard status != .noMapping else { continue }
        if status == .ok { imported.append(index) }
        try? allocator.reserve(start: Int(clamping: index), pages: 1)
      }
    }
  }

  /// Allocates entries for the control domain's own mappings.
  ///
  /// - Returns: The index of the first entry.
  /// - Throws: `AllocationError` with the limit that was met.
  public mutating func allocate(_ request: AllocationRequest) throws(AllocationError) -> Int {
    try allocator.allocate(request)
  }

  /// Takes entries back.
  ///
  /// - Throws: `FreeError` where no such range is allocated.
  public mutating func free(start: Int, pages: Int) throws(FreeError) {
    try allocator.free(start: start, pages: pages)
  }
}
