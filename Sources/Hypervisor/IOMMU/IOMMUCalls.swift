import Sun4v

extension HypercallTable {
  /// The IOMMU calls of the PCI group.
  static let iommuCalls: [Hypercall] = [
    Hypercall(
      "pci_iommu_map", HypercallNumber.pciIOMMUMap, group: .pci, replacedIn: [APIVersion(1, 1)],
      arguments: ["handle", "tsbid", "count", "attributes", "list"],
      results: ["ttes_mapped", "reserved"],
      summary: "Maps up to 64 listed pages to entries that follow each other.",
      source: "OpenSPARC hypervisor 1.5.6, vpci_piu.s; VM specification 23.4.1"
    ) { $0.iommuMap($1, $2, rules: $0.mappingRules(for: $1)) },
    Hypercall(
      "pci_iommu_demap", HypercallNumber.pciIOMMUDemap, aliases: ["pci_iommu_unmap"], group: .pci,
      arguments: ["handle", "tsbid", "count"], results: ["ttes_demapped", "reserved"],
      summary: "Clears up to 64 entries and flushes their translations.",
      source: "OpenSPARC hypervisor 1.5.6, vpci_piu.s; VM specification 23.4.2"
    ) { $0.iommuDemap($1, $2) },
    Hypercall(
      "pci_iommu_getmap", HypercallNumber.pciIOMMUGetmap, group: .pci,
      replacedIn: [APIVersion(1, 1)],
      arguments: ["handle", "tsbid"], results: ["attributes", "ra"],
      summary: "Tells what an entry maps.",
      source: "OpenSPARC hypervisor 1.5.6, vpci_piu.s; VM specification 23.4.3"
    ) { $0.iommuGetmap($1, $2) },
    Hypercall(
      "pci_iommu_getbypass", HypercallNumber.pciIOMMUGetbypass, group: .pci,
      arguments: ["handle", "ra", "attributes"], results: ["dma_addr"],
      summary: "Gives the bus address that reaches memory without translation.",
      source: "OpenSPARC hypervisor 1.5.6, vpci_fire.s; VM specification 23.4.4"
    ) { $0.iommuGetbypass($1, $2) },
    Hypercall(
      "pci_dma_sync", HypercallNumber.pciDMASync, group: .pci,
      arguments: ["handle", "ra", "size", "direction"], results: ["bytes_synced"],
      summary: "Makes memory and devices agree on the content of a range.",
      source: "OpenSPARC hypervisor 1.5.6, hcall_vpci.s; VM specification 23.4.9"
    ) { $0.dmaSync($1, $2) },
  ]
}
