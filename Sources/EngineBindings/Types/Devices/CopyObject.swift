import DMA
import LuaRuntime
import Simulation
import Sun4v

/// A copy engine as a Lua object.
final class CopyObject: LuaObject {
  static let luaName = "copy_engine"
  let function: FunctionObject
  let number: Int

  init(_ function: FunctionObject, _ number: Int) {
    self.function = function
    self.number = number
  }

  var owner: MachineObject { function.bus.owner }
}

/// The kinds of devices with a model.
enum DeviceType: String, LuaChoice {
  static let luaName = "device_type"
  case nic, block, copy
}

extension EngineBindings {
  static func declareCopyEngine(in registry: BindingRegistry) {
    registry.type(CopyObject.self, "A device that copies memory to memory") { t in
      t.text { "copy engine at \($0.function.address)" }
      t.property("device", "The function that it is, for the DMA API") { $0.function }
      t.method(
        "start", "Copies bytes by DVA, upward, and signals the end",
        Parameter<UInt64>.address("source", "The first DVA to read"),
        Parameter<UInt64>.address("target", "The first DVA to write"),
        Parameter<UInt64>.size("count", "How many bytes"),
        documentation: .init(
          errors: ["fault: the IOMMU refused; what came before is copied"],
          example: """
            local m = sun4v.machine {}
            local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
            local copy = bus:add_device { type = "copy", bdf = "03:00.0", name = "copy0" }
            local ldg1 = m:add_domain { name = "ldg1" }
            m:boot()
            local buffer = ldg1:allocate("16K")
            local h = ldg1.dma:map_single(copy.device, buffer, 0, 16384)
            copy:start(h.dva, h.dva + 8192, 8192)
            """)
      ) { c, source, target, count in
        try c.owner.perform { () throws(MachineError) in
          try c.owner.machine.copy(
            c.number, from: DVMAAddress(source), to: DVMAAddress(target), count: count)
        }
      }
      t.method(
        "stats", "Counters of the engine",
        returns: [ResultDescription("stats", .any, "copies, bytes and faults")],
        documentation: .init(
          example: """
            local m = sun4v.machine {}
            local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
            local copy = bus:add_device { type = "copy", bdf = "03:00.0", name = "copy0" }
            assert(copy:stats().copies == 0)
            """)
      ) { c -> LuaValue in
        statistics(
          try raising { () throws(MachineError) in
            try c.owner.machine.copyStatistics(c.number)
          })
      }
    }
  }

  static func declareDevices(_ t: TypeBuilder<RootComplexObject>) {
    let type = Parameter<DeviceType>("type", "What it is")
    let address = Parameter<BusDeviceFunction>(
      "bdf", "Bus, device and function, such as \"01:00.0\"")
    let name = Parameter<String>("name", "The function's name")
    let msi = Parameter<UInt64?>("msi", "Of a copy engine: the MSI that tells of the end")
    let sectors = Parameter<UInt64>.count(
      "sectors", "Of a disk: its size in sectors of 512 bytes", default: 1 << 21)
    t.method(
      "add_device", "Adds a PCIe function with a device behind it",
      .options("options", type, address, name, msi, sectors),
      returns: [ResultDescription("device", .any, "a nic, block device or copy engine")],
      documentation: .init(
        details: "All its memory traffic goes by DVA through the IOMMU.",
        errors: ["exists: the BDF or the name is taken", "invalid_argument: a size or MSI"],
        example: "local m = sun4v.machine {}\n"
          + "local bus = m:domain(\"primary\"):add_root_complex { name = \"pci@400\" }\n"
          + "bus:add_device { type = \"nic\", bdf = \"01:00.0\", name = \"net0\" }",
        seeAlso: ["nic:attach", "block:attach", "copy_engine:start"])
    ) { r, o -> LuaValue in
      let wanted = (
        type: try o[type], address: try o[address], name: try o[name],
        msi: try interrupt(try o[msi]),
        sectors: try o[sectors]
      )
      let machine = r.owner.machine
      let reference = DeviceReference(rootComplex: r.id, function: wanted.address)
      let number = try r.owner.perform { () throws(MachineError) -> Int in
        let before = try machine.snapshot()
        try machine.addFunction(wanted.address, name: wanted.name, to: r.id)
        do throws(MachineError) {
          switch wanted.type {
          case .nic: return try machine.addNetworkDevice(reference)
          case .block: return try machine.addDisk(reference, sectors: wanted.sectors)
          case .copy: return try machine.addCopyEngine(reference, interrupt: wanted.msi)
          }
        } catch {
          try machine.restore(before)
          throw error
        }
      }
      let function = r.function(wanted.address)
      switch wanted.type {
      case .nic: return .object(NetworkObject(function, number))
      case .block: return .object(DiskObject(function, number))
      case .copy: return .object(CopyObject(function, number))
      }
    }
  }
}
