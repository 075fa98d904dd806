/// The `io_attributes` argument of the IOMMU calls, all 64 bits.
///
/// Source: FWARC 2010/137 (io-api), UltraSPARC Virtual Machine Specification, section 23.3.
public struct IOAttributes: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The 64 bits of the argument.
  public let rawValue: UInt64
  /// Makes a value of its number; every number is one.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// R, bit 0: the device may read memory.
  public static let read = IOAttributes(rawValue: 1)
  /// W, bit 1: the device may write memory.
  public static let write = IOAttributes(rawValue: 2)
  /// L, bit 2: relaxed ordering; advisory.
  public static let relaxedOrdering = IOAttributes(rawValue: 4)

  /// Makes attributes of permissions and the only requester allowed, if there is to be just one.
  public init(
    read: Bool, write: Bool, relaxedOrdering: Bool = false, requester: BusDeviceFunction? = nil
  ) {
    rawValue =
      (read ? 1 : 0) | (write ? 2 : 0) | (relaxedOrdering ? 4 : 0)
      | UInt64(requester?.rawValue ?? 0) << 16
  }

  /// Whether R is set.
  @inlinable public var allowsRead: Bool { rawValue & 1 != 0 }
  /// Whether W is set.
  @inlinable public var allowsWrite: Bool { rawValue & 2 != 0 }

  /// PP, bits 5:4: how many bits of the function number phantom functions use.
  @inlinable public var phantomFunctions: UInt64 { rawValue >> 4 & 3 }

  /// The requester in bits 31:16, or `nil` where they are zero and every requester may use the entry.
  @inlinable public var requester: BusDeviceFunction? {
    let bits = UInt16(truncatingIfNeeded: rawValue >> 16)
    return bits == 0 ? nil : BusDeviceFunction(rawValue: bits)
  }

  /// The permissions and requester in words, such as `RW 01:00.0`.
  public var description: String {
    let permissions = (allowsRead ? "R" : "-") + (allowsWrite ? "W" : "-")
    return requester.map { "\(permissions) \($0)" } ?? permissions
  }
}
