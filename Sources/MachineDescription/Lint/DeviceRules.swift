import Sun4v

extension LintPass {
  private static let rootComplexTable: [PropertyDemand] = [
    .init("name", .string), .init("compatible", .strings), .init("cfg-handle", .number),
    .init("virtual-dma", .data), .init("bus-ranges", .data), .init("#msi", .number),
    .init("msi-data-mask", .number), .init("msix-data-width", .number),
    .init("msi-eq-size", .number), .init("#msi-eqs", .number), .init("msi-address-ranges", .data),
    .init("msi-ranges", .data), .init("msi-eq-to-devino", .data),
    .init("address-ranges", .data, .optional), .init("ranges", .data, .optional),
    .init("interrupts", .data, .optional), .init("interrupt-map-mask", .data, .optional),
    .init("#interrupt-cells", .number, .optional), .init("dma-sync-options", .number, .optional),
    .init("iommu-address-ranges", .data, .optional), .init("iommu-pagesizes", .number, .optional),
    .init("level1-hotplug-slot-count", .number, .optional),
    .init("level2-hotplug-slot-count", .number, .optional),
    .init("max-pci-depth", .number, .optional), .init("hotplug-memsize", .number, .optional),
  ]
  private static let functionTable: [PropertyDemand] = [
    .init("device-number", .number), .init("function-number", .number),
  ]
  private static let interruptEntryTable: [PropertyDemand] = [
    .init("parent-interrupt", .number), .init("child-interrupt", .number),
    .init("child-unit-address", .data), .init("parent-device-path", .string),
  ]
  private static let deviceTypes: Set<String> = [
    "pciex", "pcie-root-port", "pcie-switch-upstream", "pcie-switch-downstream",
    "pcie-pcix-bridge", "pcix-pcix-bridge", "pci-network", "pci-scsi", "pci-generic", "sun4v",
  ]

  mutating func checkDevices() {
    let rules = PropertyRules(missing: .devicePropertyMissing, kind: .devicePropertyKind)
    let devices = nodes("iodevice")
    let complexes = devices.filter { $0.string("device-type") == "pciex" }
    let functions = devices.filter { view in
      view.string("device-type").map { $0 != "pciex" && $0.hasPrefix("pci") } ?? false
    }
    check([.init("device-type", .string)], devices, rules)
    check(Self.rootComplexTable, complexes, rules)
    check(Self.functionTable, functions, rules)
    check(Self.interruptEntryTable, nodes("interrupt-map-entry"), rules)
    for view in devices {
      if let type = view.string("device-type"), !Self.deviceTypes.contains(type) {
        report(
          .deviceType, view, "device-type", "\"\(type)\" is no type that the binding lists")
      }
      if !parents(of: view).contains(where: { ["phys_io", "iodevice"].contains($0.type) }) {
        report(.deviceParent, view, place: nil, "neither phys_io nor an iodevice leads here")
      }
    }
    checkUnique("cfg-handle", complexes, .deviceHandleRepeated)
    var claims: [Claim] = []
    for view in complexes {
      checkHandle(view)
      checkWindow(view)
      claims += checkAddressWindows(view)
      checkMessages(view)
      checkBuses(view)
      checkInterrupts(view)
      checkMappingUnit(view)
    }
    let memory = nodes("mblock").compactMap { view -> Claim? in
      guard let base = view.integer("base"), let size = view.integer("size") else { return nil }
      return Claim(view: view, property: "base", base: base, size: size)
    }
    if !claims.isEmpty, !isForHypervisor {
      checkWindowOverlaps(claims, memory)
    }
    checkFunctions(functions, devices)
    for view in nodes("interrupt-map-entry") {
      _ = groups(
        "child-unit-address", of: view, group: 3, counts: 1...1, .interruptEntryShape)
    }
    for view in nodes("dma-latency-group")
    where (view["address-mask"] == nil) != (view["address-match"] == nil) {
      report(
        .latencyMatch, view, place: nil,
        "address-mask and address-match come together or not at all")
    }
  }

  private mutating func checkHandle(_ view: NodeView) {
    guard let handle = view.integer("cfg-handle"), handle & 0x3f != 0 else { return }
    report(
      .deviceHandleBits, view, "cfg-handle",
      "cfg-handle \(handle.hexadecimal) has bits below 0x40 set")
  }

  private mutating func checkWindow(_ view: NodeView) {
    guard
      let words = groups("virtual-dma", of: view, group: 2, counts: 1...1, .windowShape)?.first
    else { return }
    let claim = Claim(view: view, property: "virtual-dma", base: words[0], size: words[1])
    guard claim.isSound else {
      report(
        .windowSize, view, "virtual-dma",
        "\(words[1].hexadecimal) bytes at \(words[0].hexadecimal) are no window")
      return
    }
    if words[0] % PageSize.size8K.bytes != 0 || words[1] % PageSize.size8K.bytes != 0 {
      report(
        .windowAlignment, view, "virtual-dma",
        "\(words[1].hexadecimal) bytes at \(words[0].hexadecimal) are not whole pages of 8 KiB")
    }
    if claim.last > 0xffff_ffff {
      report(
        .windowReach, view, "virtual-dma",
        "the window ends at \(claim.last.hexadecimal), above what 32-bit cells hold")
    }
  }

