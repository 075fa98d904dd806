/// The fast-trap function numbers, for the declarations and for software in domains.
///
/// Source: UltraSPARC Virtual Machine Specification, appendix A.5; OpenSPARC hypervisor,
/// hypervisor.h; Linux hypervisor.h for 0x190 and above. 0x1c0 and above are dvmash's own.
public enum HypercallNumber {
  // Domain.
  /// `mach_exit`.
  public static let machExit: UInt64 = 0x00
  /// `mach_desc`.
  public static let machDesc: UInt64 = 0x01
  /// `mach_sir`.
  public static let machSIR: UInt64 = 0x02
  /// `cpu_qconf`.
  public static let cpuQConf: UInt64 = 0x14
  /// `cpu_qinfo`.
  public static let cpuQInfo: UInt64 = 0x15
  /// `cons_getchar`.
  public static let consGetchar: UInt64 = 0x60
  /// `cons_putchar`.
  public static let consPutchar: UInt64 = 0x61
  /// `cons_write`.
  public static let consWrite: UInt64 = 0x63
  /// `soft_state_set`.
  public static let softStateSet: UInt64 = 0x70
  /// `soft_state_get`.
  public static let softStateGet: UInt64 = 0x71

  // Interrupts.
  /// `intr_devino_to_sysino`.
  public static let intrDevinoToSysino: UInt64 = 0xa0
  /// `intr_getenabled`.
  public static let intrGetEnabled: UInt64 = 0xa1
  /// `intr_setenabled`.
  public static let intrSetEnabled: UInt64 = 0xa2
  /// `intr_getstate`.
  public static let intrGetState: UInt64 = 0xa3
  /// `intr_setstate`.
  public static let intrSetState: UInt64 = 0xa4
  /// `intr_gettarget`.
  public static let intrGetTarget: UInt64 = 0xa5
  /// `intr_settarget`.
  public static let intrSetTarget: UInt64 = 0xa6
  /// `vintr_getcookie`.
  public static let vintrGetCookie: UInt64 = 0xa7
  /// `vintr_setcookie`.
  public static let vintrSetCookie: UInt64 = 0xa8
  /// `vintr_getvalid`.
  public static let vintrGetValid: UInt64 = 0xa9
  /// `vintr_setvalid`.
  public static let vintrSetValid: UInt64 = 0xaa
  /// `vintr_getstate`.
  public static let vintrGetState: UInt64 = 0xab
  /// `vintr_setstate`.
  public static let vintrSetState: UInt64 = 0xac
  /// `vintr_gettarget`.
  public static let vintrGetTarget: UInt64 = 0xad
  /// `vintr_settarget`.
  public static let vintrSetTarget: UInt64 = 0xae

  // PCI I/O.
  /// `pci_iommu_map`.
  public static let pciIOMMUMap: UInt64 = 0xb0
  /// `pci_iommu_demap`.
  public static let pciIOMMUDemap: UInt64 = 0xb1
  /// `pci_iommu_getmap`.
  public static let pciIOMMUGetmap: UInt64 = 0xb2
  /// `pci_iommu_getbypass`.
  public static let pciIOMMUGetbypass: UInt64 = 0xb3
  /// `pci_config_get`.
  public static let pciConfigGet: UInt64 = 0xb4
  /// `pci_config_put`.
  public static let pciConfigPut: UInt64 = 0xb5
  /// `pci_peek`.
  public static let pciPeek: UInt64 = 0xb6
  /// `pci_poke`.
  public static let pciPoke: UInt64 = 0xb7
  /// `pci_dma_sync`.
  public static let pciDMASync: UInt64 = 0xb8

  // Event queues and MSIs.
  /// `pci_msiq_gethead`.
  public static let pciMSIQGethead: UInt64 = 0xc6
  /// `pci_msiq_sethead`.
  public static let pciMSIQSethead: UInt64 = 0xc7
  /// `pci_msiq_gettail`.
  public static let pciMSIQGettail: UInt64 = 0xc8
  /// `pci_msi_getvalid`.
  public static let pciMSIGetvalid: UInt64 = 0xc9
  /// `pci_msi_getmsiq`.
  public static let pciMSIGetmsiq: UInt64 = 0xcb
  /// `pci_msi_setstate`.
  public static let pciMSISetstate: UInt64 = 0xce

  // Logical domain channels.
  /// `ldc_tx_qconf`.
  public static let ldcTxQConf: UInt64 = 0xe0
  /// `ldc_tx_qinfo`.
  public static let ldcTxQInfo: UInt64 = 0xe1
  /// `ldc_tx_get_state`.
  public static let ldcTxGetState: UInt64 = 0xe2
  /// `ldc_tx_set_qtail`.
  public static let ldcTxSetQTail: UInt64 = 0xe3
  /// `ldc_rx_qconf`.
  public static let ldcRxQConf: UInt64 = 0xe4
  /// `ldc_rx_qinfo`.
  public static let ldcRxQInfo: UInt64 = 0xe5
  /// `ldc_rx_get_state`.
  public static let ldcRxGetState: UInt64 = 0xe6
  /// `ldc_rx_set_qhead`.
  public static let ldcRxSetQHead: UInt64 = 0xe7
  /// `ldc_set_map_table`.
  public static let ldcSetMapTable: UInt64 = 0xea
  /// `ldc_get_map_table`.
  public static let ldcGetMapTable: UInt64 = 0xeb
  /// `ldc_copy`.
  public static let ldcCopy: UInt64 = 0xec
  /// `ldc_mapin`.
  public static let ldcMapin: UInt64 = 0xed
  /// `ldc_unmap`.
  public static let ldcUnmap: UInt64 = 0xee
  /// `ldc_revoke`.
  public static let ldcRevoke: UInt64 = 0xef

  // IOTSBs that domains supply.
  /// `pci_iotsb_conf`.
  public static let pciIOTSBConf: UInt64 = 0x190
  /// `pci_iotsb_info`.
  public static let pciIOTSBInfo: UInt64 = 0x191
  /// `pci_iotsb_unconf`.
  public static let pciIOTSBUnconf: UInt64 = 0x192
  /// `pci_iotsb_bind`.
  public static let pciIOTSBBind: UInt64 = 0x193
  /// `pci_iotsb_unbind`.
  public static let pciIOTSBUnbind: UInt64 = 0x194
  /// `pci_iotsb_get_binding`.
  public static let pciIOTSBGetBinding: UInt64 = 0x195
  /// `pci_iotsb_map`.
  public static let pciIOTSBMap: UInt64 = 0x196
  /// `pci_iotsb_map_one`.
  public static let pciIOTSBMapOne: UInt64 = 0x197
  /// `pci_iotsb_demap`.
  public static let pciIOTSBDemap: UInt64 = 0x198
  /// `pci_iotsb_getmap`.
  public static let pciIOTSBGetmap: UInt64 = 0x199
  /// `pci_iotsb_sync_mappings`.
  public static let pciIOTSBSync: UInt64 = 0x19a

  // Grants of DVA ranges, dvmash's own.
  /// `dvma_grant`.
  public static let dvmaGrant: UInt64 = 0x1c0
  /// `dvma_revoke`.
  public static let dvmaRevoke: UInt64 = 0x1c1
  /// `dvma_info`.
  public static let dvmaInfo: UInt64 = 0x1c2
}
