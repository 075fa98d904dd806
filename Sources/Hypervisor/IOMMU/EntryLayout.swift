// Theory of operation
//
// An IOTTE is 8 bytes, and what its bits mean depends on the part. Fire (t1) has a valid bit at the
// top and looks at one permission, W. The PIU (t2) has one bit for "valid" and "readable", and a
// device key with a mask. A model that is to show permissions as they were asked for (R not implied,
// PCI 2.0) needs a bit of its own for R, which no published layout has; since no call shows an IOTTE
// to a domain, that layout is ours, an extension of the PIU's.
//
// Source: OpenSPARC hypervisor 1.5.6, fire.h, vpci_fire.s, piu.h, vpci_piu.s.

import Sun4v

/// How the 64 bits of an IOTTE are used.
public enum EntryLayout: String, Hashable, Sendable {
  /// The Fire bridge: valid 63, PA 42:13, W 1; bit 0 keeps R for software.
  case fire
  /// The PIU of UltraSPARC T2: key 63:48, PA 38:13, FNM 5:3, key valid 2, W 1, valid 0.
  case piu
  /// As the PIU with PA 45:13, L 7 and a read permission of its own in bit 6; no published part.
  case explicit

  /// The layout of a model's IOTTEs: the part's own, or ours where permissions are kept as asked for.
  init(_ model: MachineModel, _ conformance: ConformanceMode) {
    switch (model, conformance) {
    case (.t1, .deployed): self = .fire
    case (.t2, .deployed): self = .piu
    default: self = .explicit
    }
  }

  /// The bit that makes an entry valid.
  @inlinable public var validBit: UInt64 { self == .fire ? 1 << 63 : 1 }
  /// Where that bit is: loops that count valid entries shift by it and add, which becomes vectors.
  @inlinable public var validPosition: UInt64 { self == .fire ? 63 : 0 }
  /// The bits that hold the physical address.
  @inlinable public var addressMask: UInt64 {
    switch self {
    case .fire: 0x0000_07ff_ffff_e000
    case .piu: 0x0000_007f_ffff_e000
    case .explicit: 0x0000_3fff_ffff_e000
    }
  }
  /// The bits that must be set for a device to read.
  @inlinable public var readMask: UInt64 { self == .explicit ? 0x41 : validBit }
  /// The bits that must be set for a device to write.
  @inlinable public var writeMask: UInt64 { validBit | 2 }
  /// The bit that says that a device key is to be compared, or 0 where the part has none.
  @inlinable public var keyValidBit: UInt64 { self == .fire ? 0 : 4 }
  /// The bits that demap leaves as they are.
  @inlinable public var keptByDemap: UInt64 { ~(validBit | 0x1fff) }

  /// The bits of an entry besides its address, for attributes that were checked.
  @inline(__always)
  func bits(for attributes: IOAttributes, readImplied: Bool) -> UInt64 {
    let permissions = attributes.rawValue & 3
    switch self {
    case .fire: return permissions | validBit
    case .piu: return permissions | validBit | keyBits(attributes)
    case .explicit:
      let read: UInt64 = readImplied || attributes.allowsRead ? 0x40 : 0
      return permissions & 2 | validBit | read | (attributes.rawValue >> 2 & 1) << 7
        | keyBits(attributes)
    }
  }

  private func keyBits(_ attributes: IOAttributes) -> UInt64 {
    guard let key = attributes.requester else { return 0 }
    return UInt64(key.rawValue) << 48 | keyValidBit
      | Self.functionMask(phantomFunctions: attributes.phantomFunctions) << 3
  }

  /// The function bits that take part in the comparison: 7, 3, 1, 0 for none to all being phantom.
  private static func functionMask(phantomFunctions code: UInt64) -> UInt64 { 7 >> (code & 3) }

  /// Whether a requester passes the entry's key, if it has one.
  ///
  /// Bus and device are always compared, of the function the bits that the mask selects.
  @inlinable public func admits(_ requester: BusDeviceFunction, _ entry: UInt64) -> Bool {
    guard entry & keyValidBit != 0 else { return true }
    let compared = 0xfff8 | entry >> 3 & 7
    return (entry >> 48 ^ UInt64(requester.rawValue)) & compared == 0
  }

  /// The attributes that getmap reports for an entry.
  func attributes(of entry: UInt64) -> IOAttributes {
    var value = entry & 3
    if self == .explicit {
      value = entry & 2 | entry >> 6 & 1 | (entry >> 7 & 1) << 2
    }
    if entry & keyValidBit != 0 {
      value |= (entry >> 48) << 16
      switch entry >> 3 & 7 {
      case 0: value |= 0x30
      case 1: value |= 0x20
      case 3: value |= 0x10
      default: break
      }
    }
    return IOAttributes(rawValue: value)
  }
}

/// An IOTTE taken apart.
public struct IOTTE: Hashable, Sendable {
  /// The 64 bits in the table.
  public let rawValue: UInt64
  /// How the bits are used.
  public let layout: EntryLayout

  /// Makes an entry of its bits.
  @inlinable public init(rawValue: UInt64, layout: EntryLayout) {
    self.rawValue = rawValue
    self.layout = layout
  }

  /// Whether the entry translates.
  @inlinable public var isValid: Bool { rawValue & layout.validBit != 0 }
  /// The page that it leads to; what demap left behind in an entry that is not valid.
  @inlinable public var physicalAddress: PhysicalAddress {
    PhysicalAddress(rawValue & layout.addressMask)
  }
  /// Whether a device may read through it.
  @inlinable public var allowsRead: Bool { rawValue & layout.readMask == layout.readMask }
  /// Whether a device may write through it.
  @inlinable public var allowsWrite: Bool { rawValue & layout.writeMask == layout.writeMask }
  /// The only requester that may use it, or `nil` where every one may.
  public var requester: BusDeviceFunction? {
    rawValue & layout.keyValidBit == 0
      ? nil : BusDeviceFunction(rawValue: UInt16(truncatingIfNeeded: rawValue >> 48))
  }
  /// The bits of the function number that are compared with the requester's.
  public var functionMask: UInt8 {
    layout == .fire ? 0 : UInt8(truncatingIfNeeded: rawValue >> 3 & 7)
  }
  /// The attributes as pci_iommu_getmap reports them.
  public var attributes: IOAttributes { layout.attributes(of: rawValue) }
}
