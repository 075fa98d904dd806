import Hypervisor
import LuaRuntime
import Negotiation
import Simulation
import Sun4v

/// A root complex as a Lua object.
final class RootComplexObject: LuaObject, MachinePart {
  static let luaName = "root_complex"
  let owner: MachineObject
  let id: RootComplexID
  private(set) lazy var table = IOTSBObject(owner, id, holder: nil)
  var functions = Wrappers<BusDeviceFunction, FunctionObject>()

  init(_ owner: MachineObject, _ id: RootComplexID) {
    self.owner = owner
    self.id = id
  }

  deinit { owner.rootComplexes.forget(id) }

  func record() throws -> RootComplex {
    try raising { () throws(MachineError) in
      try owner.machine.checkUsable()
      return try owner.machine.rootComplex(id)
    }
  }

  func function(_ address: BusDeviceFunction) -> FunctionObject {
    functions.find(address) { FunctionObject(self, address) }
  }
}

extension EngineBindings {
  static func declareRootComplex(in registry: BindingRegistry) {
    registry.type(RootComplexObject.self, "A PCIe bus with an IOMMU") { t in
      t.text { r in
        let record = try r.record()
        return "root complex \(record.name), handle \(record.handle), window "
          + "\(ByteSize(record.window.size)) at \(record.window.base)"
      }
      t.property("name", "The name") { try $0.record().name }
      t.property("handle", "The device handle", type: .address) { try $0.record().handle.rawValue }
      t.property("window", "The DVA range that the IOTSB translates") { r -> LuaValue in
        let window = try r.record().window
        return .record([
          ("base", .address(window.base.rawValue)),
          ("size", .integer(Int64(clamping: window.size))),
          ("pages", .integer(Int64(clamping: window.usableEntries))),
          ("page_size", .integer(Int64(clamping: window.pageSize.bytes))),
        ])
      }
      t.property("reserved", "The part that domains reserve for negotiated DMA") { r -> LuaValue in
        _ = try r.record()
        let range = try raising { () throws(MachineError) in
          try r.owner.machine.reservedRange(of: r.id)
        }
        return .record([
          ("base", .address(range.base.rawValue)), ("size", .integer(Int64(clamping: range.size))),
        ])
      }
      t.property("functions", "The functions on the bus, in order of BDF") { r in
        try r.record().functions.map { r.function($0.address) }
      }
      t.property("grants", "The grants of the window, in order of DVA") { r in
        let machine = r.owner.machine
        return machine.domains.flatMap { machine.grants(of: $0) }
          .filter { $0.rootComplex == r.id }
          .sorted { $0.record.address < $1.record.address }
          .map { r.owner.grant($0) }
      }
      t.property("iotsb", "The whole IOTSB") { $0.table }
      declareBusMethods(t)
      declareDevices(t)
      declareBusReport(t)
      declareBusInspection(t)
      declareBusPicture(t)
    }
  }

  private static func declareBusMethods(_ t: TypeBuilder<RootComplexObject>) {
    let address = Parameter<BusDeviceFunction>(
      "bdf", "Bus, device and function, such as \"01:00.0\"")
    let name = Parameter<String>("name", "The function's name")
    let vendor = Parameter<UInt64?>(
      "vendor",
      "The vendor id in its configuration space; with device and class an Ethernet "
        + "controller of Sun's by default")
    let device = Parameter<UInt64?>("device", "The device id")
    let deviceClass = Parameter<UInt64?>("class", "The class code, 24 bits, such as 0x020000")
    t.method(
      "add_function", "Adds a PCIe function",
      .options("options", address, name, vendor, device, deviceClass),
      returns: [ResultDescription("function", .any, "the function")],
      documentation: .init(
        errors: [
          "exists: the BDF or the name is taken", "invalid_argument: an id has too many bits",
        ],
        example: "local m = sun4v.machine {}\n"
          + "local bus = m:domain(\"primary\"):add_root_complex { name = \"pci@400\" }\n"
          + "bus:add_function { bdf = \"01:00.0\", name = \"net0\" }",
        seeAlso: ["function:read", "function:write"])
    ) { r, o -> FunctionObject in
      let wanted = (address: try o[address], name: try o[name])
      let identity = try identity(vendor: o[vendor], device: o[device], deviceClass: o[deviceClass])
      try r.owner.perform { () throws(MachineError) in
        try r.owner.machine.addFunction(wanted.address, name: wanted.name, to: r.id)
        if let identity {
          try r.owner.machine.identify(wanted.address, of: r.id, as: identity)
        }
      }
      return r.function(wanted.address)
    }

    t.method(
      "translate", "What an access by a function would reach, changing nothing",
      Parameter<UInt64>("dva", "The DVA", type: .address),
      Parameter<BusDeviceFunction>("bdf", "The function's BDF"),
      Parameter<AccessKind>("access", "\"read\" or \"write\"", default: .read),
      returns: [ResultDescription("pa", .address, "the physical address")],
      documentation: .init(
        errors: ["fault: the IOMMU would refuse; name is the fault"],
        example: """
          local m = sun4v.machine {}
          local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
          print(pcall(bus.translate, bus, 0x80000000, "01:00.0", "read"))
          """)
    ) { r, dva, bdf, access -> LuaValue in
      _ = try r.record()
      let found = r.owner.machine.hypervisor.state.translation(
        r.id, requester: bdf, DVMAAddress(dva), access)
      switch found {
      case .success(let run): return .address(run.address.rawValue)
      case .failure(let fault):
        throw EngineFailure(
          MachineError(.fault, fault.description, name: fault.kind.rawValue))
      case .none: throw LuaBindingError(code: "not_found", message: "the root complex is gone")
      }
    }
  }
}
