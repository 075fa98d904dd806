import Sun4v

extension HypercallTable {
  /// The core traps that negotiate versions.
  ///
  /// Source: FWARC 2006/052; OpenSPARC hypervisor, hcall.s.
  static let versionCalls: [Hypercall] = []
}
