import Sun4v

extension HypervisorDescription {
  /// The graph that describes the machine, in the shape of real ones of format 1.0.
  public var machineDescription: MachineDescription {
    var graph = MachineDescription()
    let root = graph.addNode("root")
    graph.add("content-version", Self.supportedContentMajor << 32, to: root)
    if let stickFrequency { graph.add("stick-frequency", stickFrequency, to: root) }
    func parent(_ type: String) -> NodeID {
      let node = graph.addNode(type)
      graph.join(root, node)
      return node
    }
    let guestsNode = parent("guests")
    let cpusNode = parent("cpus")
    let memoryNode = parent("memory")
    _ = parent("maus")
    _ = parent("cwqs")
    let devicesNode = parent("devices")
    let endpointsNode = parent("ldc_endpoints")
    _ = parent("consoles")
    let owners = addGuests(to: &graph, guestsNode)

    func add(_ type: String, below parent: NodeID, owner: DomainID?) -> NodeID {
      let node = graph.addNode(type)
      graph.join(parent, node)
      if let owner, let guest = owners[owner] { graph.join(guest, node) }
      return node
    }
    for processor in processors {
      let node = add("cpu", below: cpusNode, owner: processor.owner)
      graph.add("pid", processor.physicalID, to: node)
      graph.add("vid", processor.virtualID, to: node)
      graph.add("resource_id", processor.resourceID, to: node)
      graph.add("partid", processor.partition, to: node)
    }
    for block in memory {
      let node = add("mblock", below: memoryNode, owner: block.owner)
      graph.add("membase", block.physicalBase.rawValue, to: node)
      graph.add("memsize", block.size, to: node)
      graph.add("realbase", block.realBase.rawValue, to: node)
      graph.add("resource_id", block.resourceID, to: node)
    }
    for bus in buses {
      let node = add("pcie_bus", below: devicesNode, owner: bus.owner)
      graph.add("resource_id", bus.resourceID, to: node)
      graph.add("cfghandle", bus.handle.rawValue, to: node)
      if bus.allowsBypass { graph.add("allow_bypass", 1, to: node) }
    }
    for endpoint in endpoints {
      let node = add("ldc_endpoint", below: endpointsNode, owner: endpoint.owner)
      Self.describe(endpoint, node, in: &graph)
    }
    return graph
  }

  private typealias NodeID = MachineDescription.NodeID

  private func addGuests(
    to graph: inout MachineDescription, _ parent: NodeID
  ) -> [DomainID: NodeID] {
    var nodes: [DomainID: NodeID] = [:]
    for guest in guests {
      let node = graph.addNode("guest")
      graph.join(parent, node)
      if let name = guest.name { graph.add("name", name, to: node) }
      graph.add("resource_id", UInt64(bitPattern: Int64(guest.id.rawValue)), to: node)
      graph.add("mdpa", guest.descriptionAddress.rawValue, to: node)
      graph.add("rombase", guest.firmwareBase.rawValue, to: node)
      graph.add("romsize", guest.firmwareSize, to: node)
      for (type, handle) in [
        ("virtual_devices", guest.virtualDevicesHandle),
        ("channel_devices", guest.channelDevicesHandle),
      ] {
        guard let handle else { continue }
        let devices = graph.addNode(type)
        graph.add("cfghandle", handle, to: devices)
        graph.join(node, devices)
      }
      nodes[guest.id] = node
    }
    return nodes
  }

  private static func describe(
    _ endpoint: Endpoint, _ node: NodeID, in graph: inout MachineDescription
  ) {
    let type: UInt64
    let channel: ChannelID
    var guest: DomainID?
    switch endpoint.target {
    case .guest(let id, let other): (type, channel, guest) = (0, other, id)
    case .hypervisor(let other): (type, channel) = (1, other)
    case .serviceProcessor(let other): (type, channel) = (2, other)
    }
    graph.add("resource_id", endpoint.resourceID, to: node)
    graph.add("channel", endpoint.channel.rawValue, to: node)
    graph.add("target_type", type, to: node)
    if let guest {
      graph.add("target_guest", UInt64(bitPattern: Int64(guest.rawValue)), to: node)
    }
    graph.add("target_channel", channel.rawValue, to: node)
    for (name, value) in [
      ("tx-ino", endpoint.transmitInterrupt), ("rx-ino", endpoint.receiveInterrupt),
      ("private_svc", endpoint.privateService), ("svc_id", endpoint.service),
    ] {
      if let value { graph.add(name, value, to: node) }
    }
  }
}
