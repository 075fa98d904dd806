// Theory of operation
//
// The configuration space of a function: up to 4096 bytes, and for each byte which bits software may
// write. A base address register is sized as on a real bus: all ones are written, and the bits below
// the size read back as zero because they cannot be written.
//
// Bytes are kept in register order; numbers are little endian, as on the bus. What lies beyond the
// stored bytes reads as zero and takes no writes.
//
// Source: PCI Local Bus Specification 3.0, chapter 6; FWARC 2009/535 and 2009/536 for the headers that
// the hypervisor shows in place of real ones.

import Sun4v

/// What a function says of itself in its header.
public struct FunctionIdentity: Hashable, Sendable {
  /// Vendor id.
  public var vendor: UInt16
  /// Device id.
  public var device: UInt16
  /// Revision id.
  public var revision: UInt8
  /// Class code, 24 bits: base class, subclass, interface.
  public var classCode: UInt32
  /// Subsystem vendor id.
  public var subsystemVendor: UInt16
  /// Subsystem id.
  public var subsystem: UInt16

  /// Makes an identity of its numbers.
  public init(
    vendor: UInt16, device: UInt16, revision: UInt8 = 0, classCode: UInt32,
    subsystemVendor: UInt16 = 0, subsystem: UInt16 = 0
  ) {
    self.vendor = vendor
    self.device = device
    self.revision = revision
    self.classCode = classCode
    self.subsystemVendor = subsystemVendor
    self.subsystem = subsystem
  }

  /// An Ethernet controller, what a function is that nobody described.
  public static let networkController = FunctionIdentity(
    vendor: 0x108e, device: 0xabcd, revision: 1, classCode: 0x02_0000)

  /// What the root domain sees of a function that it has loaned out (FWARC 2009/535).
  public static let loaned = FunctionIdentity(
    vendor: 0x108e, device: 0xfa04, revision: 1, classCode: 0xff_0000)

  /// What an I/O domain sees of a bridge above a function that it borrowed (FWARC 2009/536).
  public static let emulatedBridge = FunctionIdentity(
    vendor: 0x108e, device: 0xfa05, revision: 1, classCode: 0x06_0400)
}

/// A base address register.
public struct BaseAddressRegister: Hashable, Sendable {
  /// The size of the range in bytes, a power of two from 16 up.
  public var size: UInt64
  /// Whether the register is 64 bits wide and takes two places.
  public var is64Bit: Bool

  /// Makes a memory register.
  public init(size: UInt64, is64Bit: Bool = true) {
    self.size = size
    self.is64Bit = is64Bit
  }
}

/// The configuration space of a function.
public struct ConfigurationSpace: Hashable, Sendable {
  /// The size in bytes.
  public static let size = 4096
  /// Where the MSI capability of a described device begins.
  static let msiCapability = 0x50

  /// The bytes from register 0 on, in register order.
  public package(set) var bytes: [UInt8]
  /// For each byte the bits that software may write.
  var writable: [UInt8]

  /// Makes a space of given bytes, all of which software may write; at most 4096 count.
  public init(bytes: [UInt8]) {
    self.bytes = Array(bytes.prefix(Self.size))
    writable = Array(repeating: 0xff, count: self.bytes.count)
  }

  /// Makes the space of a device: header, base address registers and a 64-bit MSI capability.
  public init(
    _ identity: FunctionIdentity = .networkController,
    registers: [BaseAddressRegister] = [BaseAddressRegister(size: 0x1_0000)]
  ) {
    self.init(header: identity, type: 0)
    set(0x06, UInt16(0x10))
    bytes[0x34] = UInt8(Self.msiCapability)
    bytes[0x3d] = 1
    allow(0x3c, 0xff)
    set(0x2c, identity.subsystemVendor)
    set(0x2e, identity.subsystem)
    var at = 0x10
    for register in registers where at <= (register.is64Bit ? 0x20 : 0x24) {
      let mask = ~(max(register.size, 16) &- 1)
      bytes[at] = register.is64Bit ? 0x4 : 0
      for index in 0..<(register.is64Bit ? 8 : 4) {
        allow(at + index, UInt8(truncatingIfNeeded: mask >> (8 * UInt64(index))))
      }
      at += register.is64Bit ? 8 : 4
    }
    // MSI: id, next, control with 64-bit addresses and one message, address, data.
    set(Self.msiCapability, UInt16(0x0005))
    set(Self.msiCapability + 2, UInt16(0x0080))
    allow(Self.msiCapability + 2, 0x01)
    for index in 4..<14 { allow(Self.msiCapability + index, index == 4 ? 0xfc : 0xff) }
  }

  /// Makes the space of a bridge between buses.
  public init(
    bridge identity: FunctionIdentity, primary: UInt8, secondary: UInt8, subordinate: UInt8
  ) {
    self.init(header: identity, type: 1)
    bytes[0x18] = primary
    bytes[0x19] = secondary
    bytes[0x1a] = subordinate
    for index in 0x18..<0x1b { allow(index, 0xff) }
    for index in 0x1c..<0x34 { allow(index, 0xff) }
  }

  private init(header identity: FunctionIdentity, type: UInt8) {
    self.init(bytes: Array(repeating: 0, count: 256))
    writable = Array(repeating: 0, count: 256)
    set(0x00, identity.vendor)
    set(0x02, identity.device)
    allow(0x04, 0xff)
    allow(0x05, 0x07)
    bytes[0x08] = identity.revision
    for index in 0..<3 {
      bytes[0x09 + index] = UInt8(truncatingIfNeeded: identity.classCode >> (8 * UInt32(index)))
    }
    allow(0x0c, 0xff)
    bytes[0x0e] = type
  }

  private mutating func set(_ register: Int, _ value: UInt16) {
    bytes[register] = UInt8(truncatingIfNeeded: value)
    bytes[register + 1] = UInt8(truncatingIfNeeded: value >> 8)
  }

  private mutating func allow(_ register: Int, _ mask: UInt8) { writable[register] = mask }

  /// Whether the function is a bridge: header type 1.
  public var isBridge: Bool { bytes.count > 0x1a && bytes[0x0e] & 0x7f == 1 }
  /// The buses below a bridge.
  public var bridgedBuses: ClosedRange<UInt8>? {
    guard isBridge, bytes[0x19] <= bytes[0x1a] else { return nil }
    return bytes[0x19]...bytes[0x1a]
  }

  /// The number of `size` bytes at a register, 1, 2 or 4.
  public func read(_ register: Int, size: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in (0..<size).reversed() {
      let at = register + index
      value = value << 8 | UInt64(bytes.indices.contains(at) ? bytes[at] : 0)
    }
    return value
  }

  /// Writes the bits that software may.
  public mutating func write(_ register: Int, size: Int, _ value: UInt64) {
    for index in 0..<size {
      let at = register + index
      guard bytes.indices.contains(at), writable.indices.contains(at) else { continue }
      let byte = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))
      bytes[at] = bytes[at] & ~writable[at] | byte & writable[at]
    }
  }

  /// The address and data that a device with the MSI capability writes to interrupt; `nil` where it
  /// has none or software has not enabled it.
  public var messageSignal: (address: DVMAAddress, data: UInt32)? {
    let at = Self.msiCapability
    guard !isBridge, read(at, size: 1) == 5, read(at + 2, size: 2) & 1 != 0 else { return nil }
    let address = read(at + 4, size: 4) | read(at + 8, size: 4) << 32
    return (DVMAAddress(address), UInt32(truncatingIfNeeded: read(at + 12, size: 2)))
  }
}
