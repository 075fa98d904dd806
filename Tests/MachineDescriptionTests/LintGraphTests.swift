import MachineDescription
import Sun4v
import Testing

/// A change to a sound description and the one rule that it breaks, at a property or a node.
struct BrokenGraph: Sendable, CustomTestStringConvertible {
  let rule: String
  /// The node and the property at which the finding stands; without a property, at the node itself.
  let place: (type: String, property: String?)
  let change: @Sendable (inout [MachineDescription.Node]) -> Void

  var testDescription: String { "\(rule) at \(place.type).\(place.property ?? "")" }

  /// Gives a node of a type another value of a property, or takes it away.
  static func set(
    _ rule: String, _ type: String, _ name: String, _ value: MachineDescription.Value?,
    skipping: Int = 0
  ) -> BrokenGraph {
    BrokenGraph(rule: rule, place: (type, value == nil ? nil : name)) { nodes in
      let position = position(of: type, skipping: skipping, in: nodes)
      let place = nodes[position].properties.firstIndex { $0.name == name }
      switch (place, value) {
      case (let place?, let value?): nodes[position].properties[place].value = value
      case (let place?, nil): nodes[position].properties.remove(at: place)
      case (nil, let value?): nodes[position].properties.append(.init(name, value))
      case (nil, nil): break
      }
    }
  }

  /// Adds a property to a node of a type.
  static func append(
    _ rule: String, _ type: String, _ name: String, _ value: MachineDescription.Value,
    at place: String? = nil
  ) -> BrokenGraph {
    BrokenGraph(rule: rule, place: (place ?? type, nil)) { nodes in
      let position = position(of: type, skipping: 0, in: nodes)
      nodes[position].properties.removeAll { $0.name == name && place != nil }
      nodes[position].properties.append(.init(name, value))
    }
  }

  /// Adds an arc from a node of a type to one of another.
  static func append(
    _ rule: String, _ type: String, _ name: String, to target: String, skipping: Int = 0,
    at place: String? = nil
  ) -> BrokenGraph {
    BrokenGraph(rule: rule, place: (place ?? type, nil)) { nodes in
      let from = position(of: type, skipping: skipping, in: nodes)
      let to = position(of: target, skipping: 0, in: nodes)
      nodes[from].properties.insert(.init(name, .arc(.init(to))), at: 0)
    }
  }

  /// Gives a node another type, as if it were not there, and puts another one at the end if wanted.
  static func rename(
    _ rule: String, _ type: String, all: Bool = false, adding: String? = nil, at place: String
  ) -> BrokenGraph {
    BrokenGraph(rule: rule, place: (place, nil)) { nodes in
      repeat {
        nodes[position(of: type, skipping: 0, in: nodes)].type = "other"
      } while all && nodes.contains { $0.type == type }
      if let adding { nodes.append(.init(adding)) }
    }
  }

  static func position(
    of type: String, skipping: Int, in nodes: [MachineDescription.Node]
  ) -> Int {
    let places = nodes.indices.filter { nodes[$0].type == type }
    return places.dropFirst(skipping).first ?? 0
  }

  /// Puts a new node at the end.
  static func add(
    _ rule: String, _ node: MachineDescription.Node, at property: String? = nil
  ) -> BrokenGraph {
    BrokenGraph(rule: rule, place: (node.type, property)) { $0.append(node) }
  }
}

