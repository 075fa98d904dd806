import Sun4v

extension HypervisorDescription {
  /// Reads the hypervisor's description from a graph; throws `BindingError` for what is wrong.
  ///
  /// The owner of a resource is found by its `back` arc to a guest, as the hypervisor does.
  public init(_ graph: MachineDescription) throws(BindingError) {
    guard let root = graph.root else {
      throw BindingError(
        code: .missingNode, node: nil, message: "there is no node of type root")
    }
    let rootReader = PropertyReader(root)
    guard let version = root.integer("content-version") else {
      throw rootReader.error(
        .contentVersion,
        "content-version is not a number; a hypervisor description of format 1.0 has 0x100000000")
    }
    guard version >> 32 == Self.supportedContentMajor else {
      throw rootReader.error(
        .contentVersion,
        "content-version \(version.hexadecimal) has major \(version >> 32); 1 can be read")
    }
    var guests: [Guest] = []
    for view in graph.nodes(ofType: "guest") { guests.append(try Self.guest(view)) }
    var memory: [MemoryBlock] = []
    for view in graph.nodes(ofType: "mblock") { memory.append(try Self.memoryBlock(view)) }
    var processors: [Processor] = []
    for view in graph.nodes(ofType: "cpu") { processors.append(try Self.processor(view)) }
    var buses: [Bus] = []
    for view in graph.nodes(ofType: "pcie_bus") { buses.append(try Self.bus(view)) }
    var endpoints: [Endpoint] = []
    for view in graph.nodes(ofType: "ldc_endpoint") { endpoints.append(try Self.endpoint(view)) }
    self.init(
      stickFrequency: try rootReader.optionalInteger("stick-frequency"), guests: guests,
      memory: memory, processors: processors, buses: buses, endpoints: endpoints)
  }

  private static func domain(
    _ name: String, _ reader: PropertyReader
  ) throws(BindingError) -> DomainID {
    let number = try reader.integer(name)
    guard let id = Int(exactly: number) else {
      throw reader.error(.badValue, "\(name) is \(number.hexadecimal), which numbers no guest")
    }
    return DomainID(id)
  }

  private static func owner(
    of view: MachineDescription.NodeView
  ) throws(BindingError) -> DomainID? {
    guard let guest = view.parents(ofType: "guest").first else { return nil }
    return try domain("resource_id", PropertyReader(guest))
  }

  private static func guest(_ view: MachineDescription.NodeView) throws(BindingError) -> Guest {
    let reader = PropertyReader(view)
    func handle(_ type: String) throws(BindingError) -> UInt64? {
      guard let node = view.children(ofType: type).first else { return nil }
      return try PropertyReader(node).integer("cfghandle")
    }
    return Guest(
      id: try domain("resource_id", reader), name: try reader.optionalString("name"),
      descriptionAddress: PhysicalAddress(try reader.integer("mdpa")),
      firmwareBase: PhysicalAddress(try reader.integer("rombase")),
      firmwareSize: try reader.integer("romsize"),
      virtualDevicesHandle: try handle("virtual_devices"),
      channelDevicesHandle: try handle("channel_devices"))
  }

  private static func memoryBlock(
    _ view: MachineDescription.NodeView
  ) throws(BindingError) -> MemoryBlock {
    let reader = PropertyReader(view)
    let block = MemoryBlock(
      resourceID: try reader.integer("resource_id"),
      physicalBase: PhysicalAddress(try reader.integer("membase")),
      size: try reader.integer("memsize"), realBase: RealAddress(try reader.integer("realbase")),
      owner: try owner(of: view))
    guard block.size > 0, block.physicalBase.advanced(by: block.size - 1) != nil,
      block.realBase.advanced(by: block.size - 1) != nil
    else {
      throw reader.error(
        .badValue,
        "memsize is \(block.size.hexadecimal); a size above 0 that ends below 2^64 is right")
    }
    return block
  }

  private static func processor(
    _ view: MachineDescription.NodeView
  ) throws(BindingError) -> Processor {
    let reader = PropertyReader(view)
    return Processor(
      resourceID: try reader.integer("resource_id"), physicalID: try reader.integer("pid"),
      virtualID: try reader.integer("vid"), partition: try reader.integer("partid"),
      owner: try owner(of: view))
  }

  private static func bus(_ view: MachineDescription.NodeView) throws(BindingError) -> Bus {
    let reader = PropertyReader(view)
    return Bus(
      resourceID: try reader.integer("resource_id"),
      handle: DeviceHandle(rawValue: try reader.integer("cfghandle")),
      allowsBypass: try reader.optionalInteger("allow_bypass") == 1, owner: try owner(of: view))
  }

  private static func endpoint(
    _ view: MachineDescription.NodeView
  ) throws(BindingError) -> Endpoint {
    let reader = PropertyReader(view)
    let channel = ChannelID(try reader.integer("channel"))
    guard channel.rawValue < 4080 else {
      throw reader.error(.badValue, "channel is \(channel); 0 to 4079 are right")
    }
    let owner = try owner(of: view)
    let endpoint = Endpoint(
      resourceID: try reader.integer("resource_id"), channel: channel, owner: owner,
      target: try target(reader, isOwned: owner != nil),
      transmitInterrupt: try reader.optionalInteger("tx-ino"),
      receiveInterrupt: try reader.optionalInteger("rx-ino"),
      privateService: try reader.optionalInteger("private_svc"),
      service: try reader.optionalInteger("svc_id"))
    if owner != nil {
      guard
        endpoint.privateService != nil
          || endpoint.transmitInterrupt != nil && endpoint.receiveInterrupt != nil
      else {
        throw reader.error(
          .missingProperty, "an endpoint of a guest needs tx-ino with rx-ino, or private_svc")
      }
    } else if endpoint.service == nil {
      throw reader.error(
        .missingProperty,
        "an endpoint needs a back arc to its guest, or svc_id for the hypervisor's")
    }
    return endpoint
  }

  private static func target(
    _ reader: PropertyReader, isOwned: Bool
  ) throws(BindingError) -> Endpoint.Target {
    let kind =
      isOwned
      ? try reader.integer("target_type") : try reader.optionalInteger("target_type") ?? 0
    let channel = ChannelID(try reader.integer("target_channel"))
    switch kind {
    case 0: return .guest(try domain("target_guest", reader), channel)
    case 1: return .hypervisor(channel)
    case 2: return .serviceProcessor(channel)
    default:
      throw reader.error(
        .badValue,
        "target_type is \(kind); 0 (guest), 1 (hypervisor) and 2 (service processor) are right")
    }
  }
}