  private mutating func checkAddressWindows(_ view: NodeView) -> [Claim] {
    if view["ranges"] == nil, view["address-ranges"] == nil {
      report(.addressWindowsMissing, view, place: nil, "neither ranges nor address-ranges is there")
    }
    var claims: [Claim] = []
    for pair in groups(
      "address-ranges", of: view, group: 2, counts: 3...3, .addressRangesShape) ?? []
    {
      claims.append(Claim(view: view, property: "address-ranges", base: pair[0], size: pair[1]))
    }
    for words in groups("ranges", of: view, group: 7, counts: 1...(.max / 56), .childRangesShape)
      ?? []
    {
      if words.contains(where: { $0 > 0xffff_ffff }) {
        report(.childRangesCells, view, "ranges", "a word has more than 32 bits")
      }
      let low = words.map { $0 & 0xffff_ffff }
      claims.append(
        Claim(
          view: view, property: "ranges", base: low[3] << 32 | low[4], size: low[5] << 32 | low[6]))
    }
    return claims
  }

  /// Windows may overlap neither one another nor memory; memory among itself is checked elsewhere.
  private mutating func checkWindowOverlaps(_ windows: [Claim], _ memory: [Claim]) {
    checkOverlaps(windows, .addressRangesOverlap)
    let blocks = memory.filter(\.isSound).sorted { $0.base < $1.base }
    var ends: [UInt64] = []
    for block in blocks { ends.append(max(ends.last ?? 0, block.last)) }
    for window in windows where window.isSound {
      // The last block that starts at or below the window's end reaches furthest into it.
      let above = blocks.partitioningIndex { $0.base > window.last }
      guard above > 0, ends[above - 1] >= window.base else { continue }
      report(
        .addressRangesOverlap, window.view, window.property,
        "\(window.base.hexadecimal) to \(window.last.hexadecimal) overlaps memory")
    }
  }

  private mutating func checkMessages(_ view: NodeView) {
    _ = groups("msi-address-ranges", of: view, group: 3, counts: 1...2, .messageShape)
    let runs = groups("msi-ranges", of: view, group: 2, counts: 1...(.max / 16), .messageShape)
    let queues = groups(
      "msi-eq-to-devino", of: view, group: 3, counts: 1...(.max / 24), .messageShape)
    if let runs, let count = view.integer("#msi") {
      let total = runs.reduce(0 as UInt64) { $0 &+ $1[1] }
      if total != count {
        report(
          .messageCount, view, "msi-ranges", "msi-ranges holds \(total) MSIs, #msi is \(count)")
      }
    }
    if let queues, let count = view.integer("#msi-eqs") {
      let total = queues.reduce(0 as UInt64) { $0 &+ $1[1] }
      if total != count {
        report(
          .queueCount, view, "msi-eq-to-devino",
          "msi-eq-to-devino tells of \(total) queues, #msi-eqs is \(count)")
      }
    }
    if let size = view.integer("msi-eq-size"), size == 0 || size & (size - 1) != 0 {
      report(.queueSize, view, "msi-eq-size", "msi-eq-size is \(size); a power of two is right")
    }
  }

  private mutating func checkBuses(_ view: NodeView) {
    guard let words = groups("bus-ranges", of: view, group: 2, counts: 1...1, .busesShape)?.first,
      words[0] > words[1] || words[1] > 255
    else { return }
    report(
      .busesOrder, view, "bus-ranges",
      "buses \(words[0]) to \(words[1]); two numbers in order up to 255 are right")
  }

  private mutating func checkInterrupts(_ view: NodeView) {
    for property in ["interrupts", "interrupt-map-mask"] {
      _ = groups(property, of: view, group: 1, counts: 1...(.max / 8), .interruptsShape)
    }
  }

  private mutating func checkMappingUnit(_ view: NodeView) {
    if let options = view.integer("dma-sync-options"), options > 0xf {
      report(
        .syncOptions, view, "dma-sync-options",
        "dma-sync-options is \(options.hexadecimal); 0x0 to 0xf are right")
    }
    _ = groups("iommu-address-ranges", of: view, group: 2, counts: 4...4, .iommuRanges)
    if let sizes = view.integer("iommu-pagesizes"), sizes == 0 || sizes > 0xff {
      report(
        .iommuPageSizes, view, "iommu-pagesizes",
        "iommu-pagesizes is \(sizes.hexadecimal); 0x1 to 0xff are right")
    }
  }

  private mutating func checkFunctions(_ functions: [NodeView], _ devices: [NodeView]) {
    for view in functions {
      for (property, limit) in [("device-number", 31 as UInt64), ("function-number", 7)] {
        if let number = view.integer(property), number > limit {
          report(
            .functionNumbers, view, property, "\(property) is \(number); 0 to \(limit) are right")
        }
      }
    }
    for parent in devices {
      var seen: [[UInt64]: NodeView] = [:]
      for child in parent.children(ofType: "iodevice") {
        guard let device = child.integer("device-number"),
          let function = child.integer("function-number")
        else { continue }
        if let other = seen[[device, function]] {
          report(
            .functionRepeated, child, "device-number",
            "device \(device) function \(function) is also \(name(of: other))")
        } else {
          seen[[device, function]] = child
        }
      }
    }
  }
}
