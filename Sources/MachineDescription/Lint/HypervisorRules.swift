import Sun4v

/// Rules of the hypervisor's own description. Source: what the OpenSPARC hypervisor 1.5.6 reads.
extension LintRule {
  static let hypervisorFormat = LintRule(
    "hypervisor-format", .warning,
    "The hypervisor's description is of format 1.0; the hypervisor 1.5.6 refuses older ones.")
  static let hypervisorVersion = LintRule(
    "hypervisor-content-version", .error, "The content-version's upper half is 1.")
  static let hypervisorPropertyMissing = LintRule(
    "hypervisor-property-missing", .error,
    "guest, mblock, cpu, pcie_bus, ldc_endpoint and console have what the hypervisor must read.")
  static let hypervisorPropertyKind = LintRule(
    "hypervisor-property-kind", .error, "What the hypervisor reads as a number is a number.")
  static let containerMissing = LintRule(
    "container-missing", .warning,
    "The nodes guests, cpus, memory, devices, ldc_endpoints, consoles, maus and cwqs are there.")
  static let resourceRepeated = LintRule(
    "resource-id-repeated", .error, "Every node of a type has a resource_id of its own.")
  static let ownerMissing = LintRule(
    "owner-missing", .warning, "A resource has a back arc to the guest that owns it.")
  static let physicalSize = LintRule(
    "memory-block-size", .error,
    "A block has more than 0 bytes and ends below 2^64, physically and as the domain sees it.")
  static let physicalOverlap = LintRule(
    "memory-physical-overlap", .error, "No physical memory belongs to two blocks.")
  static let realOverlap = LintRule(
    "memory-real-overlap", .error, "The blocks of a domain do not overlap as it sees them.")
  static let busRepeated = LintRule(
    "bus-handle-repeated", .error, "Every pcie_bus has a cfghandle of its own.")
  static let channelRange = LintRule(
    "ldc-channel-range", .warning,
    "An ldc_endpoint's channel is below 256, the limit of the OpenSPARC hypervisor.")
  static let channelRepeated = LintRule(
    "ldc-channel-repeated", .error, "A domain has one ldc_endpoint per channel.")
  static let targetType = LintRule(
    "ldc-target-type", .error,
    "target_type is 0 (guest), 1 (hypervisor) or 2 (service processor).")
  static let targetGuest = LintRule(
    "ldc-target-guest", .error, "target_guest is the resource_id of a guest.")
  static let endpointInterrupts = LintRule(
    "ldc-interrupts", .error, "A domain's ldc_endpoint has tx-ino with rx-ino, or private_svc.")
  static let endpointPeer = LintRule(
    "ldc-peer", .warning, "The endpoint that an ldc_endpoint names as its other end names it back.")
  static let consoleInterrupt = LintRule(
    "console-ino", .error, "A console's ino is below 64.")

  static let hypervisorBindings: [LintRule] = [
    hypervisorFormat, hypervisorVersion, hypervisorPropertyMissing, hypervisorPropertyKind,
    containerMissing, resourceRepeated, ownerMissing, physicalSize, physicalOverlap, realOverlap,
    busRepeated, channelRange, channelRepeated, targetType, targetGuest, endpointInterrupts,
    endpointPeer, consoleInterrupt,
  ]
}

extension LintPass {
  private static func numbers(_ names: [String]) -> [PropertyDemand] {
    names.map { PropertyDemand($0, .number) }
  }

  private static let tables: [(type: String, table: [PropertyDemand])] = [
    (
      "guest",
      numbers(["resource_id", "rombase", "romsize", "mdpa"]) + [.init("name", .string, .optional)]
    ), ("mblock", numbers(["resource_id", "membase", "memsize", "realbase"])),
    ("cpu", numbers(["resource_id", "pid", "vid", "partid"])),
    (
      "pcie_bus",
      numbers(["resource_id", "cfghandle"]) + [.init("allow_bypass", .number, .optional)]
    ),
    (
      "ldc_endpoint",
      numbers(["resource_id", "channel", "target_channel"]) + [
        .init("target_type", .number, .optional), .init("target_guest", .number, .optional),
        .init("tx-ino", .number, .optional), .init("rx-ino", .number, .optional),
        .init("private_svc", .number, .optional), .init("svc_id", .number, .optional),
      ]
    ), ("virtual_devices", numbers(["cfghandle"])), ("channel_devices", numbers(["cfghandle"])),
    ("console", numbers(["resource_id"]) + [.init("ino", .number, .optional)]),
  ]

