/// Which root complex and firmware a machine models.
public enum MachineModel: String, Hashable, Sendable, CaseIterable {
  /// UltraSPARC T1 with the Fire bridge (platform ontario).
  case t1
  /// UltraSPARC T2 with its on-chip PIU (platform huron).
  case t2
  /// A later part whose address translation unit takes IOTSBs from the domain.
  case atu
}

/// Whose behaviour a machine shows where deployed hypervisors and the specification differ.
public enum ConformanceMode: String, Hashable, Sendable, CaseIterable {
  /// What the released hypervisor code does.
  case deployed
  /// What the specification says.
  case specified
}
