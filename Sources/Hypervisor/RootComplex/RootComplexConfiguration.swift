import Sun4v

/// A root complex's number: its place in the hypervisor's list.
public struct RootComplexID: RawRepresentable, Hashable, Comparable, Sendable,
  BitwiseCopyable, CustomStringConvertible
{
  /// The number, 0 for the first root complex.
  public let rawValue: Int
  /// Makes a value of its number; every number is one.
  @inlinable public init(rawValue: Int) { self.rawValue = rawValue }
  /// Makes a value of its number; every number is one.
  @inlinable public init(_ rawValue: Int) { self.rawValue = rawValue }

  /// The number as text.
  public var description: String { "\(rawValue)" }
  /// Orders by number.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A range of bus addresses.
public struct BusAddressRange: Hashable, Sendable {
  /// The first address.
  public let base: DVMAAddress
  /// The size in bytes.
  public let size: UInt64

  /// Makes a range of its base and size in bytes.
  public init(base: DVMAAddress, size: UInt64) {
    self.base = base
    self.size = size
  }

  /// Whether a range of so many bytes lies inside.
  public func contains(_ address: DVMAAddress, size: UInt64) -> Bool {
    address >= base && size <= self.size && address.rawValue &- base.rawValue <= self.size &- size
  }
}

/// What a root complex is to be.
public struct RootComplexConfiguration: Hashable, Sendable {
  /// Its name, such as `pci@400`.
  public var name: String
  /// The handle by which domains name it (MD `cfg-handle`).
  public var handle: DeviceHandle
  /// The base of the window; `nil` for the real part's.
  public var windowBase: DVMAAddress?
  /// The size of the window in bytes; `nil` for the real part's.
  public var windowSize: UInt64?
  /// The page size of the window.
  public var pageSize: PageSize = .size8K
  /// Whether devices may use bypass addresses (hypervisor MD `allow_bypass`).
  public var allowsBypass = false
  /// Whether the root complex remembers translations (see `IOTLB`).
  public var hasIOTLB = true
  /// Real addresses of the root complex's I/O and memory windows, for its owner's peek and poke.
  public var ioSegments: [IOSegment] = []
  /// Where domain-supplied IOTSBs may lie (MD `iommu-address-ranges`); model `atu` only.
  public var addressRanges: [BusAddressRange] = RootComplexConfiguration.standardAddressRanges
  /// The page sizes of domain-supplied IOTSBs; model `atu` only.
  public var pageSizes: [PageSize] = [.size8K, .size64K, .size4M, .size256M]

  /// Makes the description of a root complex with the real part's window.
  public init(name: String, handle: DeviceHandle) {
    self.name = name
    self.handle = handle
  }

  /// One range of real addresses that leads to devices.
  public struct IOSegment: Hashable, Sendable {
    /// The first real address, which is also the physical one.
    public let base: RealAddress
    /// The size in bytes.
    public let size: UInt64

    /// Makes a range of its base and size in bytes.
    public init(base: RealAddress, size: UInt64) {
      self.base = base
      self.size = size
    }
  }

  /// Two ranges of 32-bit and two of 64-bit space, of which Linux uses the last for its 32 GiB.
  ///
  /// The order is the property's (sun4v bindings as Linux reads them); no dump of a real part's values
  /// is public, so the numbers are ours.
  public static let standardAddressRanges = [
    BusAddressRange(base: DVMAAddress(0x8000_0000), size: 0x4000_0000),
    BusAddressRange(base: DVMAAddress(0xc000_0000), size: 0x4000_0000),
    BusAddressRange(base: DVMAAddress(0x10_0000_0000), size: 0x8_0000_0000),
    BusAddressRange(base: DVMAAddress(0x20_0000_0000), size: 0x20_0000_0000),
  ]
}
