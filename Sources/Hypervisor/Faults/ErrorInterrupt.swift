import Sun4v

extension HypervisorState {
  /// The device interrupt number of IOMMU errors (T2: DMU errors).
  static let errorDevino: UInt64 = 62

  /// Where a domain takes a root complex's error interrupt: CPU and first word of the mondo; `nil`
  /// where it does not want it.
  ///
  /// A domain that gave the interrupt a target has its word about whether it wants it. One that never
  /// did gets error packets on its first CPU, so that a fault is never silent.
  func errorInterrupt(
    of place: Int, for domain: DomainID
  ) -> (processor: UInt64, word: UInt64)? {
    let interrupt = rootComplexes[place].bus.view(of: domain).interrupts[Int(Self.errorDevino)]
    guard interrupt.target == nil || interrupt.isValid,
      let processor = interrupt.target ?? domains[domain.rawValue].processors.first?.id
    else { return nil }
    return (processor, sourceWord(place, domain, Int(Self.errorDevino)))
  }
}
