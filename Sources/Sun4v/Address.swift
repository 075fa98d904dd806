/// A 64-bit address of one kind: real, physical or DMA virtual.
///
/// The three kinds are distinct types, so that one is never passed where another is meant. No
/// operation here traps: sums that would leave 64 bits return `nil`.
public protocol Address: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable,
  CustomStringConvertible
where RawValue == UInt64 {
  /// Makes an address of its 64 bits; every pattern is a value.
  init(rawValue: UInt64)
}

extension Address {
  /// Makes an address of its 64 bits.
  @inlinable public init(_ rawValue: UInt64) { self.init(rawValue: rawValue) }

  /// The address as `0x` and 16 digits.
  public var description: String { rawValue.paddedHexadecimal }

  /// Orders addresses as unsigned numbers.
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

  /// The address `bytes` further up, or `nil` when that is beyond 64 bits.
  @inlinable public func advanced(by bytes: UInt64) -> Self? {
    let (sum, overflow) = rawValue.addingReportingOverflow(bytes)
    return overflow ? nil : Self(rawValue: sum)
  }

  /// The distance in bytes up from `base`, or `nil` when `base` is higher.
  @inlinable public func offset(from base: Self) -> UInt64? {
    rawValue >= base.rawValue ? rawValue &- base.rawValue : nil
  }

  /// Whether the address is a multiple of `bytes`, a power of two.
  @inlinable public func isAligned(to bytes: UInt64) -> Bool { rawValue & (bytes &- 1) == 0 }

  /// Whether the address is a multiple of the page size.
  @inlinable public func isAligned(to page: PageSize) -> Bool { isAligned(to: page.bytes) }
}

/// A real address (RA): what a domain calls physical.
public struct RealAddress: Address {
  /// The 64 bits of the address.
  public let rawValue: UInt64
  /// Makes a value of its number; every number is one.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A physical address (PA): where the machine keeps the byte.
public struct PhysicalAddress: Address {
  /// The 64 bits of the address.
  public let rawValue: UInt64
  /// Makes a value of its number; every number is one.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A DMA virtual address (DVA): what a device puts on the bus.
public struct DVMAAddress: Address {
  /// The 64 bits of the address.
  public let rawValue: UInt64
  /// Makes a value of its number; every number is one.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
}
