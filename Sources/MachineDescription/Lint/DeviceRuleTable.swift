/// Rules of I/O devices.
///
/// Source: FWARC 2007/070, 2007/260, 2007/386, 2008/270, 2009/213; UltraSPARC Virtual Machine
/// Specification, 8.25; Linux pci_sun4v for the properties of a 64-bit IOMMU.
extension LintRule {
  static let devicePropertyMissing = LintRule(
    "device-property-missing", .error,
    "Root complexes, functions and interrupt map entries have the properties their binding requires."
  )
  static let devicePropertyKind = LintRule(
    "device-property-kind", .error,
    "Properties of I/O devices are of the kind their binding names.")
  static let deviceType = LintRule(
    "device-type", .warning, "An iodevice's device-type is one that the binding lists.")
  static let deviceParent = LintRule(
    "device-parent", .warning, "An iodevice hangs below phys_io or another iodevice.")
  static let deviceHandleRepeated = LintRule(
    "device-handle-repeated", .error, "Every root complex has a cfg-handle of its own.")
  static let deviceHandleBits = LintRule(
    "device-handle-bits", .warning,
    "Bits 5:0 of a cfg-handle are zero; the OpenSPARC hypervisor refuses others.")
  static let windowShape = LintRule(
    "virtual-dma-shape", .error, "virtual-dma is two 64-bit words, base and size.")
  static let windowSize = LintRule(
    "virtual-dma-size", .error, "The window has more than 0 bytes and ends below 2^64.")
  static let windowAlignment = LintRule(
    "virtual-dma-alignment", .error, "The window is whole pages of 8 KiB.")
  static let windowReach = LintRule(
    "virtual-dma-reach", .warning,
    "The window lies below 4 GiB: firmware passes it on in 32-bit cells.")
  static let addressWindowsMissing = LintRule(
    "ranges-missing", .error, "A root complex has ranges, or the older address-ranges.")
  static let addressRangesShape = LintRule(
    "address-ranges-shape", .error,
    "address-ranges is three pairs of base and size: I/O, 32-bit and 64-bit memory.")
  static let addressRangesOverlap = LintRule(
    "address-ranges-overlap", .error, "The windows of root complexes and memory do not overlap.")
  static let childRangesShape = LintRule(
    "ranges-shape", .error, "ranges is groups of seven 64-bit words.")
  static let childRangesCells = LintRule(
    "ranges-cells", .warning, "Only the low 32 bits of each word of ranges are used.")
  static let messageShape = LintRule(
    "msi-shape", .error,
    "msi-address-ranges is triples, msi-ranges pairs and msi-eq-to-devino triples of words.")
  static let messageCount = LintRule(
    "msi-count", .warning, "The runs of msi-ranges hold as many MSIs as #msi says.")
  static let queueCount = LintRule(
    "msi-eq-count", .warning, "msi-eq-to-devino tells of as many queues as #msi-eqs says.")
  static let queueSize = LintRule(
    "msi-eq-size", .error, "msi-eq-size is a power of two.")
  static let busesShape = LintRule(
    "bus-ranges-shape", .error, "bus-ranges is two 64-bit words, first and last bus.")
  static let busesOrder = LintRule(
    "bus-ranges-order", .error, "bus-ranges is in order and at most 255.")
  static let interruptsShape = LintRule(
    "interrupts-shape", .error, "interrupts and interrupt-map-mask are 64-bit words.")
  static let syncOptions = LintRule(
    "dma-sync-options", .error, "dma-sync-options has bits 0 to 3 and no others.")
  static let iommuRanges = LintRule(
    "iommu-address-ranges", .error,
    "iommu-address-ranges is four pairs: two of 32-bit space, then two of 64-bit space.")
  static let iommuPageSizes = LintRule(
    "iommu-pagesizes", .error, "iommu-pagesizes has bits for the page sizes 0 to 7 and no others.")
  static let functionNumbers = LintRule(
    "function-numbers", .error, "device-number is 0 to 31 and function-number 0 to 7.")
  static let functionRepeated = LintRule(
    "function-repeated", .error,
    "Devices below one parent differ in device-number or function-number.")
  static let interruptEntryShape = LintRule(
    "interrupt-entry-shape", .error, "child-unit-address is three 64-bit words.")
  static let latencyMatch = LintRule(
    "latency-match", .error,
    "A dma-latency-group has both address-mask and address-match, or neither.")

  static let deviceBindings: [LintRule] = [
    devicePropertyMissing, devicePropertyKind, deviceType, deviceParent, deviceHandleRepeated,
    deviceHandleBits, windowShape, windowSize, windowAlignment, windowReach, addressWindowsMissing,
    addressRangesShape, addressRangesOverlap, childRangesShape, childRangesCells, messageShape,
    messageCount, queueCount, queueSize, busesShape, busesOrder, interruptsShape, syncOptions,
    iommuRanges, iommuPageSizes, functionNumbers, functionRepeated, interruptEntryShape,
    latencyMatch,
  ]
}
