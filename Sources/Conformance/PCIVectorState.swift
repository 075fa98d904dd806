import Hypervisor
import Sun4v

/// The machine of one case: a domain that owns one root complex, in the state that `given` describes.
struct PCIVectorState {
  let hypervisor: Hypervisor
  let domain: DomainID
  let bus: RootComplexID
  /// The edition of map and getmap that the case wants, whatever the domain negotiated.
  private let rules: MappingRules?

  init(_ given: VectorFields, negotiatesPCI: Bool) throws {
    var state = HypervisorState(model: try Self.model(given))
    domain = state.addDomain(name: "caller", role: .control)
    do {
      for block in try given.objects("mem") {
        try state.installMemory(
          domain, base: RealAddress(block.number("ra")), size: block.number("size"),
          physical: PhysicalAddress(block.number("pa")))
      }
      var bus = RootComplexConfiguration(
        name: "pci", handle: DeviceHandle(rawValue: try given.number("bus_handle")))
      bus.ioSegments = try given.objects("io").map {
        RootComplexConfiguration.IOSegment(
          base: RealAddress(try $0.number("ra")), size: try $0.number("size"))
      }
      bus.allowsBypass = try given.optionalBool("bypass_enabled") ?? false
      self.bus = try state.addRootComplex(bus, owner: domain)
    } catch let error as ConfigurationError {
      throw VectorError("given: \(error.message)")
    }
    rules = try given.optionalString("map_variant").map { name in
      guard let rules = MappingRules(rawValue: name) else {
        throw VectorError("given.map_variant: there is no variant \(name)")
      }
      return rules
    }
    try Self.store(given.optionalObject("page_list"), &state, domain)
    for entry in try given.objects("tte") {
      state.setRawEntry(bus, try entry.number("index"), to: try entry.number("value"))
    }
    if let imports = try given.optionalObject("mapin") {
      let region = try imports.importRegion(pages: "entries", free: [])
      _ = state.modifyDomain(domain) { $0.imports = region }
    }
    try Self.readDevices(given, &state, domain, bus)
    hypervisor = Hypervisor(state: state)
    for version in try given.objects("versions") {
      let set = hypervisor.coreTrap(
        domain, 0,
        HypercallArguments(
          try version.number("group"), try version.number("major"), try version.number("minor")))
      guard set.status == .ok else {
        throw VectorError("\(version.path): the version cannot be negotiated: \(set.status)")
      }
    }
    if negotiatesPCI {
      _ = hypervisor.coreTrap(domain, 0, HypercallArguments(APIGroup.pci.rawValue, 1, 0))
    }
  }

  private static func model(_ given: VectorFields) throws -> MachineModel {
    switch try given.string("platform") {
    case "huron": .t2
    case "ontario": .t1
    case let other: throw VectorError("given.platform: there is no platform \(other)")
    }
  }

  private static func store(
    _ list: VectorFields?, _ state: inout HypervisorState, _ domain: DomainID
  ) throws {
    guard let list else { return }
    let base = try list.number("ra")
    for (place, word) in try list.numbers("entries").enumerated() {
      let address = RealAddress(base &+ UInt64(place) * 8)
      // Of a list that leaves the domain's memory the part inside is stored.
      guard let physical = state.domain(domain)?.memoryMap.physical(address, size: 8) else {
        continue
      }
      state.storeWord(word, at: physical)
    }
  }

  /// Makes the call of the case as the domain does, or the routine of the edition it wants.
  mutating func call(_ call: Hypercall, _ arguments: [UInt64]) -> HypercallResult {
    let registers = arguments + Array(repeating: 0, count: max(0, 5 - arguments.count))
    let packed = HypercallArguments(
      registers[0], registers[1], registers[2], registers[3], registers[4])
    if let rules, call.number == HypercallNumber.pciIOMMUMap {
      return hypervisor.state.iommuMap(domain, packed, rules: rules)
    }
    return call.trap == .core
      ? hypervisor.coreTrap(domain, call.number, packed)
      : hypervisor.fastTrap(domain, call.number, packed)
  }

  /// The bits of an entry of the bus's table.
  func rawEntry(_ index: UInt64) -> UInt64 {
    hypervisor.state.rootComplex(bus)?.table.rawEntry(index) ?? 0
  }
}
