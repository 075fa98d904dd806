/// A PCIe function's bus, device and function number: the requester id of a DMA.
public struct BusDeviceFunction: RawRepresentable, Hashable, Comparable, Sendable,
  BitwiseCopyable, CustomStringConvertible
{
  /// Bus in bits 15:8, device in 7:3, function in 2:0.
  public let rawValue: UInt16
  /// Makes a value of its number; every number is one.
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Makes a BDF of its parts, or `nil` where the device is above 31 or the function above 7.
  public init?(bus: UInt8, device: UInt8, function: UInt8) {
    guard device < 32, function < 8 else { return nil }
    rawValue = UInt16(bus) << 8 | UInt16(device) << 3 | UInt16(function)
  }

  /// Reads `bus:device.function` in hexadecimal, such as `01:00.0`, or `nil` for anything else.
  public init?(text: some StringProtocol) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let tail = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    guard tail.count == 2, (1...2).contains(parts[0].count), (1...2).contains(tail[0].count),
      tail[1].count == 1,
      let bus = UInt8(parts[0], radix: 16), let device = UInt8(tail[0], radix: 16),
      let function = UInt8(tail[1], radix: 16)
    else { return nil }
    self.init(bus: bus, device: device, function: function)
  }

  /// The BDF that a `pci_device` argument names (bus 23:16, device 15:11, function 10:8), or `nil`
  /// where another bit is set.
  public init?(pciDevice: UInt64) {
    guard pciDevice & ~0x00ff_ff00 == 0 else { return nil }
    rawValue = UInt16(truncatingIfNeeded: pciDevice >> 8)
  }

  /// The number as the argument `pci_device` of the PCI calls.
  public var pciDevice: UInt64 { UInt64(rawValue) << 8 }

  /// The bus number.
  public var bus: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 8) }
  /// The device number, 0 to 31.
  public var device: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 3) & 0x1f }
  /// The function number, 0 to 7.
  public var function: UInt8 { UInt8(truncatingIfNeeded: rawValue) & 7 }

  /// The BDF as `01:00.0`.
  public var description: String {
    func digits(_ value: UInt8) -> String {
      (value < 16 ? "0" : "") + String(value, radix: 16)
    }
    return "\(digits(bus)):\(digits(device)).\(function)"
  }

  /// Orders as requester ids.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
