// Theory of operation
//
// What can be wrong with an access by bus address, with the bit of the PIU's MMU status register that
// says so and the error descriptors that domains are told. The order of the cases is the order in
// which the hypervisor tests the bits.
//
// Source: OpenSPARC hypervisor 1.5.6, vpiu_errs_defs.h; OpenSPARC T2 DMU. A read without permission
// exists on no published part; its descriptor is the consistent extension of the others'.

/// What an IOMMU refuses an access for.
public enum IOMMUFaultKind: String, Hashable, Sendable, CaseIterable {
  /// A bypass address while bypass is off.
  case bypassDisabled = "BYP_ERR"
  /// A bypass address that leads to no memory.
  case bypassOutOfRange = "BYP_OOR"
  /// An address that no window can hold: bits 62:40 are not zero.
  case addressOutOfRange = "VA_OOR"
  /// An address below the window.
  case addressUnderflow = "VA_ADJ_UF"
  /// An entry that is not valid.
  case invalidEntry = "TTE_INV"
  /// A descriptor with a page size that the hardware lacks.
  case invalidPageSize = "INV_PG_SZ"
  /// A write through an entry without W.
  case writeProtected = "TTE_PRT"
  /// A read through an entry without R; only where the model keeps R apart from valid.
  case readProtected = "TTE_PRT_READ"
  /// A translation while translation is off.
  case translationDisabled = "TRN_ERR"
  /// An address above the window.
  case tableOutOfRange = "TRN_OOR"
  /// A function whose table has no valid descriptor.
  case invalidDescriptor = "IOTSBDESC_INV"
  /// A requester other than the one that the entry is for.
  case keyMismatch = "KEY_ERR"

  /// The bit of the MMU status register for a primary error; the secondary one is 32 higher.
  public var statusBit: UInt64 {
    switch self {
    case .bypassDisabled: 1 << 0
    case .bypassOutOfRange: 1 << 1
    case .invalidPageSize: 1 << 2
    case .translationDisabled: 1 << 4
    case .tableOutOfRange: 1 << 5
    case .invalidEntry: 1 << 6
    case .writeProtected: 1 << 7
    case .invalidDescriptor: 1 << 16
    case .addressOutOfRange: 1 << 18
    case .addressUnderflow: 1 << 19
    case .keyMismatch: 1 << 20
    // Bit 21 is reserved in the hardware and so free for what only the model has.
    case .readProtected: 1 << 21
    }
  }

  /// The descriptor (`desc`) of the error packet, as the first error or as one after it.
  public func descriptor(isPrimary: Bool) -> UInt32 {
    let (primary, secondary): (UInt32, UInt32) =
      switch self {
      case .bypassDisabled: (0x22e1_e014, 0x22e1_e800)
      case .bypassOutOfRange: (0x2211_3014, 0x2211_3800)
      case .addressOutOfRange, .addressUnderflow: (0x2112_3014, 0x2112_3800)
      case .invalidEntry, .invalidPageSize: (0x2126_e014, 0x2126_e800)
      case .writeProtected: (0x2125_2014, 0x2125_2800)
      case .readProtected: (0x2125_1014, 0x2125_1800)
      case .translationDisabled: (0x21e1_f014, 0x21e1_f800)
      case .tableOutOfRange: (0x2111_3014, 0x2111_3804)
      case .invalidDescriptor: (0x2126_3014, 0x2126_3800)
      case .keyMismatch: (0x2115_3014, 0x2115_3800)
      }
    return isPrimary ? primary : secondary
  }

  /// What happened, in words.
  public var meaning: String {
    switch self {
    case .bypassDisabled: "a bypass address, but bypass is off"
    case .bypassOutOfRange: "a bypass address that leads to no memory"
    case .addressOutOfRange: "the address has bits above any window"
    case .addressUnderflow: "the address is below the window"
    case .invalidEntry: "the entry is not valid"
    case .invalidPageSize: "the table's page size is not one of the hardware's"
    case .writeProtected: "the entry does not allow writing"
    case .readProtected: "the entry does not allow reading"
    case .translationDisabled: "translation is off"
    case .tableOutOfRange: "the address is above the window"
    case .invalidDescriptor: "the function's table is not valid"
    case .keyMismatch: "the entry is for another requester"
    }
  }
}
