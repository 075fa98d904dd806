import Sun4v

extension GuestDescription {
  /// The binding that the device which names this domain meets (FWARC 2008/563).
  static let domainServiceBinding = "SUNW,sun4v-domain-service"

  /// Reads a domain's description from a graph; throws `BindingError` for what is missing or wrong.
  ///
  /// Nodes are found by type, as old descriptions join few of them to the root by arcs.
  public init(_ graph: MachineDescription) throws(BindingError) {
    guard let root = graph.root else {
      throw BindingError(
        code: .missingNode, node: nil, message: "there is no node of type root")
    }
    let platform = try Self.platform(graph)
    var memory: [MemoryBlock] = []
    for view in graph.nodes(ofType: "mblock") { memory.append(try Self.memoryBlock(view)) }
    var processors: [Processor] = []
    for view in graph.nodes(ofType: "cpu") { processors.append(try Self.processor(view)) }
    var complexes: [RootComplexDescription] = []
    for view in graph.nodes(ofType: "iodevice") where view.string("device-type") == "pciex" {
      complexes.append(try RootComplexDescription(view))
    }
    var channels: [ChannelEndpoint] = []
    for view in graph.nodes(ofType: "channel-endpoint") { channels.append(try Self.endpoint(view)) }
    var devices: [VirtualDevice] = []
    var domainName: String?
    for parent in graph.nodes(ofType: "channel-devices") {
      for view in parent.children(ofType: "virtual-device") {
        let device = try Self.device(view)
        let name = try PropertyReader(view).optionalString("vlds-domain-name")
        if let name { domainName = name }
        if name == nil || !device.ports.isEmpty { devices.append(device) }
      }
    }
    var services: [DomainServicesPort] = []
    for view in graph.nodes(ofType: "domain-services-port") {
      services.append(
        DomainServicesPort(
          id: try PropertyReader(view).integer("id"), channels: try Self.channels(of: view)))
    }
    self.init(
      domainName: domainName,
      generation: try PropertyReader(root).optionalInteger("md-generation#") ?? 0,
      platform: platform, memory: memory, processors: processors, rootComplexes: complexes,
      channels: channels, virtualDevices: devices, domainServices: services)
  }

  private static func platform(_ graph: MachineDescription) throws(BindingError) -> Platform {
    guard let view = graph.nodes(ofType: "platform").first else {
      throw BindingError(
        code: .missingNode, node: nil, message: "there is no node of type platform")
    }
    let reader = PropertyReader(view)
    return Platform(
      name: try reader.string("name"), bannerName: try reader.string("banner-name"),
      stickFrequency: try reader.integer("stick-frequency"),
      hostID: try reader.optionalInteger("hostid"),
      macAddress: try reader.optionalInteger("mac-address"))
  }

  private static func memoryBlock(
    _ view: MachineDescription.NodeView
  ) throws(BindingError) -> MemoryBlock {
    let reader = PropertyReader(view)
    let base = try reader.integer("base")
    let size = try reader.integer("size")
    guard size > 0, !base.addingReportingOverflow(size - 1).overflow else {
      throw reader.error(
        .badValue,
        "the block at \(base.hexadecimal) has \(size.hexadecimal) bytes; "
          + "a size above 0 that ends below 2^64 is right")
    }
    return MemoryBlock(base: RealAddress(base), size: size)
  }

  private static func processor(
    _ view: MachineDescription.NodeView
  ) throws(BindingError) -> Processor {
    let reader = PropertyReader(view)
    return Processor(
      id: try reader.integer("id"), clockFrequency: try reader.optionalInteger("clock-frequency"),
      pageSizes: try reader.optionalInteger("mmu-page-size-list"))
  }

  private static func endpoint(
    _ view: MachineDescription.NodeView
  ) throws(BindingError) -> ChannelEndpoint {
    let reader = PropertyReader(view)
    return ChannelEndpoint(
      id: ChannelID(try reader.integer("id")), transmitInterrupt: try reader.integer("tx-ino"),
      receiveInterrupt: try reader.integer("rx-ino"))
  }

  private static func channels(
    of view: MachineDescription.NodeView
  ) throws(BindingError) -> [ChannelID] {
    var channels: [ChannelID] = []
    for endpoint in view.children(ofType: "channel-endpoint") {
      channels.append(ChannelID(try PropertyReader(endpoint).integer("id")))
    }
    return channels
  }

  private static func device(
    _ view: MachineDescription.NodeView
  ) throws(BindingError) -> VirtualDevice {
    let reader = PropertyReader(view)
    var ports: [VirtualDevice.Port] = []
    for port in view.children(ofType: "virtual-device-port") {
      let properties = PropertyReader(port)
      ports.append(
        VirtualDevice.Port(
          id: try properties.integer("id"), name: try properties.optionalString("name"),
          service: try properties.optionalString("vldc-svc-name"),
          channels: try channels(of: port)))
    }
    return VirtualDevice(
      name: try reader.string("name"), type: try reader.optionalString("device-type"),
      compatible: try reader.optionalStrings("compatible") ?? [],
      handle: try reader.integer("cfg-handle"), ports: ports)
  }
}