  mutating func checkHypervisor() {
    guard let root = graph.root else { return }
    guard let version = root.integer("content-version") else {
      report(
        .hypervisorFormat, root, place: nil,
        "the root has no number as content-version; format 1.0 has 0x100000000")
      return
    }
    if version >> 32 != HypervisorDescription.supportedContentMajor {
      report(
        .hypervisorVersion, root, "content-version",
        "content-version is \(version.hexadecimal), major \(version >> 32); 1 is right")
    }
    let rules = PropertyRules(missing: .hypervisorPropertyMissing, kind: .hypervisorPropertyKind)
    for (type, table) in Self.tables { check(table, nodes(type), rules) }
    for type in [
      "guests", "cpus", "memory", "devices", "ldc_endpoints", "consoles", "maus", "cwqs",
    ] where nodes(type).isEmpty {
      report(.containerMissing, root, place: nil, "there is no node of type \(type)")
    }
    for type in ["guest", "mblock", "cpu", "pcie_bus", "ldc_endpoint", "console"] {
      checkUnique("resource_id", nodes(type), .resourceRepeated)
    }
    for type in ["mblock", "cpu", "pcie_bus", "console"] {
      for view in nodes(type) where view.parents(ofType: "guest").isEmpty {
        report(.ownerMissing, view, place: nil, "no back arc leads to a guest")
      }
    }
    checkPhysicalMemory()
    checkUnique("cfghandle", nodes("pcie_bus"), .busRepeated)
    checkLogicalChannels()
    for view in nodes("console") {
      if let number = view.integer("ino"), number > 63 {
        report(.consoleInterrupt, view, "ino", "ino is \(number); 0 to 63 are right")
      }
    }
  }

  private mutating func checkPhysicalMemory() {
    var physical: [Claim] = []
    var real: [Int: [Claim]] = [:]
    for view in nodes("mblock") {
      guard let base = view.integer("membase"), let size = view.integer("memsize"),
        let realBase = view.integer("realbase")
      else { continue }
      let claim = Claim(view: view, property: "membase", base: base, size: size)
      let seen = Claim(view: view, property: "realbase", base: realBase, size: size)
      if !claim.isSound || !seen.isSound {
        report(
          .physicalSize, view, "memsize",
          "\(size.hexadecimal) bytes at \(base.hexadecimal), seen at \(realBase.hexadecimal)")
      }
      physical.append(claim)
      if let owner = view.parents(ofType: "guest").first {
        real[owner.id.position, default: []].append(seen)
      }
    }
    checkOverlaps(physical, .physicalOverlap)
    for owner in real.keys.sorted() { checkOverlaps(real[owner] ?? [], .realOverlap) }
  }

  private struct EndpointKey: Hashable {
    let guest: UInt64
    let channel: UInt64
  }

  private mutating func checkLogicalChannels() {
    let guests = Set(nodes("guest").compactMap { $0.integer("resource_id") })
    var owned: [EndpointKey: NodeView] = [:]
    for view in nodes("ldc_endpoint") {
      guard let channel = view.integer("channel") else { continue }
      if channel > 255 {
        report(.channelRange, view, "channel", "channel is \(channel); 0 to 255 are right")
      }
      let owner = view.parents(ofType: "guest").first?.integer("resource_id")
      if let owner {
        let key = EndpointKey(guest: owner, channel: channel)
        if let other = owned[key] {
          report(
            .channelRepeated, view, "channel",
            "guest \(owner) has channel \(channel) also as \(name(of: other))")
        } else {
          owned[key] = view
        }
        if view["private_svc"] == nil, view["tx-ino"] == nil || view["rx-ino"] == nil {
          report(
            .endpointInterrupts, view, place: nil, "neither tx-ino with rx-ino nor private_svc")
        }
      }
      if let type = view.integer("target_type") {
        if type > 2 {
          report(.targetType, view, "target_type", "target_type is \(type); 0, 1 or 2 is right")
        } else if type == 0 {
          checkTarget(view, guests)
        }
      }
    }
    for (key, view) in owned.sorted(by: { $0.value.id < $1.value.id }) {
      guard view.integer("target_type") == 0, let guest = view.integer("target_guest"),
        let channel = view.integer("target_channel"), guests.contains(guest)
      else { continue }
      let peer = owned[EndpointKey(guest: guest, channel: channel)]
      if peer?.integer("target_guest") != key.guest
        || peer?.integer("target_channel") != key.channel
      {
        report(
          .endpointPeer, view, "target_channel",
          "channel \(channel) of guest \(guest) does not name channel \(key.channel) of guest "
            + "\(key.guest) as its other end")
      }
    }
  }

  private mutating func checkTarget(_ view: NodeView, _ guests: Set<UInt64>) {
    guard let guest = view.integer("target_guest") else {
      report(.targetGuest, view, place: nil, "target_type is 0 and target_guest is missing")
      return
    }
    if !guests.contains(guest) {
      report(.targetGuest, view, "target_guest", "there is no guest with resource_id \(guest)")
    }
  }
}
