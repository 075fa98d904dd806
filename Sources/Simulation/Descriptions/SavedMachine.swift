import Hypervisor
import MachineDescription
import Sun4v

/// A machine as its machine descriptions tell of it: the hypervisor's, and one for each domain.
///
/// Descriptions that dvmash wrote give the same machine again. Those of real firmware give what they
/// describe: domains and their memory, buses with their windows, channels between domains. Everything
/// that they lack has the value that a script gets without saying more.
public struct SavedMachine {
  /// Where the hypervisor's description came from, for messages.
  let source: String
  let graph: MachineDescription
  let description: HypervisorDescription
  /// The guests in the order of the machine's domains: the control domain first.
  let guests: [HypervisorDescription.Guest]
  var guestDescriptions: [String: GuestDescription] = [:]

  /// Reads the hypervisor's description.
  ///
  /// Throws code `machine_description` for bytes that are none, or describe no domain.
  public init(hypervisor bytes: [UInt8], source: String) throws(MachineError) {
    self.source = source
    do {
      graph = try MachineDescription(bytes: bytes)
    } catch {
      throw MachineError(.machineDescription, "\(source): \(error.description)", name: error.code)
    }
    do {
      description = try HypervisorDescription(graph)
    } catch {
      throw MachineError(
        .machineDescription, "\(source): \(error.description)", name: error.code.rawValue)
    }
    let ordered = description.guests.sorted { $0.id < $1.id }
    let control = ordered.firstIndex { $0.name == Machine.controlName } ?? 0
    guard ordered.indices.contains(control) else {
      throw MachineError(.machineDescription, "\(source): no guest node describes any domain")
    }
    var first = ordered
    first.insert(first.remove(at: control), at: 0)
    guests = first
    let ids = Set(guests.map(\.id))
    guard ids.count == guests.count, Set(domainNames).count == guests.count else {
      throw MachineError(
        .machineDescription, "\(source): two guests have the same resource_id or name")
    }
  }

  /// The names of the domains, the control domain's first; each needs its own description.
  public var domainNames: [String] {
    guests.enumerated().map { place, guest in
      place == 0 ? Machine.controlName : guest.name ?? "guest\(guest.id)"
    }
  }

  /// Adds a domain's own description.
  ///
  /// Throws code `machine_description` for bytes that are none, `not_found` for a name that the
  /// hypervisor's description does not know.
  public mutating func add(
    _ bytes: [UInt8], of name: String, source: String
  ) throws(MachineError) {
    guard domainNames.contains(name) else {
      throw MachineError(
        .notFound,
        "\(self.source) describes no domain \(name); it describes "
          + domainNames.joined(separator: ", "))
    }
    guestDescriptions[name] = try Machine.guest(bytes, source: source)
  }

  /// The configuration that the description tells, for what it does not tell the usual one.
  ///
  /// Throws code `machine_description` for a model or mode that does not exist.
  public func configuration() throws(MachineError) -> MachineConfiguration {
    var configuration = MachineConfiguration()
    guard let root = graph.root else { return configuration }
    configuration.model = try word(root, DescriptionNames.model) ?? configuration.model
    configuration.conformance =
      try word(root, DescriptionNames.conforms) ?? configuration.conformance
    configuration.seed = root.integer(DescriptionNames.seed) ?? configuration.seed
    configuration.interruptLatency =
      root.integer(DescriptionNames.latency) ?? configuration.interruptLatency
    if let limit = root.integer(DescriptionNames.channels) {
      guard (1...UInt64(HypervisorState.largestChannelLimit)).contains(limit) else {
        throw MachineError(
          .machineDescription,
          "\(source): \(DescriptionNames.channels) is \(limit); 1 to "
            + "\(HypervisorState.largestChannelLimit) are right")
      }
      configuration.channelLimit = Int(limit)
    }
    configuration.hasIOTLB = root.integer(DescriptionNames.iotlb) != 0
    let memory = blocks(of: guests[0].id).reduce(0) { $0 &+ $1.size }
    configuration.controlMemory = ByteSize(memory)
    return configuration
  }

  private func word<Value: RawRepresentable & CaseIterable>(
    _ node: MachineDescription.NodeView, _ name: String
  ) throws(MachineError) -> Value? where Value.RawValue == String {
    guard let text = node.string(name) else { return nil }
    guard let value = Value(rawValue: text) else {
      throw MachineError(
        .machineDescription,
        "\(source): \(name) is \"\(text)\"; right are "
          + Value.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return value
  }

  /// The memory of a domain.
  func blocks(of guest: DomainID) -> [MemoryPlan] {
    description.memory.filter { $0.owner == guest }.map {
      MemoryPlan(base: $0.realBase, size: $0.size, physical: $0.physicalBase)
    }
  }

  /// The number that the machine gives to a domain of the description.
  func domain(_ id: DomainID) -> DomainID? {
    guests.firstIndex { $0.id == id }.map { DomainID($0) }
  }

  /// The node of a domain.
  func node(of guest: HypervisorDescription.Guest) -> MachineDescription.NodeView? {
    graph.nodes(ofType: "guest").first {
      $0.integer("resource_id") == UInt64(bitPattern: Int64(guest.id.rawValue))
    }
  }

  /// A domain's own description; throws code `machine_description` where there is none, or where its
  /// memory is another than the hypervisor's description gives.
  func guestDescription(_ name: String, _ memory: [MemoryPlan]) throws(MachineError)
    -> GuestDescription
  {
    guard let description = guestDescriptions[name] else {
      throw MachineError(
        .machineDescription, "the machine description of \(name) is missing; \(source) names it")
    }
    let given = memory.map { "\(ByteSize($0.size)) at \($0.base)" }.sorted()
    let told = description.memory.map { "\(ByteSize($0.size)) at \($0.base)" }.sorted()
    guard given == told else {
      throw MachineError(
        .machineDescription,
        "\(name) has \(given.joined(separator: ", ")) of memory by \(source), and "
          + "\(told.joined(separator: ", ")) by its own machine description")
    }
    return description
  }
}
