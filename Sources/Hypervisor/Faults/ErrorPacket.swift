// Theory of operation
//
// The packet by which a domain learns of an IOMMU error: 64 bytes in the device mondo queue of one of
// its CPUs. The released T2 code clears the header word by ANDing two disjoint fields, and T1 keeps
// only the transaction type of it; as specified it holds both type and requester.
//
// Source: OpenSPARC hypervisor 1.5.6, vpiu_errs.s, vpci_errs.s; FWARC 2009/537 for the offsets.

import Sun4v

/// An IOMMU error as a domain reads it.
public struct ErrorPacket: Hashable, Sendable {
  /// The eight big-endian words.
  public let words: SIMD8<UInt64>

  /// Makes a packet of its words.
  public init(words: SIMD8<UInt64>) { self.words = words }

  /// The system interrupt number, or the cookie, of the error interrupt.
  public var interrupt: UInt64 { words[0] }
  /// A running number.
  public var handle: UInt64 { words[1] }
  /// %stick at the time of the report.
  public var stick: UInt64 { words[2] }
  /// What the error was; see `IOMMUFaultKind.descriptor(isPrimary:)`.
  public var descriptor: UInt32 { UInt32(truncatingIfNeeded: words[3] >> 32) }
  /// The bus address with its two low bits cleared; good where `descriptor` has bit 2.
  public var address: DVMAAddress { DVMAAddress(words[4]) }
}

/// The PIU's registers of one root complex's IOMMU errors.
public struct FaultRegisters: Hashable, Sendable {
  /// Pending errors: primary in the low half, secondary 32 bits higher.
  public internal(set) var status: UInt64 = 0
  /// The address of the first error since the register was last released.
  public internal(set) var address: UInt64 = 0
  /// Of that error: transaction type in 22:16, requester in 15:0.
  public internal(set) var transaction: UInt64 = 0
  /// The domain that the address belongs to.
  var holder: DomainID?
}
