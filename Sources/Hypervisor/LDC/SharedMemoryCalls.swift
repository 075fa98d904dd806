import Sun4v

extension HypercallTable {
  private typealias Number = HypercallNumber

  /// The calls by which domains share memory over a channel.
  ///
  /// Source: FWARC 2008/424; VM specification, section 22.5; OpenSPARC hypervisor, ldc.s.
  static let sharedMemoryCalls: [Hypercall] = [
    Hypercall(
      "ldc_set_map_table", Number.ldcSetMapTable, group: .ldc,
      arguments: ["channel", "ra", "entries"],
      summary: "Binds the table of exported pages to a channel; 0 entries unbinds it.",
      source: "FWARC 2008/424; VM specification 22.5.1"
    ) { $0.setMapTable($1.rawValue, $2) },
    Hypercall(
      "ldc_get_map_table", Number.ldcGetMapTable, group: .ldc, arguments: ["channel"],
      results: ["ra", "entries"],
      summary: "Tells where the table of exported pages is; both 0 for none.",
      source: "FWARC 2008/424; VM specification 22.5.2"
    ) { $0.mapTable($1.rawValue, $2) },
    Hypercall(
      "ldc_copy", Number.ldcCopy, group: .ldc,
      arguments: ["channel", "flags", "cookie", "ra", "length"], results: ["length"],
      summary: "Copies from (flags 0) or to (flags 1) a page that the far end exports.",
      source: "FWARC 2008/424; VM specification 22.5.3"
    ) { $0.copyOverChannel($1.rawValue, $2) },
    Hypercall(
      "ldc_mapin", Number.ldcMapin, group: .ldc, specifiedVersions: .from(APIVersion(1, 1)),
      arguments: ["channel", "cookie"],
      results: ["ra", "perms"],
      summary: "Imports a page that the far end exports.",
      source: "FWARC 2008/424; VM specification 22.5.4"
    ) { $0.importPage($1.rawValue, $2) },
    Hypercall(
      "ldc_unmap", Number.ldcUnmap, group: .ldc, specifiedVersions: .from(APIVersion(1, 1)),
      arguments: ["ra"],
      summary: "Gives back an imported page.",
      source: "FWARC 2008/424; VM specification 22.5.5"
    ) { $0.releaseImport($1.rawValue, $2) },
    Hypercall(
      "ldc_revoke", Number.ldcRevoke, group: .ldc, specifiedVersions: .from(APIVersion(1, 1)),
      arguments: ["channel", "cookie", "mte_cookie"],
      summary: "Takes an exported page back from the far end by force.",
      source: "FWARC 2008/424; VM specification 22.5.6"
    ) { $0.revokeExport($1.rawValue, $2) },
  ]
}
