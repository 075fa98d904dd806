import Sun4v

/// The page of machine models.
enum ModelReference {
  static var text: String {
    """
    # Machine models

    `sun4v.machine { model = …, conforms = … }` picks a part and whose behaviour it shows where the released \
    hypervisor's code and the specification differ: `"deployed"` (the default) or `"specified"`. No code of atu's \
    hypervisor is public, so it is always as specified.

    \(MachineModel.allCases.map(section).joined(separator: "\n\n"))

    ## Remembered translations

    A root complex remembers \(IOTLB.lineCount) translations of its window: the entry's index modulo \(IOTLB.lineCount) \
    picks the line, and a new translation takes the line of the old one. No source gives the size of the real parts; \
    `iotlb = false` switches it off.
    """
  }

  private static func title(_ model: MachineModel) -> String {
    switch model {
    case .t1: "UltraSPARC T1 with the Fire bridge"
    case .t2: "UltraSPARC T2 with its PIU"
    case .atu: "an address translation unit whose tables domains supply"
    }
  }

  private static func section(_ model: MachineModel) -> String {
    var parts = ["## \(model.rawValue): \(title(model))", geometry(model)]
    for conformance in ConformanceMode.allCases where model != .atu || conformance == .specified {
      let layout = HypervisorState(model: model, conformance: conformance).entryLayout
      parts.append("### IOTTE, \(conformance.rawValue) (`\(layout.rawValue)`)\n\n\(bits(layout))")
    }
    parts.append("### API groups\n\n\(groups(model))")
    return parts.joined(separator: "\n\n")
  }

  private static func geometry(_ model: MachineModel) -> String {
    var rows: [[String]] = []
    func add(_ name: String, _ value: String) { rows.append([name, value]) }
    if let window = try? WindowGeometry.deployed(model) {
      add("window", "\(ByteSize(window.size)) at \(window.base)")
      add("page size of the window", "\(window.pageSize)")
      add("entries", "\(window.entryCount), 8 bytes each")
      add("entries that calls reach", "\(window.usableEntries)")
    }
    if model == .t2, let bypass = try? WindowGeometry.bypass() {
      add(
        "table of bypass", "\(ByteSize(bypass.size)) at \(bypass.base), pages of \(bypass.pageSize)"
      )
    }
    if model == .atu {
      let configuration = RootComplexConfiguration(name: "", handle: DeviceHandle(rawValue: 0))
      add(
        "page sizes of supplied tables",
        configuration.pageSizes.map(\.description).joined(separator: ", "))
      add(
        "ranges for supplied tables",
        configuration.addressRanges.map { "\(ByteSize($0.size)) at \($0.base)" }
          .joined(separator: ", "))
    }
    add("device interrupts", "\(RootComplexView.interruptCount)")
    add("event queues", "\(MSIState.queueCount), \(MSIQueue.recordCount) records each")
    add("MSIs", "\(MSIState.msiCount)")
    add(
      "MSI addresses",
      [MSIState.window32, MSIState.window64].map { "\(ByteSize($0.size)) at \($0.base)" }
        .joined(separator: ", "))
    return Markdown.table(["What", "Value"], rows)
  }

  /// What each bit of an entry means, found by making entries.
  private static func bits(_ layout: EntryLayout) -> String {
    func of(_ attributes: UInt64) -> UInt64 {
      layout.bits(for: IOAttributes(rawValue: attributes), readImplied: false)
    }
    let valid = layout.validBit
    let none = of(0)
    let key = of(0xffff_0000) & ~none
    var fields: [(mask: UInt64, name: String, meaning: String)] = [
      (layout.addressMask, "PA", "the page's physical address"),
      (of(2) & ~none, "W", "the device may write"),
      (of(4) & ~none, "L", "relaxed ordering"),
      (key & layout.keyValidBit, "KEYV", "the device key is compared"),
      (key & 0xffff << 48, "KEY", "the requester id that may use the entry"),
      (key & 0x38, "FNM", "the bits of the function number that are compared"),
    ]
    let read = of(1) & ~none
    if read & layout.readMask != 0 {
      fields.append((read, "R", "the device may read"))
      fields.append((valid, "V", "the entry translates"))
    } else {
      if read != 0 { fields.append((read, "R", "kept for software; the part does not look at it")) }
      fields.append((valid, "V", "the entry translates, and the device may read"))
    }
    let rows = fields.filter { $0.mask != 0 }
      .sorted { $0.mask.leadingZeroBitCount < $1.mask.leadingZeroBitCount }
    return Markdown.table(
      ["Bits", "Name", "Meaning"],
      rows.map { [Markdown.bits($0.mask), $0.name, $0.meaning] })
      + "\n\nDemap leaves bits \(Markdown.bits(layout.keptByDemap)) as they are."
  }

  private static func groups(_ model: MachineModel) -> String {
    let deployed = OfferedVersions.standard(model, .deployed)
    let specified = OfferedVersions.standard(model, .specified)
    let all = Set((deployed.groups + specified.groups).map(\.group)).sorted()
    func text(_ offered: OfferedVersions, _ group: APIGroup) -> String {
      offered.versions(of: group)?.map(\.description).joined(separator: ", ") ?? "no"
    }
    return Markdown.table(
      ["Group", "Name", "deployed", "specified"],
      all.map {
        [
          "0x" + String($0.rawValue, radix: 16), $0.name, text(deployed, $0), text(specified, $0),
        ]
      })
  }
}
