import Sun4v

/// One window of a root complex and the range of it that every domain reserves at boot.
public struct DVMAWindow: Hashable, Sendable {
  /// The root complex.
  public var handle: DeviceHandle
  /// The first DVA of the window.
  public var base: DVMAAddress
  /// The size of the window in pages.
  public var pages: UInt64
  /// The size of a page in bytes, as a number on the wire.
  public var pageBytes: UInt64
  /// The first DVA of the reserved range.
  public var reservedBase: DVMAAddress
  /// The size of the reserved range in pages.
  public var reservedPages: UInt64

  /// Describes a window.
  public init(
    handle: DeviceHandle, base: DVMAAddress, pages: UInt64, pageSize: PageSize,
    reservedBase: DVMAAddress, reservedPages: UInt64
  ) {
    self.init(
      handle: handle, base: base, pages: pages, pageBytes: pageSize.bytes,
      reservedBase: reservedBase, reservedPages: reservedPages)
  }

  init(
    handle: DeviceHandle, base: DVMAAddress, pages: UInt64, pageBytes: UInt64,
    reservedBase: DVMAAddress, reservedPages: UInt64
  ) {
    self.handle = handle
    self.base = base
    self.pages = pages
    self.pageBytes = pageBytes
    self.reservedBase = reservedBase
    self.reservedPages = reservedPages
  }

  /// A window whose upper half is the reserved range, as domains choose without other word.
  public init(handle: DeviceHandle, base: DVMAAddress, pages: UInt64, pageSize: PageSize) {
    let lower = pages / 2
    self.init(
      handle: handle, base: base, pages: pages, pageSize: pageSize,
      reservedBase: DVMAAddress(base.rawValue &+ lower &* pageSize.bytes),
      reservedPages: pages &- lower)
  }

  /// In what two views of a window differ.
  public func differences(from other: DVMAWindow) -> DVMAWindowDifferences {
    var found: DVMAWindowDifferences = []
    if handle != other.handle { found.insert(.handle) }
    if base != other.base { found.insert(.base) }
    if pages != other.pages { found.insert(.pages) }
    if pageBytes != other.pageBytes { found.insert(.pageSize) }
    if reservedBase != other.reservedBase { found.insert(.reservedBase) }
    if reservedPages != other.reservedPages { found.insert(.reservedPages) }
    return found
  }
}

/// In what two domains' views of a window differ; empty where they agree.
public struct DVMAWindowDifferences: OptionSet, Hashable, Sendable {
  /// The bits on the wire.
  public let rawValue: UInt32
  /// Makes a set of its bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The control domain has no root complex of this handle.
  public static let handle = DVMAWindowDifferences(rawValue: 1)
  /// The first DVA of the window.
  public static let base = DVMAWindowDifferences(rawValue: 2)
  /// The size of the window.
  public static let pages = DVMAWindowDifferences(rawValue: 4)
  /// The page size.
  public static let pageSize = DVMAWindowDifferences(rawValue: 8)
  /// The first DVA of the reserved range.
  public static let reservedBase = DVMAWindowDifferences(rawValue: 16)
  /// The size of the reserved range.
  public static let reservedPages = DVMAWindowDifferences(rawValue: 32)

  static let known: UInt32 = 63

  /// The differing fields by name, such as `page size`.
  public var names: [String] {
    let all: [(DVMAWindowDifferences, String)] = [
      (.handle, "device handle"), (.base, "window base"), (.pages, "window size"),
      (.pageSize, "page size"), (.reservedBase, "reserved base"),
      (.reservedPages, "reserved size"),
    ]
    return all.filter { contains($0.0) }.map(\.1)
  }
}

/// What a guest asks for: one range, or a batch of equal ones.
public struct GrantRequest: Hashable, Sendable {
  /// The root complex in whose window the ranges are to lie.
  public var handle: DeviceHandle
  /// The size of each range in pages.
  public var pages: UInt64
  /// Each range begins at a multiple of so many pages, a power of two.
  public var alignment: UInt64
  /// No range crosses a multiple of so many pages, a power of two; 0 for no such limit.
  public var boundary: UInt64
  /// The last byte that a range may use; all ones for no such limit.
  public var highestAddress: DVMAAddress
  /// The number of ranges.
  public var count: UInt32
  /// The number of pages kept empty behind each range.
  public var guardPages: UInt32
  /// Whether fewer ranges than asked are better than none.
  public var acceptsPart: Bool

  /// Makes a request; what is not given is not asked.
  public init(
    handle: DeviceHandle, pages: UInt64, alignment: UInt64 = 1, boundary: UInt64 = 0,
    highestAddress: DVMAAddress = DVMAAddress(.max), count: UInt32 = 1, guardPages: UInt32 = 0,
    acceptsPart: Bool = false
  ) {
    self.handle = handle
    self.pages = pages
    self.alignment = alignment
    self.boundary = boundary
    self.highestAddress = highestAddress
    self.count = count
    self.guardPages = guardPages
    self.acceptsPart = acceptsPart
  }
}

/// A grant as messages carry it.
public struct GrantRecord: Hashable, Sendable, BitwiseCopyable {
  /// The grant.
  public var grant: GrantID
  /// Its first DVA.
  public var address: DVMAAddress
  /// Its size in pages.
  public var pages: UInt64

  /// Makes a record.
  public init(grant: GrantID, address: DVMAAddress, pages: UInt64) {
    self.grant = grant
    self.address = address
    self.pages = pages
  }
}

/// What became of one grant that a guest gave back.
public struct ReleaseRecord: Hashable, Sendable {
  /// The outcome for one grant.
  public enum Result: UInt32, Hashable, Sendable {
    /// The grant is no more.
    case released = 0
    /// The guest does not hold such a grant.
    case notHeld = 1
    /// The hypervisor refused; the guest still holds the grant.
    case refused = 2
  }

  /// The grant.
  public var grant: GrantID
  /// The outcome.
  public var result: Result
  /// What the hypervisor answered, where it refused.
  public var status: UInt32

  /// Makes a record.
  public init(grant: GrantID, result: Result, status: UInt32 = 0) {
    self.grant = grant
    self.result = result
    self.status = status
  }
}

/// What the control domain knows of a grant that a guest listed.
public struct GrantStateRecord: Hashable, Sendable {
  /// The state of one grant.
  public enum State: UInt32, Hashable, Sendable {
    /// The guest does not hold such a grant, or not over this range; it is to forget it.
    case unknown = 0
    /// The guest holds it.
    case live = 1
    /// The guest holds it until the control domain takes it back.
    case revoking = 2
  }

  /// The grant.
  public var grant: GrantID
  /// Its state.
  public var state: State

  /// Makes a record.
  public init(grant: GrantID, state: State) {
    self.grant = grant
    self.state = state
  }
}

/// How much a domain holds, and how much it may hold.
public struct DomainUse: Hashable, Sendable {
  /// The most pages it may hold; all ones for no such limit.
  public var quotaPages: UInt64
  /// The pages it holds.
  public var usedPages: UInt64

  /// Makes a record.
  public init(quotaPages: UInt64, usedPages: UInt64) {
    self.quotaPages = quotaPages
    self.usedPages = usedPages
  }
}
