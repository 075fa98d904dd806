import Sun4v

extension HypercallTable {
  /// The core traps: always present, in no API group.
  ///
  /// Source: FWARC 2006/052; OpenSPARC hypervisor, hcall.s.
  static let versionCalls: [Hypercall] = [
    Hypercall(
      "api_set_version", 0, trap: .core, group: nil, arguments: ["group", "major", "minor"],
      results: ["actual_minor"],
      summary: "Chooses the version of an API group, or drops the group with major 0.",
      source: "FWARC 2006/052; OpenSPARC hypervisor 1.5.6, hcall.s"
    ) { $0.setVersion($1, $2) },
    Hypercall(
      "api_putchar", 1, trap: .core, group: nil, arguments: ["character"],
      summary: "Writes a character to the console.",
      source: "FWARC 2006/052; OpenSPARC hypervisor 1.5.6, hcall.s"
    ) { $0.consolePutchar($1, $2) },
    Hypercall(
      "api_exit", 2, trap: .core, group: nil, arguments: ["code"],
      summary: "Ends the domain.", source: "FWARC 2006/052; OpenSPARC hypervisor 1.5.6, hcall.s"
    ) { $0.machExit($1, $2) },
    Hypercall(
      "api_get_version", 3, trap: .core, group: nil, arguments: ["group"],
      results: ["major", "minor"], summary: "Tells which version of an API group is in force.",
      source: "FWARC 2006/052; OpenSPARC hypervisor 1.5.6, hcall.s"
    ) { $0.getVersion($1, $2) },
  ]
}
