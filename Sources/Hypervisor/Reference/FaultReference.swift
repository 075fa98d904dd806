import Sun4v

/// The page of an IOMMU's faults.
enum FaultReference {
  static var text: String {
    let rows = IOMMUFaultKind.allCases.map { kind in
      [
        Markdown.code(kind.rawValue), kind.meaning,
        "\(kind.statusBit.trailingZeroBitCount), \(kind.statusBit.trailingZeroBitCount + 32)",
        descriptor(kind, isPrimary: true), descriptor(kind, isPrimary: false),
        kind.belongsToAnEntry ? "the grant's holder, else the owner" : "the owner",
      ]
    }
    return """
      # Faults

      What the IOMMU of a root complex refuses a device's access for, in the order in which the hypervisor tests the \
      bits of the status register. A first error sets its primary bit, one that comes while another is pending its \
      secondary bit; address and requester stay those of the first. Each error that is reported is an error packet in \
      the device mondo queue of one CPU of its receiver; a secondary one goes to the root complex's owner, because its \
      address was not kept. On atu a domain gets every error of a table that it supplied. Bits and descriptors are those of the T2's PIU and serve every model; `TTE_PRT_READ` exists \
      only where an entry keeps R apart from valid, and its bit and descriptors are ours.

      \(Markdown.table(
        [
          "Name", "When", "Status bit: primary, secondary", "Descriptor: primary", "Descriptor: secondary", "Receiver",
        ], rows))

      ## The packet

      Eight big-endian words. Scripts take them with `domain:faults()`.

      | Word | Content |
      | --- | --- |
      | 0 | the system interrupt number, or the cookie, of the error interrupt |
      | 1 | a running number |
      | 2 | %stick at the time of the report |
      | 3 | the descriptor in bits 63:32 |
      | 4 | the DVA, its two low bits zero |
      | 5 | the header: 0 as deployed on t2, the transaction type in 63:56 on t1, and as specified also the requester in 31:16 |
      | 6 | bits 31:0 of the DVA in bits 63:32 |
      | 7 | 0 |
      """
  }

  private static func descriptor(_ kind: IOMMUFaultKind, isPrimary: Bool) -> String {
    Markdown.code(
      "0x" + String(kind.descriptor(isPrimary: isPrimary), radix: 16))
  }
}

extension IOMMUFaultKind {
  /// Whether the error is about an entry of the window, which is somebody's, and not about the address
  /// or the root complex.
  public var belongsToAnEntry: Bool {
    switch self {
    case .invalidEntry, .writeProtected, .readProtected, .keyMismatch: true
    case .bypassDisabled, .bypassOutOfRange, .addressOutOfRange, .addressUnderflow,
      .invalidPageSize, .translationDisabled, .tableOutOfRange, .invalidDescriptor:
      false
    }
  }
}
