import Sun4v

/// Word 0 of an entry of a channel's map table.
///
/// Source: FWARC 2008/424; OpenSPARC hypervisor, ldc.h.
public struct MapTableEntry: RawRepresentable, Hashable, Sendable {
  /// The 64 bits in memory.
  public let rawValue: UInt64
  /// Makes an entry of its bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Makes the entry that exports a page.
  public init(page: RealAddress, pageSize: PageSize, rights: SharedPageRights) {
    rawValue =
      page.rawValue & Self.addressMask | (rights.rawValue & 0x7f) << 4 | UInt64(pageSize.code)
  }

  static let addressMask: UInt64 = 0x00ff_ffff_ffff_e000
  /// Bit 56: the hypervisor's note that the importer has the page.
  static let inUse: UInt64 = 1 << 56

  /// The page-size code, bits 3:0.
  public var pageSizeCode: UInt64 { rawValue & 0xf }
  /// What the importer may do, bits 10:4; without any the entry is invalid.
  public var rights: SharedPageRights { SharedPageRights(rawValue: rawValue >> 4 & 0x7f) }
  /// The exported page, bits 55:13.
  public var page: RealAddress { RealAddress(rawValue & Self.addressMask) }
}

/// A cookie: where in the pages that the far end of a channel exported.
///
/// Source: FWARC 2008/424.
public struct SharedMemoryCookie: RawRepresentable, Hashable, Sendable {
  /// The 64 bits of the argument.
  public let rawValue: UInt64
  /// Makes a cookie of its bits; every pattern is one.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Makes a cookie of its parts: an entry of the table and an offset in its page.
  public init(pageSize: PageSize, index: UInt64, offset: UInt64) {
    rawValue =
      UInt64(pageSize.code) << 60 | (index &<< pageSize.shift) & ((1 << 60) - 1)
      | offset & (pageSize.bytes - 1)
  }

  /// The page-size code, bits 63:60.
  public var pageSizeCode: UInt64 { rawValue >> 60 }
  /// The entry of the table, for pages of a size.
  public func index(_ pageSize: PageSize) -> UInt64 {
    (rawValue & ((1 << 60) - 1)) >> pageSize.shift
  }
  /// The offset in the page.
  public func offset(_ pageSize: PageSize) -> UInt64 { rawValue & (pageSize.bytes - 1) }
}
