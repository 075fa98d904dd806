import Sun4v

extension GuestDescription {
  /// The handle of the `virtual-devices` node in real descriptions.
  public static let virtualDevicesHandle: UInt64 = 0x100
  /// The handle of the `channel-devices` node in real descriptions.
  public static let channelDevicesHandle: UInt64 = 0x200

  /// The graph that describes the domain, in the shape of real ones.
  public var machineDescription: MachineDescription {
    var graph = MachineDescription()
    let root = graph.addNode("root")
    graph.add("content-version", "1.0", to: root)
    if generation != 0 { graph.add("md-generation#", generation, to: root) }
    graph.add("name", platform.name, to: root)
    graph.add("banner-name", platform.bannerName, to: root)
    graph.add("stick-frequency", platform.stickFrequency, to: root)
    addPlatform(to: &graph, root)
    addMemory(to: &graph, root)
    addProcessors(to: &graph, root)
    addRootComplexes(to: &graph, root)
    let endpoints = addChannels(to: &graph, root)
    addVirtualDevices(to: &graph, root, endpoints)
    addDomainServices(to: &graph, root, endpoints)
    return graph
  }

  private typealias NodeID = MachineDescription.NodeID

  private func addPlatform(to graph: inout MachineDescription, _ root: NodeID) {
    let node = graph.addNode("platform")
    graph.join(root, node)
    graph.add("banner-name", platform.bannerName, to: node)
    graph.add("name", platform.name, to: node)
    if let address = platform.macAddress { graph.add("mac-address", address, to: node) }
    if let hostID = platform.hostID { graph.add("hostid", hostID, to: node) }
    graph.add("stick-frequency", platform.stickFrequency, to: node)
    graph.add("max-cpus", UInt64(processors.count), to: node)
  }

  private func addMemory(to graph: inout MachineDescription, _ root: NodeID) {
    let parent = graph.addNode("memory")
    graph.join(root, parent)
    for block in memory {
      let node = graph.addNode("mblock")
      graph.add("base", block.base.rawValue, to: node)
      graph.add("size", block.size, to: node)
      graph.join(parent, node)
    }
  }

  private func addProcessors(to graph: inout MachineDescription, _ root: NodeID) {
    let parent = graph.addNode("cpus")
    graph.join(root, parent)
    for processor in processors {
      let node = graph.addNode("cpu")
      graph.add("id", processor.id, to: node)
      if let frequency = processor.clockFrequency {
        graph.add("clock-frequency", frequency, to: node)
      }
      graph.add("compatible", strings: ["SUNW,sun4v-cpu", "sun4v"], to: node)
      graph.add("isalist", strings: ["sparcv9", "sparcv8plus", "sparcv8", "sparc"], to: node)
      if let sizes = processor.pageSizes { graph.add("mmu-page-size-list", sizes, to: node) }
      graph.join(parent, node)
    }
  }

  private func addRootComplexes(to graph: inout MachineDescription, _ root: NodeID) {
    guard !rootComplexes.isEmpty else { return }
    let parent = graph.addNode("phys_io")
    graph.join(root, parent)
    for complex in rootComplexes {
      graph.join(parent, graph.addNode("iodevice", complex.properties))
    }
  }

  private func addChannels(
    to graph: inout MachineDescription, _ root: NodeID
  ) -> [ChannelID: NodeID] {
    var endpoints: [ChannelID: NodeID] = [:]
    guard !channels.isEmpty else { return endpoints }
    let parent = graph.addNode("channel-endpoints")
    graph.join(root, parent)
    for channel in channels {
      let node = graph.addNode("channel-endpoint")
      graph.add("id", channel.id.rawValue, to: node)
      graph.add("tx-ino", channel.transmitInterrupt, to: node)
      graph.add("rx-ino", channel.receiveInterrupt, to: node)
      graph.join(parent, node)
      endpoints[channel.id] = node
    }
    return endpoints
  }

  private func addVirtualDevices(
    to graph: inout MachineDescription, _ root: NodeID, _ endpoints: [ChannelID: NodeID]
  ) {
    guard !virtualDevices.isEmpty || domainName != nil else { return }
    let devices = graph.addNode("virtual-devices")
    describe(devices, "virtual-devices", Self.virtualDevicesHandle, in: &graph)
    graph.join(root, devices)
    let parent = graph.addNode("channel-devices")
    describe(parent, "channel-devices", Self.channelDevicesHandle, in: &graph)
    graph.join(devices, parent)
    var nameNode: NodeID?
    for device in virtualDevices {
      let node = graph.addNode("virtual-device")
      graph.add("name", device.name, to: node)
      if let type = device.type { graph.add("device-type", type, to: node) }
      if !device.compatible.isEmpty {
        graph.add("compatible", strings: device.compatible, to: node)
      }
      graph.add("cfg-handle", device.handle, to: node)
      graph.join(parent, node)
      if device.compatible.contains(Self.domainServiceBinding), !device.ports.isEmpty {
        nameNode = nameNode ?? node
      }
      for port in device.ports { add(port, to: &graph, node, endpoints) }
    }
    guard let domainName else { return }
    if nameNode == nil {
      let node = graph.addNode("virtual-device")
      graph.add("name", "virtual-domain-service", to: node)
      graph.add("device-type", "serial", to: node)
      graph.add("compatible", strings: [Self.domainServiceBinding], to: node)
      graph.add("cfg-handle", (virtualDevices.map(\.handle).max() ?? 0) &+ 1, to: node)
      graph.join(parent, node)
      nameNode = node
    }
    if let nameNode { graph.add("vlds-domain-name", domainName, to: nameNode) }
  }

  private func describe(
    _ node: NodeID, _ name: String, _ handle: UInt64, in graph: inout MachineDescription
  ) {
    graph.add("name", name, to: node)
    graph.add("device-type", name, to: node)
    graph.add("compatible", strings: ["SUNW,sun4v-\(name)"], to: node)
    graph.add("cfg-handle", handle, to: node)
  }

  private func add(
    _ port: VirtualDevice.Port, to graph: inout MachineDescription, _ device: NodeID,
    _ endpoints: [ChannelID: NodeID]
  ) {
    let node = graph.addNode("virtual-device-port")
    if let name = port.name { graph.add("name", name, to: node) }
    graph.add("id", port.id, to: node)
    if let service = port.service { graph.add("vldc-svc-name", service, to: node) }
    graph.join(device, node)
    for channel in port.channels {
      if let endpoint = endpoints[channel] { graph.join(node, endpoint) }
    }
  }

  private func addDomainServices(
    to graph: inout MachineDescription, _ root: NodeID, _ endpoints: [ChannelID: NodeID]
  ) {
    guard !domainServices.isEmpty else { return }
    let parent = graph.addNode("domain-services")
    graph.join(root, parent)
    for port in domainServices {
      let node = graph.addNode("domain-services-port")
      graph.add("id", port.id, to: node)
      graph.join(parent, node)
      for channel in port.channels {
        if let endpoint = endpoints[channel] { graph.join(node, endpoint) }
      }
    }
  }
}
