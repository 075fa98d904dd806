// Theory of operation
//
// Firmware describes a machine twice: to each domain in a description of what the domain has, and to
// the hypervisor in one of who owns what. A machine that a script provisions has both as well. They are
// made from the machine's plans, so the same machine gives the same bytes before and after its boot;
// channels, which are made at boot, are told of as the boot makes them.
//
// What neither binding has a place for (quotas, names, the seed, functions) is in properties and nodes
// of our own, all in the hypervisor's description but for the window, which guests must know to
// reserve the same range. Nobody but dvmash reads those.
//
// Source: FWARC 2005/115, 2007/070, 2006/055; OpenSPARC hypervisor 1.5.6 for its own description.

import Hypervisor
import MachineDescription
import Sun4v

/// The machine descriptions of one machine, in binary form.
public struct MachineDescriptions: Hashable, Sendable {
  /// One domain's.
  public struct Guest: Hashable, Sendable {
    /// The domain's name.
    public let name: String
    /// The bytes that `mach_desc` hands out.
    public let bytes: [UInt8]
  }

  /// The hypervisor's.
  public let hypervisor: [UInt8]
  /// Each domain's, in order of domain.
  public let guests: [Guest]
}

extension Machine {
  /// Cycles of %stick in a second: the clock counts nanoseconds.
  static let stickFrequency: UInt64 = 1_000_000_000

  /// The machine's descriptions, from which the same machine can be built again.
  public func descriptions() throws(MachineError) -> MachineDescriptions {
    try checkOpen()
    let (state, _) = try connected()
    var guests: [MachineDescriptions.Guest] = []
    for domain in state.domains {
      let bytes = try encode(try guestGraph(of: domain), domain.name)
      guests.append(MachineDescriptions.Guest(name: domain.name, bytes: bytes))
    }
    return MachineDescriptions(
      hypervisor: try encode(try hypervisorGraph(of: state), "hypervisor"), guests: guests)
  }

  private func encode(
    _ graph: MachineDescription, _ name: String
  ) throws(MachineError) -> [UInt8] {
    do {
      return try graph.encoded()
    } catch {
      throw MachineError(
        .machineDescription, "the machine description of \(name): \(error.description)")
    }
  }

  /// What a domain learns of itself.
  private func guestDescription(_ domain: DomainRecord) -> GuestDescription {
    let plan = software.plans[domain.id.rawValue]
    let channels = domain.channels.endpoints.indices.compactMap { place in
      let end = domain.channels.endpoints[place]
      return end.isUsable
        ? GuestDescription.ChannelEndpoint(
          id: ChannelID(UInt64(place)), transmitInterrupt: end.transmitInterrupt.number,
          receiveInterrupt: end.receiveInterrupt.number) : nil
    }
    return GuestDescription(
      domainName: domain.name,
      platform: plan.platform
        ?? .init(
          name: "dvmash,\(configuration.model)", bannerName: "dvmash \(configuration.model)",
          stickFrequency: Self.stickFrequency),
      memory: plan.blocks.map { .init(base: $0.base, size: $0.size) },
      processors: domain.processors.map {
        .init(id: $0.id, clockFrequency: Self.stickFrequency, pageSizes: 0x9)
      },
      rootComplexes: hypervisor.state.rootComplexes.filter { $0.owner == domain.id }
        .map { software.rootComplexes[$0.id.rawValue].description },
      channels: channels,
      domainServices: channels.enumerated().map { number, channel in
        .init(id: UInt64(number), channels: [channel.id])
      })
  }

  private func guestGraph(of domain: DomainRecord) throws(MachineError) -> MachineDescription {
    var graph = guestDescription(domain).machineDescription
    guard let root = graph.root?.id else { return graph }
    for rootComplex in hypervisor.state.rootComplexes {
      let window = rootComplex.window
      let common = try reservedRange(of: rootComplex.id)
      let reserved = software.plans[domain.id.rawValue].reservedRange ?? common
      let node = graph.addNode(DescriptionNames.window)
      graph.add("name", rootComplex.name, to: node)
      graph.add("cfg-handle", rootComplex.handle.rawValue, to: node)
      graph.add("virtual-dma", words: [window.base.rawValue, window.size], to: node)
      graph.add("page-size", window.pageSize.bytes, to: node)
      graph.add(
        DescriptionNames.reserved, words: [reserved.base.rawValue, reserved.size], to: node)
      graph.join(root, node)
    }
    return graph
  }

