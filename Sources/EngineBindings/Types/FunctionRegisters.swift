import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

extension EngineBindings {
  /// What a function shows of itself in configuration space.
  static func declareFunctionRegisters(_ t: TypeBuilder<FunctionObject>) {
    let provision = """
      local m = sun4v.machine {}
      local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
      local nic = bus:add_function {
        bdf = "01:00.0", name = "net0", vendor = 0x8086, device = 0x10d3,
      }

      """
    let size = Parameter<UInt64>.size("size", "How many bytes: 1, 2 or 4", default: 4)
    t.method(
      "config_read", "A register of the function's configuration space",
      Parameter<UInt64>.size("register", "The register, a multiple of size"), size,
      returns: [ResultDescription("value", .integer, "the number, little endian on the bus")],
      documentation: .init(
        details:
          "As the function itself has it; a domain reads by pci_config_get, and may see less.",
        errors: ["invalid_argument: there is no such register"],
        example: provision + "assert(nic:config_read(0, 2) == 0x8086)",
        seeAlso: ["function:config_write"])
    ) { f, register, size -> UInt64 in
      try raising { () throws(MachineError) in
        try f.bus.owner.machine.readConfiguration(
          f.address, of: f.bus.id, register: register, size: size)
      }
    }
    t.method(
      "config_write", "Sets a register of the function's configuration space",
      Parameter<UInt64>.size("register", "The register, a multiple of size"),
      Parameter<UInt64>.count("value", "The number"), size,
      documentation: .init(
        details: "As the function itself may: also what domains can only read.",
        errors: ["invalid_argument: there is no such register, or the value does not fit"],
        example: provision + "nic:config_write(0x08, 2, 1)\nassert(nic:config_read(8, 1) == 2)",
        seeAlso: ["function:config_read"])
    ) { f, register, value, size in
      try f.bus.owner.perform { () throws(MachineError) in
        try f.bus.owner.machine.writeConfiguration(
          f.address, of: f.bus.id, register: register, size: size, value)
      }
    }
    t.property("domain", "The domain that it is loaned to, or whose root complex it is on") {
      f -> DomainObject? in
      _ = try f.bus.record()
      return f.bus.owner.machine.hypervisor.state.functionHolder(f.address, on: f.bus.id)
        .map { f.bus.owner.domain($0) }
    }
  }

  /// The identity of options, or `nil` where none was given; what is missing is as by default.
  static func identity(
    vendor: UInt64?, device: UInt64?, deviceClass: UInt64?
  ) throws -> FunctionIdentity? {
    guard vendor != nil || device != nil || deviceClass != nil else { return nil }
    var identity = FunctionIdentity.networkController
    func checked<Number: FixedWidthInteger>(
      _ value: UInt64?, _ name: String, _ usual: Number, limit: UInt64
    ) throws -> Number {
      guard let value else { return usual }
      guard value <= limit, let number = Number(exactly: value) else {
        throw LuaBindingError(
          code: "invalid_argument",
          message: "\(name) \(value.hexadecimal): wanted 0 to \(limit.hexadecimal)")
      }
      return number
    }
    identity.vendor = try checked(vendor, "vendor", identity.vendor, limit: 0xffff)
    identity.device = try checked(device, "device", identity.device, limit: 0xffff)
    identity.classCode = try checked(
      deviceClass, "class", identity.classCode, limit: 0xff_ffff)
    return identity
  }
}