@Suite struct LintGraphTests {
  static let guestFaults: [BrokenGraph] = [
    .set("memory-property-missing", "mblock", "size", nil),
    .set("memory-property-missing", "cpu", "id", nil),
    .set("memory-property-missing", "platform", "stick-frequency", nil),
    .set("memory-property-kind", "mblock", "base", .string("0")),
    .set("mblock-size", "mblock", "size", .integer(0)),
    .set("mblock-size", "mblock", "size", .integer(.max)),
    .set("mblock-alignment", "mblock", "base", .integer(0x8000_1000)),
    .set("mblock-overlap", "mblock", "base", .integer(0x4_1000_0000)),
    .set("cpu-id-repeated", "cpu", "id", .integer(1)),
    .set("page-size-list", "cpu", "mmu-page-size-list", .integer(0x100)),
    .set("content-version-missing", "root", "content-version", nil),
    .set("content-version-kind", "root", "content-version", .integer(1)),
    .set("content-version-value", "root", "content-version", .string("2")),
    .set("generation-kind", "root", "md-generation#", .string("3")),
    .append("property-repeated", "root", "name", .string("again")),
    .append("cycle", "memory", "fwd", to: "root"),
    .append("back-missing", "memory", "fwd", to: "channel-endpoint"),
    .append("forward-missing", "cpu", "back", to: "platform"),
    .append(
      "endpoint-shared", "domain-services-port", "fwd", to: "channel-endpoint",
      at: "channel-endpoint"),
    .append(
      "domain-service-remote", "virtual-device", "compatible",
      .data(strings: ["SUNW,sun4v-domain-service"]), at: "virtual-device-port"),
    .set("device-property-missing", "iodevice", "virtual-dma", nil),
    .set("device-property-missing", "iodevice", "cfg-handle", nil),
    .set("device-property-missing", "iodevice", "msi-ranges", nil),
    .set("device-property-kind", "iodevice", "virtual-dma", .integer(1)),
    .set("device-property-kind", "iodevice", "dma-sync-options", .string("0")),
    .set("device-handle-repeated", "iodevice", "cfg-handle", .integer(0x440)),
    .set("device-handle-bits", "iodevice", "cfg-handle", .integer(0x401)),
    .set("virtual-dma-shape", "iodevice", "virtual-dma", .data(words: [0x8000_0000])),
    .set("virtual-dma-size", "iodevice", "virtual-dma", .data(words: [0x8000_0000, 0])),
    .set("virtual-dma-alignment", "iodevice", "virtual-dma", .data(words: [0x1000, 0x2000])),
    .set("virtual-dma-reach", "iodevice", "virtual-dma", .data(words: [0, 0x2_0000_0000])),
    .set("ranges-missing", "iodevice", "address-ranges", nil),
    .set("address-ranges-shape", "iodevice", "address-ranges", .data(words: [1, 2])),
    .set(
      "address-ranges-overlap", "iodevice", "address-ranges",
      .data(words: [0x8000_0000, 0x1000, 0xca_0000_0000, 0x1000, 0xcc_0000_0000, 0x1000])),
    .set("ranges-shape", "iodevice", "ranges", .data(words: [1, 2, 3])),
    .set("ranges-cells", "iodevice", "ranges", .data(words: [1 << 32, 0, 0, 0xd0, 0, 0, 0x1000])),
    .set("msi-shape", "iodevice", "msi-address-ranges", .data(words: [1, 2])),
    .set("msi-count", "iodevice", "msi-ranges", .data(words: [0, 128])),
    .set("msi-eq-count", "iodevice", "msi-eq-to-devino", .data(words: [0, 35, 24])),
    .set("msi-eq-size", "iodevice", "msi-eq-size", .integer(100)),
    .set("bus-ranges-shape", "iodevice", "bus-ranges", .data(words: [1])),
    .set("bus-ranges-order", "iodevice", "bus-ranges", .data(words: [3, 2])),
    .set("bus-ranges-order", "iodevice", "bus-ranges", .data(words: [0, 256])),
    .set("interrupts-shape", "iodevice", "interrupts", .data([1, 2, 3])),
    .set("dma-sync-options", "iodevice", "dma-sync-options", .integer(0x10)),
    .set("iommu-address-ranges", "iodevice", "iommu-address-ranges", .data(words: [0, 1])),
    .set("iommu-pagesizes", "iodevice", "iommu-pagesizes", .integer(0)),
    .set("device-type", "iodevice", "device-type", .string("isa")),
    .set("channel-property-missing", "channel-endpoint", "rx-ino", nil),
    .set("channel-property-missing", "virtual-device-port", "id", nil),
    .set("channel-property-missing", "domain-services-port", "id", nil),
    .set("channel-property-kind", "channel-endpoint", "id", .string("0")),
    .set("endpoint-id-range", "channel-endpoint", "id", .integer(256)),
    .set("endpoint-id-repeated", "channel-endpoint", "id", .integer(1)),
    .set("endpoint-ino-repeated", "channel-endpoint", "rx-ino", .integer(0)),
    .set("port-id-repeated", "virtual-device-port", "id", .integer(1)),
    .rename("endpoints-missing", "channel-endpoints", at: "channel-endpoint"),
    .rename("memory-empty", "mblock", all: true, at: "root"),
    .rename("cpu-missing", "cpu", all: true, at: "root"),
    .set("customary-property", "cpu", "compatible", nil),
    BrokenGraph(rule: "function-repeated", place: ("iodevice", nil)) { nodes in
      let parent = BrokenGraph.position(of: "iodevice", skipping: 0, in: nodes)
      for _ in 0..<2 {
        nodes[parent].properties.append(.init("fwd", .arc(.init(nodes.count))))
        nodes.append(
          .init(
            "iodevice",
            [
              .init("device-type", .string("pci-generic")), .init("device-number", .integer(1)),
              .init("function-number", .integer(0)),
            ]))
      }
    },
    BrokenGraph(rule: "services-port-id-repeated", place: ("domain-services-port", "id")) { nodes in
      let parent = BrokenGraph.position(of: "domain-services", skipping: 0, in: nodes)
      nodes[parent].properties.append(.init("fwd", .arc(.init(nodes.count))))
      nodes.append(.init("domain-services-port", [.init("id", .integer(0))]))
    },
    .rename("platform-missing", "platform", at: "root"),
    .rename("memory-node-missing", "memory", at: "root"),
    .rename(
      "endpoint-parent", "channel-endpoints", adding: "channel-endpoints", at: "channel-endpoint"),
    .add("endpoints-repeated", .init("channel-endpoints")),
    .add("services-repeated", .init("domain-services")),
    .add("root-repeated", .init("root")),
    .add("unreachable", .init("odd")),
    .add("device-parent", .init("iodevice", [.init("device-type", .string("sun4v"))])),
    .add(
      "mblock-parent", .init("mblock", [.init("base", .integer(0)), .init("size", .integer(8192))])),
    .add("port-parent", .init("virtual-device-port", [.init("id", .integer(9))])),
    .add("port-endpoint", .init("virtual-device-port", [.init("id", .integer(9))])),
    .add("services-port-parent", .init("domain-services-port", [.init("id", .integer(9))])),
    .add("services-port-endpoint", .init("domain-services-port", [.init("id", .integer(9))])),
    .add("latency-match", .init("dma-latency-group", [.init("address-mask", .integer(1))])),
    .add("arc-name", .init("odd", [.init("cpu", .arc(.init(0)))]), at: "cpu"),
    .add(
      "interrupt-entry-shape",
      .init("interrupt-map-entry", [.init("child-unit-address", .data(words: [1]))]),
      at: "child-unit-address"),
    .add(
      "function-numbers",
      .init(
        "iodevice",
        [
          .init("device-type", .string("pci-generic")), .init("device-number", .integer(32)),
          .init("function-number", .integer(0)),
        ]), at: "device-number"),
    .add(
      "channel-devices-parent", .init("channel-devices", [.init("cfg-handle", .integer(0x200))])),
  ]

