import Hypervisor
import LuaRuntime
import Negotiation
import Simulation
import Sun4v

/// A domain as a Lua object.
final class DomainObject: LuaObject, MachinePart {
  static let luaName = "domain"
  let owner: MachineObject
  /// The owner's; here as well, since what is two steps away is retained for every call.
  let machine: Machine
  let id: DomainID
  private(set) lazy var dma = DMAObject(owner, id)
  private var tables: [RootComplexID: IOTSBObject] = [:]

  init(_ owner: MachineObject, _ id: DomainID) {
    self.owner = owner
    machine = owner.machine
    self.id = id
  }

  deinit { owner.domains.forget(id) }

  func record() throws -> DomainRecord {
    try raising { () throws(MachineError) in
      try machine.checkUsable()
      return try machine.record(of: id)
    }
  }

  func table(_ rootComplex: RootComplexID) -> IOTSBObject {
    if let known = tables[rootComplex] { return known }
    let made = IOTSBObject(owner, rootComplex, holder: id)
    tables[rootComplex] = made
    return made
  }
}

extension EngineBindings {
  static func declareDomain(in registry: BindingRegistry) {
    registry.type(DomainObject.self, "A domain: a guest of the hypervisor") { t in
      t.text { d in
        let record = try d.record()
        return "domain \(record.name), \(record.role.rawValue)"
      }
      t.property("name", "The name") { try $0.record().name }
      t.property("id", "The number") { $0.id.rawValue }
      t.property("role", "\"control\" or \"guest\"") { try $0.record().role.rawValue }
      t.property("running", "Whether it runs") { $0.machine.isRunning($0.id) }
      t.property("memory", "The size of its memory", unit: "bytes") { d in
        let segments = try d.record().memoryMap.segments.filter { $0.kind == .memory }
        return Int64(clamping: segments.reduce(0) { $0 &+ $1.size })
      }
      t.property("grants", "The grants it holds, oldest first") { d in
        d.machine.grants(of: d.id).map { d.owner.grant($0) }
      }
      t.property("iotsb", "Its part of the first root complex's IOTSB") { d -> IOTSBObject? in
        d.machine.hypervisor.state.rootComplexes.first.map { d.table($0.id) }
      }
      t.property("dma", "The DMA API that its drivers call") { $0.dma }
      declareRootComplexAddition(t)
      declareNegotiation(t)
      declareMemory(t)
      declareHypercalls(t)
      declareInterrupts(t)
      declareRawMemory(t)
      declareLife(t)
    }
  }

  private static func declareRootComplexAddition(_ t: TypeBuilder<DomainObject>) {
    let name = Parameter<String>("name", "The root complex's name, such as \"pci@400\"")
    let handle = Parameter<UInt64?>(
      "handle", "Its device handle; the number in the name by default")
    let window = Parameter<RangeArgument?>(
      "window", "The DVA range it translates; 2G at 0x80000000 by default")
    let reserved = Parameter<RangeArgument?>(
      "reserved", "The part that domains reserve for negotiated DMA; the top half by default")
    let bypass = Parameter<Bool>(
      "bypass", "Whether devices may use bypass addresses", default: false)
    t.method(
      "add_root_complex", "Adds a PCIe bus with an IOMMU to the control domain",
      .options("options", name, handle, window, reserved, bypass),
      returns: [ResultDescription("root_complex", .any, "the root complex")],
      documentation: .init(
        errors: ["invalid_argument: the handle or window cannot be used, or is taken"],
        example: "local m = sun4v.machine {}\n"
          + "m:domain(\"primary\"):add_root_complex { name = \"pci@400\" }",
        seeAlso: ["root_complex:add_function"])
    ) { d, o -> RootComplexObject in
      let label = try o[name]
      let unit = label.split(separator: "@").last.flatMap { UInt64($0, radix: 16) }
      var configuration = RootComplexConfiguration(
        name: label, handle: DeviceHandle(rawValue: try o[handle] ?? unit ?? 0))
      configuration.allowsBypass = try o[bypass]
      if let range = try o[window] {
        configuration.windowBase = range.base.map { DVMAAddress($0) }
        configuration.windowSize = range.size?.bytes
      }
      let part = try o[reserved]
      let id = try d.owner.perform { () throws(MachineError) in
        let before = try d.machine.snapshot()
        let id = try d.machine.addRootComplex(configuration, owner: d.id)
        guard let part else { return id }
        do throws(MachineError) {
          let whole = try d.machine.reservedRange(of: id)
          try d.machine.reserve(
            BusAddressRange(
              base: part.base.map { DVMAAddress($0) } ?? whole.base,
              size: part.size?.bytes ?? whole.size),
            of: id)
        } catch {
          try d.machine.restore(before)
          throw error
        }
        return id
      }
      return d.owner.rootComplex(id)
    }
  }
}
