import Sun4v

extension HypervisorState {
  /// The device interrupt number of IOMMU errors (T2: DMU errors).
  static let errorDevino: UInt64 = 62

  /// Where a domain takes a root complex's error interrupt: CPU and first word of the mondo; `nil`
  /// where it does not want it.
  func errorInterrupt(
    of place: Int, for domain: DomainID
  ) -> (processor: UInt64, word: UInt64)? {
    guard let first = domains[domain.rawValue].processors.first else { return nil }
    let device = rootComplexes[place].handle.rawValue >> 6 & 0x1f
    return (first.id, device << 6 | Self.errorDevino)
  }
}
