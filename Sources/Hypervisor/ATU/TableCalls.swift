extension HypercallTable {
  private static let tableSource = "Linux hypervisor.h, group ATU"

  /// The calls of the ATU group.
  static let suppliedTableCalls: [Hypercall] = [
    Hypercall(
      "pci_iotsb_conf", HypercallNumber.pciIOTSBConf, group: .atu,
      arguments: ["handle", "ra", "size", "pagesize", "iova"], results: ["iotsb_handle"],
      summary: "Makes a table of memory for a range of bus addresses.", source: tableSource
    ) { $0.configureTable($1, $2) },
    Hypercall(
      "pci_iotsb_info", HypercallNumber.pciIOTSBInfo, group: .atu,
      arguments: ["handle", "iotsb_handle"], results: ["ra", "size", "pagesize", "iova", "bound"],
      summary: "Describes a table.", source: tableSource
    ) { $0.tableInfo($1, $2) },
    Hypercall(
      "pci_iotsb_unconf", HypercallNumber.pciIOTSBUnconf, group: .atu,
      arguments: ["handle", "iotsb_handle"], summary: "Gives up a table that no function uses.",
      source: tableSource
    ) { $0.dropTable($1, $2) },
    Hypercall(
      "pci_iotsb_bind", HypercallNumber.pciIOTSBBind, group: .atu,
      arguments: ["handle", "iotsb_handle", "device"],
      summary: "Has a function use a table in the table's range.", source: tableSource
    ) { $0.bindTable($1, $2) },
    Hypercall(
      "pci_iotsb_unbind", HypercallNumber.pciIOTSBUnbind, group: .atu,
      arguments: ["handle", "iotsb_handle", "device"],
      summary: "Ends a function's use of a table.", source: tableSource
    ) { $0.unbindTable($1, $2) },
    Hypercall(
      "pci_iotsb_get_binding", HypercallNumber.pciIOTSBGetBinding, group: .atu,
      arguments: ["handle", "device", "iova"], results: ["iotsb_handle"],
      summary: "Tells which table a function uses in an address range.", source: tableSource
    ) { $0.tableBinding($1, $2) },
    Hypercall(
      "pci_iotsb_map", HypercallNumber.pciIOTSBMap, group: .atu,
      arguments: ["handle", "iotsb_handle", "index_count", "attributes", "list"],
      results: ["ttes_mapped"], summary: "Maps listed pages to entries of a table.",
      source: tableSource
    ) { $0.mapInTable($1, $2) },
    Hypercall(
      "pci_iotsb_map_one", HypercallNumber.pciIOTSBMapOne, group: .atu,
      arguments: ["handle", "iotsb_handle", "index", "attributes", "ra"],
      summary: "Maps one page to an entry of a table.", source: tableSource
    ) { $0.mapOneInTable($1, $2) },
    Hypercall(
      "pci_iotsb_demap", HypercallNumber.pciIOTSBDemap, group: .atu,
      arguments: ["handle", "iotsb_handle", "index", "count"], results: ["ttes_demapped"],
      summary: "Clears entries of a table and flushes their translations.", source: tableSource
    ) { $0.demapInTable($1, $2) },
    Hypercall(
      "pci_iotsb_getmap", HypercallNumber.pciIOTSBGetmap, group: .atu,
      arguments: ["handle", "iotsb_handle", "index"], results: ["ra", "attributes"],
      summary: "Tells what an entry of a table maps.", source: tableSource
    ) { $0.getmapInTable($1, $2) },
    Hypercall(
      "pci_iotsb_sync_mappings", HypercallNumber.pciIOTSBSync, group: .atu,
      arguments: ["handle", "iotsb_handle", "index", "count"], results: ["ttes_synced"],
      summary: "Makes changes of a table's entries take effect.", source: tableSource
    ) { $0.syncTable($1, $2) },
  ]
}
