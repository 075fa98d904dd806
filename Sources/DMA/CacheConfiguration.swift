/// How a driver keeps space in hand.
public struct CacheConfiguration: Hashable, Sendable {
  /// Whether space is kept at all; where not, every mapping is negotiated and given back on its own.
  public var isEnabled: Bool
  /// How many pages are asked for at a time.
  public var batchPages: UInt64
  /// How many pages may lie in grants without any mapping before such grants are given back.
  public var idlePages: UInt64

  /// Batches of 256 pages, 2 MiB; at most four of them idle.
  public init(isEnabled: Bool = true, batchPages: UInt64 = 256, idlePages: UInt64 = 1024) {
    self.isEnabled = isEnabled
    self.batchPages = batchPages
    self.idlePages = idlePages
  }
}

/// What a driver's cache holds and has done.
public struct DMAStatistics: Hashable, Sendable {
  /// Mappings made.
  public var maps: UInt64 = 0
  /// Mappings removed.
  public var unmaps: UInt64 = 0
  /// Operations that had to wait for space.
  public var misses: UInt64 = 0
  /// Grants and private ranges that were added.
  public var added: UInt64 = 0
  /// Grants and private ranges that were given back.
  public var returned: UInt64 = 0
  /// Grants that were taken by force.
  public var lost: UInt64 = 0
  /// Pages in hand.
  public var heldPages: UInt64 = 0
  /// Pages under mappings.
  public var usedPages: UInt64 = 0
  /// Pages of ranges in hand without any mapping.
  public var idlePages: UInt64 = 0
  /// Mappings that exist.
  public var live: UInt64 = 0

  /// Parts of a thousand of the mappings that needed no negotiation; 1000 where there were none.
  public var hitsPerThousand: UInt64 {
    guard maps > 0 else { return misses == 0 ? 1000 : 0 }
    return maps > misses ? (maps &- misses) &* 1000 / maps : 0
  }
}
