import Hypervisor
import MachineDescription
import Sun4v

/// Building a machine again from its own machine descriptions.
extension Machine {
  /// Makes the machine that descriptions tell of, not booted.
  ///
  /// - Parameters:
  ///   - saved: the descriptions, complete.
  ///   - configuration: everything that is not in them; by default what dvmash wrote into them.
  ///
  /// Throws code `machine_description` where they are incomplete or contradict each other, and the
  /// codes of adding domains and root complexes.
  public convenience init(
    _ saved: SavedMachine, configuration: MachineConfiguration? = nil
  ) throws(MachineError) {
    let names = saved.domainNames
    let memory = saved.blocks(of: saved.guests[0].id)
    let control = try saved.guestDescription(names[0], memory)
    let told = try saved.configuration()
    try self.init(
      configuration ?? told, controlMemory: memory, platform: control.platform)
    for (name, guest) in zip(names, saved.guests).dropFirst() {
      try add(guest, name, saved)
    }
    try addBuses(of: control, saved)
    for place in software.plans.indices {
      guard let node = saved.node(of: saved.guests[place]) else { continue }
      software.plans[place].reservedRange = try Self.range(node, saved.source)
    }
    try planChannels(of: saved)
  }

  private func add(
    _ guest: HypervisorDescription.Guest, _ name: String, _ saved: SavedMachine
  ) throws(MachineError) {
    let blocks = saved.blocks(of: guest.id)
    let description = try saved.guestDescription(name, blocks)
    guard description.rootComplexes.isEmpty else {
      throw MachineError(
        .machineDescription,
        "\(name) owns a root complex by its machine description; only \(Self.controlName) may")
    }
    var total: UInt64 = 0
    for block in blocks { total = total.addingReportingOverflow(block.size).partialValue }
    let node = saved.node(of: guest)
    try checkName(name)
    _ = try addDomain(
      DomainPlan(
        name: name, memory: ByteSize(total),
        quota: node?.integer(DescriptionNames.quota).map { ByteSize($0) },
        reservation: node?.integer(DescriptionNames.reservation).map { ByteSize($0) },
        blocks: blocks, platform: description.platform),
      role: .guest)
  }

  private func addBuses(
    of control: GuestDescription, _ saved: SavedMachine
  ) throws(MachineError) {
    let nodes = saved.graph.nodes(ofType: "pcie_bus")
    for (node, bus) in zip(nodes, saved.description.buses) where bus.owner != nil {
      guard let owner = bus.owner.flatMap({ saved.domain($0) }), owner == Self.control else {
        throw MachineError(
          .machineDescription,
          "\(saved.source): bus \(bus.handle) belongs to a guest; only \(Self.controlName) may own "
            + "one")
      }
      guard let description = control.rootComplexes.first(where: { $0.handle == bus.handle }) else {
        throw MachineError(
          .machineDescription,
          "\(saved.source) gives \(Self.controlName) the bus \(bus.handle), of which its own "
            + "machine description does not tell")
      }
      var configuration = RootComplexConfiguration(description)
      if let name = node.string(DescriptionNames.name) { configuration.name = name }
      configuration.allowsBypass = bus.allowsBypass
      configuration.hasIOTLB = node.integer(DescriptionNames.iotlb) != 0
      let id: RootComplexID
      do {
        id = try addRootComplex(configuration, describedAs: description)
      } catch {
        throw MachineError(
          .machineDescription, "\(saved.source): \(error.message)", name: error.name)
      }
      if let range = try Self.range(node, saved.source) { try reserve(range, of: id) }
      for function in node.children(ofType: DescriptionNames.function) {
        try add(function, to: id, saved)
      }
    }
  }

  private func add(
    _ node: MachineDescription.NodeView, to bus: RootComplexID, _ saved: SavedMachine
  ) throws(MachineError) {
    guard let name = node.string("name"),
      let number = node.integer(DescriptionNames.requester).flatMap({ UInt16(exactly: $0) })
    else {
      throw MachineError(
        .machineDescription,
        "\(saved.source): a \(DescriptionNames.function) node needs name and "
          + "\(DescriptionNames.requester), a number up to 0xffff")
    }
    let address = BusDeviceFunction(rawValue: number)
    try addFunction(address, name: name, to: bus)
    if let bytes = node.bytes(DescriptionNames.configuration) {
      let space = ConfigurationSpace(
        bytes: bytes, writableBits: node.bytes(DescriptionNames.writable) ?? [])
      hypervisor.state.setConfiguration(space, of: address, on: bus)
    }
    if let assignee = node.integer(DescriptionNames.assignee) {
      let domain = Int(exactly: assignee).flatMap { saved.domain(DomainID($0)) }
      try loan(address, of: bus, to: domain)
    }
  }

  private static func range(
    _ node: MachineDescription.NodeView, _ source: String
  ) throws(MachineError) -> BusAddressRange? {
    guard let value = node[DescriptionNames.reserved] else { return nil }
    guard let words = value.words, words.count == 2 else {
      throw MachineError(
        .machineDescription,
        "\(source): \(DescriptionNames.reserved) of a \(node.type) must be two 64-bit words")
    }
    return BusAddressRange(base: DVMAAddress(words[0]), size: words[1])
  }

  /// Plans the channels between domains; each is described from both its ends.
  private func planChannels(of saved: SavedMachine) throws(MachineError) {
    var known: Set<ChannelKey> = []
    for end in saved.description.endpoints {
      guard let owner = end.owner, let domain = saved.domain(owner),
        case .guest(let peer, let channel) = end.target, let far = saved.domain(peer),
        end.privateService == nil, !known.contains(ChannelKey(domain, end.channel))
      else { continue }
      let other = saved.description.endpoints.first { $0.owner == peer && $0.channel == channel }
      guard let other, other.target == .guest(owner, end.channel) else {
        throw MachineError(
          .machineDescription,
          "\(saved.source): channel \(end.channel) of guest \(owner) leads to channel \(channel) "
            + "of guest \(peer), which does not lead back")
      }
      known.insert(ChannelKey(domain, end.channel))
      known.insert(ChannelKey(far, channel))
      software.channelPlans.append(
        ChannelPlan(
          first: ChannelEnd(
            domain, channel: end.channel, transmitInterrupt: end.transmitInterrupt,
            receiveInterrupt: end.receiveInterrupt),
          second: ChannelEnd(
            far, channel: channel, transmitInterrupt: other.transmitInterrupt,
            receiveInterrupt: other.receiveInterrupt)))
    }
    _ = try connected()
  }

  private struct ChannelKey: Hashable {
    let domain: DomainID
    let channel: ChannelID

    init(_ domain: DomainID, _ channel: ChannelID) {
      self.domain = domain
      self.channel = channel
    }
  }
}
