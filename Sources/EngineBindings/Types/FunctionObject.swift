import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

/// A PCIe function as a Lua object: the device's side of DMA.
final class FunctionObject: LuaObject, MachinePart {
  static let luaName = "function"
  let bus: RootComplexObject
  /// The bus's, and the machine in it; here as well, since what is two steps away is retained for every
  /// call.
  let owner: MachineObject
  let machine: Machine
  let address: BusDeviceFunction

  init(_ bus: RootComplexObject, _ address: BusDeviceFunction) {
    self.bus = bus
    owner = bus.owner
    machine = bus.owner.machine
    self.address = address
  }

  deinit { bus.functions.forget(address) }
}

/// A function that is passed to another, as the engine names it.
struct PassedDevice: PassedPart {
  let name: DeviceReference
  let machine: ObjectIdentifier

  init(of function: FunctionObject) {
    name = DeviceReference(rootComplex: function.bus.id, function: function.address)
    machine = ObjectIdentifier(function.owner)
  }
}

extension EngineBindings {
  static func declareFunction(in registry: BindingRegistry) {
    registry.type(FunctionObject.self, "A PCIe function: a device that reads and writes by DVA") {
      t in
      t.text { f in "function \(try name(of: f)) at \(f.address)" }
      t.property("name", "The name") { try name(of: $0) }
      t.property("bdf", "Bus, device and function, such as \"01:00.0\"") { $0.address.description }
      t.property("root_complex", "The bus it is on") { $0.bus }
      t.method(
        "read", "The device reads memory",
        Parameter<UInt64>.address("dva", "The first DVA"),
        Parameter<UInt64>.size("count", "How many bytes"),
        returns: [ResultDescription("bytes", .string, "what was read")],
        documentation: .init(
          errors: [
            "fault: the IOMMU refused; name is the fault, and the domain gets an error packet"
          ],
          example: firstDMA + "print(nic:read(map.dva, 16))", seeAlso: ["function:write"])
      ) { f, dva, count -> LuaByteString in
        LuaByteString(
          try f.owner.perform { () throws(MachineError) in
            try f.machine.deviceRead(
              f.bus.id, requester: f.address, DVMAAddress(dva), count: count)
          })
      }
      t.method(
        "write", "The device writes memory",
        Parameter<UInt64>.address("dva", "The first DVA"),
        Parameter<LuaBytes>("bytes", "What to write"),
        documentation: .init(
          errors: [
            "fault: the IOMMU refused; name is the fault, and the domain gets an error packet"
          ],
          example: firstDMA + "nic:write(map.dva, \"bytes\")", seeAlso: ["function:read"])
      ) { f, dva, bytes in
        try f.owner.perform { () throws(MachineError) in
          try f.machine.deviceWrite(
            f.bus.id, requester: f.address, DVMAAddress(dva), bytes.buffer)
        }
      }
      declareFunctionRegisters(t)
      declareFunctionInterrupts(t)
    }
  }

  private static func name(of function: FunctionObject) throws -> String {
    try function.bus.record().function(function.address)?.name ?? function.address.description
  }

  /// The beginning of examples that need a mapping.
  static let firstDMA = """
    local m = sun4v.machine {}
    local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
    local nic = bus:add_function { bdf = "01:00.0", name = "net0" }
    local ldg1 = m:add_domain { name = "ldg1" }
    m:boot()
    local grant, buffer = ldg1:negotiate { pages = 1 }, ldg1:allocate("8K")
    local map = ldg1:map { buffer = buffer, grant = grant, device = nic }

    """
}