  static let hypervisorFaults: [BrokenGraph] = [
    .set("hypervisor-format", "root", "content-version", nil),
    .set("hypervisor-content-version", "root", "content-version", .integer(0x2_0000_0000)),
    .set("hypervisor-property-missing", "guest", "mdpa", nil),
    .set("hypervisor-property-missing", "pcie_bus", "cfghandle", nil),
    .set("hypervisor-property-kind", "mblock", "membase", .string("x")),
    .set("resource-id-repeated", "mblock", "resource_id", .integer(1)),
    .set("memory-block-size", "mblock", "memsize", .integer(0)),
    .set("memory-physical-overlap", "mblock", "membase", .integer(0xc000_1000)),
    .set("ldc-channel-range", "ldc_endpoint", "channel", .integer(256)),
    .set("ldc-channel-repeated", "ldc_endpoint", "channel", .integer(1)),
    .set("ldc-target-type", "ldc_endpoint", "target_type", .integer(3)),
    .set("ldc-interrupts", "ldc_endpoint", "tx-ino", nil),
    .set("ldc-target-guest", "ldc_endpoint", "target_guest", .integer(7), skipping: 1),
    .set("ldc-peer", "ldc_endpoint", "target_channel", .integer(2), skipping: 1),
    .append("memory-real-overlap", "mblock", "back", to: "guest", skipping: 1, at: "mblock"),
    .rename("container-missing", "maus", at: "root"),
    .add(
      "console-ino",
      .init("console", [.init("resource_id", .integer(0)), .init("ino", .integer(64))]), at: "ino"),
    .add("owner-missing", .init("console", [.init("resource_id", .integer(0))])),
    .add(
      "bus-handle-repeated",
      .init("pcie_bus", [.init("resource_id", .integer(9)), .init("cfghandle", .integer(0x400))]),
      at: "cfghandle"),
  ]

