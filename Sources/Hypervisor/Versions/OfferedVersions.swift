// Theory of operation
//
// Which API groups a machine's hypervisor knows, and per group each supported major version with its
// highest minor. A group that is not listed is unknown (EINVAL).
//
// t1 and t2 offer what the released builds do. The groups of accelerators and performance counters
// are among them: a domain may negotiate them, and their calls, which this model does not have, answer
// EBADTRAP. atu offers what Linux asks of later firmware: PCI 2.0, ATU 1.1, and INTR up to 3.0, which
// Linux tries first and under which only cookies are used, as under 2.0. Any model with specified
// behaviour offers the groups of the registry. The group `dvma` is ours and offered by all.
//
// Source: OpenSPARC hypervisor 1.5.6, hcall_groups.s; FWARC 2006/052, 2009/537, 2010/137; Linux
// hvapi.c, pci_sun4v.c, irq_64.c.

import Sun4v

/// The API groups and versions that a hypervisor offers.
public struct OfferedVersions: Hashable, Sendable {
  /// The groups in order, each with its majors in order and their highest minors.
  public let groups: [(group: APIGroup, versions: [APIVersion])]

  /// Makes a table of groups, each with the highest minor of every major it supports.
  public init(_ table: [APIGroup: [APIVersion]]) {
    groups = table.map { (group: $0.key, versions: $0.value.sorted()) }
      .sorted { $0.group < $1.group }
  }

  /// The versions of a group, or `nil` for an unknown group.
  public func versions(of group: APIGroup) -> [APIVersion]? {
    groups.first { $0.group == group }?.versions
  }

  /// What a model's hypervisor offers.
  public static func standard(
    _ model: MachineModel, _ conformance: ConformanceMode
  ) -> OfferedVersions {
    var table: [APIGroup: [APIVersion]] = [
      .sun4v: [APIVersion(1, 0)], .softState: [APIVersion(1, 0)], .dvma: [APIVersion(1, 0)],
      .interrupt: [APIVersion(1, 0), APIVersion(2, 0)],
    ]
    switch (model, conformance) {
    case (.t1, .deployed), (.t2, .deployed):
      table[.core] = [APIVersion(1, 1)]
      table[.pci] = [APIVersion(1, 0)]
      table[.ldc] = [APIVersion(1, 0)]
      table[.ncs] = [APIVersion(1, 0), APIVersion(2, 0)]
      table[.diagnostics] = [APIVersion(1, 0)]
      let own: [APIGroup] =
        model == .t1
        ? [.serviceChannel, .niagara, .firePerformance]
        : [.randomNumbers, .niagara2, .niagara2PIU, .niagara2NIU]
      for group in own { table[group] = [APIVersion(1, 0)] }
    default:
      table[.core] = [APIVersion(1, 2)]
      table[.pci] = [APIVersion(1, 0), APIVersion(2, 0)]
      table[.ldc] = [APIVersion(1, 1)]
      table[.sdio] = [APIVersion(1, 0)]
      table[.sdioError] = [APIVersion(1, 0)]
    }
    if model == .atu {
      table[.atu] = [APIVersion(1, 1)]
      table[.interrupt] = [APIVersion(1, 0), APIVersion(2, 0), APIVersion(3, 0)]
    }
    return OfferedVersions(table)
  }

  /// Whether two tables offer the same.
  public static func == (a: Self, b: Self) -> Bool { a.groups.elementsEqual(b.groups) { $0 == $1 } }

  /// Feeds every group and version.
  public func hash(into hasher: inout Hasher) {
    for entry in groups {
      hasher.combine(entry.group)
      hasher.combine(entry.versions)
    }
  }
}
