import Sun4v

/// The DVA range that an IOTSB translates, page by page.
public struct WindowGeometry: Hashable, Sendable {
  /// The first DVA.
  public let base: DVMAAddress
  /// The page size.
  public let pageSize: PageSize
  /// The number of entries of the table.
  public let entryCount: UInt64
  /// The entries at the end that no call reaches: on t1 the event queues'.
  public let reservedEntries: UInt64

  /// The number of entries that calls reach.
  @inlinable public var usableEntries: UInt64 { entryCount &- reservedEntries }
  /// The size in bytes.
  public var size: UInt64 { entryCount << pageSize.shift }

  /// The index of the entry that translates a DVA, or `nil` outside the window.
  @inlinable public func index(of address: DVMAAddress) -> UInt64? {
    let offset = address.rawValue &- base.rawValue
    let index = offset &>> pageSize.shift
    return address >= base && index < entryCount ? index : nil
  }

  /// The first DVA that the entry at an index translates.
  @inlinable public func address(of index: UInt64) -> DVMAAddress {
    DVMAAddress(base.rawValue &+ index &<< pageSize.shift)
  }

  /// The most entries that a window may have: a table of 2 GiB.
  public static let entryLimit: UInt64 = 1 << 28

  /// Makes the geometry of a window for a model; throws `ConfigurationError` where the model cannot
  /// have it.
  ///
  /// Sizes are bytes. The deployed parts have 2 GiB at 0x80000000 in pages of 8 KiB; other windows
  /// are for machines that were never built.
  public init(
    model: MachineModel, base: DVMAAddress, size: UInt64, pageSize: PageSize
  ) throws(ConfigurationError) {
    let entries = size >> pageSize.shift
    guard size > 0, size & (pageSize.bytes &- 1) == 0, entries <= Self.entryLimit else {
      throw ConfigurationError(
        .badWindow,
        "a window of \(size) bytes: wanted 1 to \(Self.entryLimit) pages of \(pageSize)")
    }
    guard base.isAligned(to: pageSize), let end = base.advanced(by: size),
      end.rawValue <= Self.addressLimit
    else {
      throw ConfigurationError(
        .badWindow,
        "a window of \(size) bytes at \(base): wanted a base that is a multiple of \(pageSize) and "
          + "an end of at most \(DVMAAddress(Self.addressLimit))")
    }
    let reserved: UInt64 = model == .t1 ? Self.eventQueueEntries : 0
    guard entries > reserved else {
      throw ConfigurationError(
        .badWindow, "a window of \(entries) pages: t1 keeps the last \(reserved) for event queues")
    }
    self.base = base
    self.pageSize = pageSize
    entryCount = entries
    reservedEntries = reserved
  }

  /// The window of the real parts: 2 GiB at 0x80000000 in pages of 8 KiB.
  public static func deployed(_ model: MachineModel) throws(ConfigurationError) -> WindowGeometry {
    try WindowGeometry(
      model: model, base: DVMAAddress(0x8000_0000), size: 0x8000_0000, pageSize: .size8K)
  }

  /// IOTSB 1 of t2: 64 GiB at 64 GiB in pages of 4 MiB (OpenSPARC hypervisor, piu.h).
  static func bypass() throws(ConfigurationError) -> WindowGeometry {
    try WindowGeometry(
      model: .t2, base: DVMAAddress(0x10_0000_0000), size: 0x10_0000_0000, pageSize: .size4M)
  }

  /// T1: 36 event queues of 8 KiB, rounded up to 512 KiB (OpenSPARC hypervisor, fire.h).
  static let eventQueueEntries: UInt64 = 64
  /// A translated address has bits 62:40 zero (OpenSPARC T2, DMU).
  static let addressLimit: UInt64 = 1 << 40
}
