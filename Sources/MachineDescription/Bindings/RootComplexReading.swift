import Sun4v

extension RootComplexDescription {
  /// Reads the root complex of an `iodevice` node; throws `BindingError` for what is missing or wrong.
  public init(_ view: MachineDescription.NodeView) throws(BindingError) {
    let reader = PropertyReader(view)
    let windowWords = try reader.words("virtual-dma", group: 2, groups: 1...1)[0]
    guard windowWords[1] > 0, !windowWords[0].addingReportingOverflow(windowWords[1] - 1).overflow
    else {
      throw reader.error(
        .badValue,
        "virtual-dma is base \(windowWords[0].hexadecimal), size \(windowWords[1].hexadecimal); "
          + "a size above 0 that ends below 2^64 is right")
    }
    self.init(
      name: try reader.string("name"),
      handle: DeviceHandle(rawValue: try reader.integer("cfg-handle")),
      compatible: try reader.optionalStrings("compatible") ?? [],
      window: Range(base: DVMAAddress(windowWords[0]), size: windowWords[1]),
      addressRanges: try Self.ranges("address-ranges", groups: 3...3, reader),
      childRanges: try Self.childRanges(reader), buses: try Self.buses(reader),
      interrupts: try (reader.optionalWords("interrupts", group: 1, groups: 1...(.max)) ?? [])
        .map { $0[0] },
      messageInterrupts: try Self.messageInterrupts(reader),
      syncOptions: try reader.optionalInteger("dma-sync-options").map { SyncOptions(rawValue: $0) },
      iommuAddressRanges: try Self.ranges("iommu-address-ranges", groups: 4...4, reader),
      iommuPageSizes: try reader.optionalInteger("iommu-pagesizes"))
  }

  private static func ranges<Base: Address>(
    _ name: String, groups: ClosedRange<Int>, _ reader: PropertyReader
  ) throws(BindingError) -> [Range<Base>] {
    try (reader.optionalWords(name, group: 2, groups: groups) ?? []).map {
      Range(base: Base(rawValue: $0[0]), size: $0[1])
    }
  }

  private static func childRanges(_ reader: PropertyReader) throws(BindingError) -> [ChildRange] {
    try (reader.optionalWords("ranges", group: 7, groups: 1...(.max)) ?? []).map { words in
      let cells = words.map { UInt32(truncatingIfNeeded: $0) }
      return ChildRange(
        child: Array(cells[0..<3]),
        parent: RealAddress(UInt64(cells[3]) << 32 | UInt64(cells[4])),
        size: UInt64(cells[5]) << 32 | UInt64(cells[6]))
    }
  }

  private static func buses(_ reader: PropertyReader) throws(BindingError) -> ClosedRange<UInt8> {
    let words = try reader.words("bus-ranges", group: 2, groups: 1...1)[0]
    guard let first = UInt8(exactly: words[0]), let last = UInt8(exactly: words[1]), first <= last
    else {
      throw reader.error(
        .badValue,
        "bus-ranges is \(words[0]) to \(words[1]); two numbers in order up to 255 are right")
    }
    return first...last
  }

  private static func messageInterrupts(
    _ reader: PropertyReader
  ) throws(BindingError) -> MessageInterrupts? {
    guard let count = try reader.optionalInteger("#msi") else { return nil }
    let windows = try reader.words("msi-address-ranges", group: 3, groups: 1...2)
    let runs = try reader.words("msi-ranges", group: 2, groups: 1...(.max))
    let queues = try reader.words("msi-eq-to-devino", group: 3, groups: 1...(.max))
    return MessageInterrupts(
      count: count, dataMask: try reader.integer("msi-data-mask"),
      extendedDataWidth: try reader.integer("msix-data-width"),
      windows: windows.map {
        Range(base: DVMAAddress($0[0] << 32 | $0[1] & 0xffff_ffff), size: $0[2])
      }, runs: runs.map { .init(first: $0[0], count: $0[1]) },
      queueCount: try reader.integer("#msi-eqs"), queueSize: try reader.integer("msi-eq-size"),
      queueInterrupts: queues.map {
        .init(firstQueue: $0[0], count: $0[1], firstInterrupt: $0[2])
      })
  }

  /// The properties of the `iodevice` node that describes the root complex, in the order of real ones.
  public var properties: [MachineDescription.Property] {
    var properties: [MachineDescription.Property] = []
    func add(_ name: String, _ value: MachineDescription.Value) {
      properties.append(.init(name, value))
    }
    add("name", .string(name))
    add("device-type", .string("pciex"))
    if !compatible.isEmpty { add("compatible", .data(strings: compatible)) }
    add("cfg-handle", .integer(handle.rawValue))
    if !addressRanges.isEmpty {
      add("address-ranges", .data(words: addressRanges.flatMap { [$0.base.rawValue, $0.size] }))
    }
    if !childRanges.isEmpty {
      add(
        "ranges",
        .data(
          words: childRanges.flatMap { range in
            range.child.prefix(3).map(UInt64.init)
              + Array(repeating: 0, count: max(0, 3 - range.child.count))
              + [range.parent.rawValue, range.size].flatMap { [$0 >> 32, $0 & 0xffff_ffff] }
          }))
    }
    add("virtual-dma", .data(words: [window.base.rawValue, window.size]))
    if let interrupts = messageInterrupts { properties += Self.properties(of: interrupts) }
    if !interrupts.isEmpty { add("interrupts", .data(words: interrupts)) }
    add("bus-ranges", .data(words: [UInt64(buses.lowerBound), UInt64(buses.upperBound)]))
    if let syncOptions { add("dma-sync-options", .integer(syncOptions.rawValue)) }
    if !iommuAddressRanges.isEmpty {
      add(
        "iommu-address-ranges",
        .data(words: iommuAddressRanges.flatMap { [$0.base.rawValue, $0.size] }))
    }
    if let iommuPageSizes { add("iommu-pagesizes", .integer(iommuPageSizes)) }
    return properties
  }

  private static func properties(
    of interrupts: MessageInterrupts
  ) -> [MachineDescription.Property] {
    let windows = interrupts.windows.flatMap {
      [$0.base.rawValue >> 32, $0.base.rawValue & 0xffff_ffff, $0.size]
    }
    let queues = interrupts.queueInterrupts.flatMap {
      [$0.firstQueue, $0.count, $0.firstInterrupt]
    }
    return [
      .init("msi-address-ranges", .data(words: windows)),
      .init("#msi", .integer(interrupts.count)),
      .init("msi-data-mask", .integer(interrupts.dataMask)),
      .init("msi-ranges", .data(words: interrupts.runs.flatMap { [$0.first, $0.count] })),
      .init("msi-eq-size", .integer(interrupts.queueSize)),
      .init("msix-data-width", .integer(interrupts.extendedDataWidth)),
      .init("#msi-eqs", .integer(interrupts.queueCount)),
      .init("msi-eq-to-devino", .data(words: queues)),
    ]
  }
}
