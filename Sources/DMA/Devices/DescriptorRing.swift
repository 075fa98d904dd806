// Theory of operation
//
// A ring of descriptors in a domain's memory, which the device reaches by bus address. The driver fills
// descriptors and tells the device by its doorbell how many there are; the device takes them in order,
// writes the second word back with what became of it, and gives them to the driver that way.
//
// A descriptor is 16 bytes, big endian:
//   bytes 0 to 7   the bus address of the buffer
//   bytes 8 to 11  the status: bit 31 done, bit 30 error; zero when the driver hands it over
//   bytes 12 to 15 the length in bytes: of the buffer when handed over, of the data when done
//
// Source: dvmash's own, in the manner of common Ethernet controllers.

import Sun4v

/// A ring of descriptors as the device knows it.
public struct DescriptorRing: Hashable, Sendable {
  /// The size of a descriptor in bytes.
  public static let descriptorSize: UInt64 = 16
  /// The bit of the second word that says done.
  public static let done: UInt64 = 1 << 63
  /// The bit of the second word that says that an access was refused.
  public static let error: UInt64 = 1 << 62

  /// The bus address of the first descriptor.
  public let base: DVMAAddress
  /// The number of descriptors.
  public let count: UInt64
  /// The number of descriptors that the device has taken since the start.
  public private(set) var taken: UInt64 = 0
  /// The number of descriptors that the driver has handed over since the start.
  public private(set) var posted: UInt64 = 0

  /// Makes a ring that the device owns nothing of.
  public init(base: DVMAAddress, count: UInt64) {
    self.base = base
    self.count = max(1, count)
  }

  /// The number of descriptors that wait for the device.
  public var waiting: UInt64 { posted &- taken }

  /// The driver hands over one more descriptor; false where all are the device's.
  public mutating func ringDoorbell() -> Bool {
    guard waiting < count else { return false }
    posted &+= 1
    return true
  }

  /// The bus address of the descriptor that the device takes next.
  var current: DVMAAddress {
    DVMAAddress(base.rawValue &+ (taken % count) &* Self.descriptorSize)
  }

  mutating func advance() { taken &+= 1 }
}