  /// What the hypervisor learns of its resources.
  private func hypervisorDescription(_ state: HypervisorState) -> HypervisorDescription {
    var description = HypervisorDescription(stickFrequency: Self.stickFrequency, guests: [])
    for domain in state.domains {
      description.guests.append(
        .init(
          id: domain.id, name: domain.name, descriptionAddress: PhysicalAddress(0),
          firmwareBase: PhysicalAddress(0), firmwareSize: 0))
      for processor in domain.processors {
        let number = UInt64(description.processors.count)
        description.processors.append(
          .init(
            resourceID: number, physicalID: number, virtualID: processor.id,
            partition: UInt64(domain.id.rawValue) &+ 1, owner: domain.id))
      }
      for block in software.plans[domain.id.rawValue].blocks {
        guard let physical = domain.memoryMap.physical(block.base, size: block.size) else {
          continue
        }
        description.memory.append(
          .init(
            resourceID: UInt64(description.memory.count), physicalBase: physical, size: block.size,
            realBase: block.base, owner: domain.id))
      }
      for place in domain.channels.endpoints.indices {
        let end = domain.channels.endpoints[place]
        guard end.isUsable, case .domain(let peer, let channel) = end.target else { continue }
        description.endpoints.append(
          .init(
            resourceID: UInt64(description.endpoints.count), channel: ChannelID(UInt64(place)),
            owner: domain.id, target: .guest(peer, channel),
            transmitInterrupt: end.transmitInterrupt.number,
            receiveInterrupt: end.receiveInterrupt.number))
      }
    }
    description.buses = state.rootComplexes.map {
      .init(
        resourceID: UInt64($0.id.rawValue), handle: $0.handle, allowsBypass: $0.allowsBypass,
        owner: $0.owner)
    }
    return description
  }

  private func hypervisorGraph(
    of state: HypervisorState
  ) throws(MachineError) -> MachineDescription {
    var graph = hypervisorDescription(state).machineDescription
    guard let root = graph.root?.id else { return graph }
    graph.add(DescriptionNames.model, configuration.model.rawValue, to: root)
    graph.add(DescriptionNames.conforms, configuration.conformance.rawValue, to: root)
    graph.add(DescriptionNames.seed, configuration.seed, to: root)
    graph.add(DescriptionNames.latency, configuration.interruptLatency, to: root)
    if configuration.channelLimit != HypervisorState.standardChannelLimit {
      graph.add(DescriptionNames.channels, UInt64(configuration.channelLimit), to: root)
    }
    if !configuration.hasIOTLB { graph.add(DescriptionNames.iotlb, 0, to: root) }
    for (view, plan) in zip(graph.nodes(ofType: "guest"), software.plans) {
      if let quota = plan.quota { graph.add(DescriptionNames.quota, quota.bytes, to: view.id) }
      if let reservation = plan.reservation {
        graph.add(DescriptionNames.reservation, reservation.bytes, to: view.id)
      }
      add(plan.reservedRange, to: view.id, of: &graph)
    }
    for (view, rootComplex) in zip(graph.nodes(ofType: "pcie_bus"), state.rootComplexes) {
      graph.add(DescriptionNames.name, rootComplex.name, to: view.id)
      if !software.rootComplexes[rootComplex.id.rawValue].configuration.hasIOTLB {
        graph.add(DescriptionNames.iotlb, 0, to: view.id)
      }
      add(software.reservedRanges[rootComplex.id], to: view.id, of: &graph)
      for function in rootComplex.functions { add(function, to: &graph, below: view.id) }
    }
    return graph
  }

  private func add(
    _ range: BusAddressRange?, to node: MachineDescription.NodeID,
    of graph: inout MachineDescription
  ) {
    guard let range else { return }
    graph.add(DescriptionNames.reserved, words: [range.base.rawValue, range.size], to: node)
  }

  private func add(
    _ function: PCIFunction, to graph: inout MachineDescription,
    below bus: MachineDescription.NodeID
  ) {
    let node = graph.addNode(DescriptionNames.function)
    graph.add("name", function.name, to: node)
    graph.add(DescriptionNames.requester, UInt64(function.address.rawValue), to: node)
    graph.add(DescriptionNames.configuration, .data(function.configuration.bytes), to: node)
    graph.add(DescriptionNames.writable, .data(function.configuration.writableBits), to: node)
    if let assignee = function.assignee {
      graph.add(DescriptionNames.assignee, UInt64(assignee.rawValue), to: node)
    }
    graph.join(bus, node)
  }
}
