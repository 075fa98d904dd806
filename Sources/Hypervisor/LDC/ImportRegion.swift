// Theory of operation
//
// A domain sees the pages that it imported over its channels in a region of real addresses above its
// memory, cut into slots of 256 MiB, the largest page. A slot holds one page whatever its size, so
// an address leads to its slot by a shift. Slots are given out last freed first, at the beginning
// 0, 1, 2 and so on.
//
// Invariants: a slot is in use, or in the free list, or was never used and lies at or above
// `untouched`; never two of these.
//
// Source: OpenSPARC hypervisor 1.5.6, ldc.h and ldc.s.

import Sun4v

/// The rights of an exported page as the import calls pack them.
public struct SharedPageRights: OptionSet, Hashable, Sendable {
  /// The packed rights: bits 10:4 of the map table entry's word 0.
  public let rawValue: UInt64
  /// Makes rights of their bits.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The importer may load.
  public static let read = SharedPageRights(rawValue: 0x01)
  /// The importer may store.
  public static let write = SharedPageRights(rawValue: 0x02)
  /// The importer may execute.
  public static let execute = SharedPageRights(rawValue: 0x04)
  /// The importer may map the page for devices to read.
  public static let ioRead = SharedPageRights(rawValue: 0x08)
  /// The importer may map the page for devices to write.
  public static let ioWrite = SharedPageRights(rawValue: 0x10)
  /// The importer may copy from the page.
  public static let copyIn = SharedPageRights(rawValue: 0x20)
  /// The importer may copy to the page.
  public static let copyOut = SharedPageRights(rawValue: 0x40)
  /// The rights that an import gives: all but those to copy.
  static let mappable = SharedPageRights(rawValue: 0x1f)
}

/// A page of another domain that a domain has imported.
public struct ImportedPage: Hashable, Sendable {
  /// Where the page lies.
  public let physical: PhysicalAddress
  /// Its size.
  public let pageSize: PageSize
  /// What the importer may do with it.
  public let rights: SharedPageRights
  /// The domain that exported it.
  public let exporter: DomainID?
  /// The exporter's end of the channel.
  public let channel: ChannelID
  /// Its entry in the exporter's map table.
  public let index: UInt64
  /// The cookie by which the exporter may revoke it; 0 as deployed, where nothing can be revoked.
  public let revocationCookie: UInt64

  /// Describes an import.
  public init(
    physical: PhysicalAddress, pageSize: PageSize, rights: SharedPageRights,
    exporter: DomainID? = nil, channel: ChannelID = ChannelID(0), index: UInt64 = 0,
    revocationCookie: UInt64 = 0
  ) {
    self.physical = physical
    self.pageSize = pageSize
    self.rights = rights
    self.exporter = exporter
    self.channel = channel
    self.index = index
    self.revocationCookie = revocationCookie
  }
}

/// The real addresses at which a domain sees what it imported.
public struct ImportRegion: Hashable, Sendable {
  /// The number of address bits inside a slot.
  public static let slotShift: UInt64 = 28
  /// The most slots that a domain has.
  public static let maximumSlots = 4096

  /// The first real address; 0 for a domain that may not import.
  public let base: RealAddress
  /// The size in bytes.
  public let size: UInt64
  private var slots: [ImportedPage?] = []
  private var freed: [Int] = []
  private var untouched = 0
  private var lastCookie: UInt64 = 0

  /// Makes an empty region; by default 4096 slots from 0x4000000000 on.
  public init(
    base: RealAddress = RealAddress(0x40_0000_0000),
    size: UInt64 = UInt64(maximumSlots) << slotShift
  ) {
    self.base = base
    self.size = size
  }

  /// Makes a region in which some slots are in use and the free ones are given out in an order.
  package init(
    base: RealAddress, size: UInt64, free: [Int], used: [(slot: Int, page: ImportedPage)]
  ) {
    self.init(base: base, size: size)
    untouched = slotCount
    freed = free.reversed()
    for (slot, page) in used { self[slot] = page }
  }

  /// The number of slots.
  public var slotCount: Int { Int(min(size >> Self.slotShift, UInt64(Self.maximumSlots))) }

  /// Whether a slot was ever given out.
  var wasEverUsed: Bool { untouched > 0 || !slots.isEmpty }

  /// The slots that are in use, in order.
  public var used: [(slot: Int, page: ImportedPage)] {
    slots.indices.compactMap { slot in slots[slot].map { (slot, $0) } }
  }

  /// The free slots in the order in which they will be given out, at most so many.
  public func free(limit: Int) -> [Int] {
    let fresh = untouched..<max(slotCount, untouched)
    return Array((freed.reversed() + Array(fresh.prefix(limit))).prefix(max(limit, 0)))
  }

  /// The page in a slot, or `nil` where it is free or there is none.
  public private(set) subscript(slot: Int) -> ImportedPage? {
    get { slots.indices.contains(slot) ? slots[slot] : nil }
    set {
      guard slot >= 0, slot < slotCount else { return }
      while slots.count <= slot { slots.append(nil) }
      slots[slot] = newValue
      while case .some(nil) = slots.last { slots.removeLast() }
    }
  }

  /// The slot that holds a real address, or `nil` outside the region.
  func slot(of address: RealAddress) -> Int? {
    guard let offset = address.offset(from: base), offset < size else { return nil }
    return Int(offset >> Self.slotShift)
  }

  /// The real address of a slot's first byte.
  func address(of slot: Int) -> RealAddress {
    RealAddress(base.rawValue &+ UInt64(slot) << Self.slotShift)
  }

  /// Takes the next free slot, or `nil` where none is left.
  mutating func take() -> Int? {
    if let slot = freed.popLast() { return slot }
    guard untouched < slotCount else { return nil }
    untouched += 1
    return untouched - 1
  }

  /// A revocation cookie that this region never gave before.
  mutating func nextCookie() -> UInt64 {
    lastCookie &+= 1
    return lastCookie
  }

  mutating func fill(_ slot: Int, with page: ImportedPage) { self[slot] = page }

  /// Empties a slot, which will be given out next; returns what was in it.
  mutating func release(_ slot: Int) -> ImportedPage? {
    guard let page = self[slot] else { return nil }
    self[slot] = nil
    freed.append(slot)
    return page
  }
}
