/// The handle by which a domain names a device to the hypervisor (MD property `cfg-handle`).
///
/// Source: UltraSPARC Virtual Machine Specification, section 23.3; the OpenSPARC hypervisor takes
/// bits 10:6 as the device's index and wants bits 5:0 to be zero.
public struct DeviceHandle: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// All 64 bits of the argument.
  public let rawValue: UInt64
  /// Makes a value of its number; every number is one.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The index in the hypervisor's device table, or `nil` where bits 5:0 are not zero.
  @inlinable public var deviceIndex: Int? {
    rawValue & 0x3f == 0 ? Int(truncatingIfNeeded: rawValue >> 6 & 0x1f) : nil
  }

  /// The handle in hexadecimal.
  public var description: String { rawValue.hexadecimal }
}
