import Sun4v

/// Which edition of the mapping calls answers.
///
/// Source: OpenSPARC hypervisor 1.5.6, vpci_piu.s, vpci_fire.s; FWARC 2010/137 (vpciv2dot0).
public enum MappingRules: String, Hashable, Sendable {
  /// PCI 1.0 as written: attributes R and W, R implied.
  case version1 = "v1"
  /// The routine of PCI 1.1, which released builds also run for 1.0: requester and phantom functions.
  case version1Extended = "v2"
  /// PCI 2.0: all attributes validated, R not implied.
  case version2 = "2.0"

  /// Whether every valid entry may be read by the device.
  @inlinable public var impliesRead: Bool { self != .version2 }

  /// The attributes that take effect, or `nil` where the call must answer EINVAL.
  @inline(__always)
  func accepted(_ attributes: IOAttributes, layout: EntryLayout) -> IOAttributes? {
    var bits = attributes.rawValue
    switch self {
    case .version1:
      return bits & ~0x3 == 0 ? attributes : nil
    case .version1Extended:
      guard bits & ~0xffff_0037 == 0 else { return nil }
      bits &= ~4
      if layout == .fire { return IOAttributes(rawValue: bits & 3) }
    case .version2:
      guard bits & ~0xffff_0037 == 0, bits & 3 != 0 else { return nil }
    }
    // Phantom functions mean something only for an entry with a device key.
    return bits & 0x30 != 0 && bits & 0xffff_0000 == 0 ? nil : IOAttributes(rawValue: bits)
  }
}

extension HypervisorState {
  /// The edition of the mapping calls that a domain runs.
  ///
  /// Released builds of t1 and t2 were made with an erratum's switch that offers PCI 1.0 alone and
  /// runs the routines of 1.1 for it. Otherwise the domain's version decides.
  @inline(__always) func mappingRules(for domain: DomainID) -> MappingRules {
    if runsReleasedBuild { return .version1Extended }
    return domains[domain.rawValue].versions.pciMajor == 2 ? .version2 : .version1
  }

  /// Whether map takes back remembered translations of the entries it writes.
  ///
  /// The deployed code flushes each entry as it writes it; the specification says that map never
  /// flushes.
  @inline(__always) var mapFlushes: Bool { runsReleasedBuild }
}