  /// A description without errors and without those warnings that the faults are about.
  static let guest: MachineDescription = {
    var guest = BindingTests.guest()
    guest.rootComplexes[1].messageInterrupts = .init()
    guest.rootComplexes[1].compatible = ["SUNW,sun4v-pci"]
    guest.rootComplexes[1].iommuAddressRanges = []
    guest.channels.append(.init(id: ChannelID(3)))
    guest.virtualDevices[0].ports[1].channels = [ChannelID(3)]
    guest.virtualDevices[0].ports[1].name = "vldc-port"
    guest.processors[1].clockFrequency = 1_200_000_000
    return guest.machineDescription
  }()
  static let hypervisor: MachineDescription = {
    var hypervisor = BindingTests.hypervisor()
    hypervisor.processors[1].owner = DomainID(1)
    return hypervisor.machineDescription
  }()

  private func check(_ fault: BrokenGraph, in graph: MachineDescription) throws {
    #expect(
      !MachineDescription.lint(bytes: try graph.encoded()).contains { $0.rule.id == fault.rule })
    var nodes = graph.nodes
    fault.change(&nodes)
    let bytes = try MachineDescription(nodes: nodes).encoded()
    let findings = MachineDescription.lint(bytes: bytes).filter { $0.rule.id == fault.rule }
    let decoded = try DecodedMachineDescription(bytes: bytes)
    let places = decoded.description.nodes(ofType: fault.place.type).flatMap { view in
      guard let name = fault.place.property else {
        return [decoded.layout.offset(of: view.id)]
          + view.properties.indices.map { decoded.layout.offset(of: view.id, property: $0) }
      }
      return view.properties.indices.filter { view.properties[$0].name == name }.map {
        decoded.layout.offset(of: view.id, property: $0)
      }
    }
    #expect(!findings.isEmpty)
    #expect(
      findings.contains { places.contains($0.offset) },
      "\(findings.map(\.line)) expected at one of \(places)")
    #expect(findings.allSatisfy { $0.node != nil && !$0.message.isEmpty })
  }

  @Test func soundDescriptionsHaveNoErrors() throws {
    for graph in [
      Self.guest, Self.hypervisor,
    ] {
      let findings = MachineDescription.lint(bytes: try graph.encoded())
      #expect(findings.filter { $0.rule.severity == .error }.map(\.line) == [])
    }
  }

  @Test(arguments: guestFaults)
  func faultsInAGuestAreFound(fault: BrokenGraph) throws {
    try check(fault, in: Self.guest)
  }

  @Test(arguments: hypervisorFaults)
  func faultsInAHypervisorAreFound(fault: BrokenGraph) throws {
    try check(fault, in: Self.hypervisor)
  }
}
