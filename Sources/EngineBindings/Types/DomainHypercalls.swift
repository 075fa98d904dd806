import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

extension EngineBindings {
  static func declareHypercalls(_ t: TypeBuilder<DomainObject>) {
    t.method(
      "hypercall", "Makes any hypercall as the domain",
      Parameter<LuaValue>("call", "A name such as \"pci_iommu_map\", or a fast-trap number"),
      .rest("arguments", "Up to five numbers, %o0 to %o4"),
      returns: [
        ResultDescription("status", .string, "the status name, such as \"EOK\""),
        ResultDescription("...", .integer, "the values returned"),
      ],
      documentation: .init(
        details: "Returns the status like the real call; `sun4v.hypercalls` lists all calls.",
        errors: ["unknown_hypercall: no call has that name"],
        example: "local m = sun4v.machine {}\nm:boot()\n"
          + "print(m:domain(\"primary\"):hypercall(\"pci_iommu_getmap\", 0x400, 0))",
        seeAlso: ["sun4v.hypercalls"])
    ) { d, call, rest -> LuaResults in
      var trap = HypercallTrap.fast
      var number: UInt64
      if let name = call.text {
        guard let known = HypercallTable.standard.call(named: name) else {
          throw LuaBindingError(
            code: "unknown_hypercall",
            message: "no hypercall is named '\(name)'\(nearest(name)); sun4v.hypercalls lists all")
        }
        trap = known.trap
        number = known.number
      } else if let integer = call.exactInteger {
        number = UInt64(bitPattern: integer)
      } else {
        throw LuaMismatch.expected("hypercall name or number", got: call)
      }
      var registers: [UInt64] = []
      for (index, value) in rest.values.enumerated() {
        guard let integer = value.exactInteger else {
          throw LuaMismatch.expected("integer as argument \(index + 1) of the call", got: value)
        }
        registers.append(UInt64(bitPattern: integer))
      }
      guard registers.count <= 5 else {
        throw LuaBindingError(
          code: "invalid_argument",
          message: "a hypercall takes up to 5 arguments, %o0 to %o4; \(registers.count) were given")
      }
      registers += Array(repeating: 0, count: 5 - registers.count)
      let arguments = HypercallArguments(
        registers[0], registers[1], registers[2], registers[3], registers[4])
      let result = try d.owner.perform { () throws(MachineError) in
        try d.machine.hypercall(d.id, trap, number, arguments)
      }
      return LuaResults([result.status.name] + result.values.map { Int64(bitPattern: $0) })
    }

    t.method(
      "faults", "Takes the error packets that have arrived, oldest first",
      returns: [ResultDescription("packets", .any, "tables with desc, dva and handle")],
      documentation: .init(
        details:
          "A fault of a device reaches the domain as an error packet in its device mondo queue, "
          + "when the clock has run.",
        example: "local m = sun4v.machine {}\nm:boot()\nprint(#m:domain(\"primary\"):faults())")
    ) { d -> LuaValue in
      let packets = try d.owner.perform { () throws(MachineError) in
        try d.machine.takeErrorPackets(of: d.id)
      }
      return .list(
        packets.map { packet in
          .record([
            ("desc", .address(UInt64(packet.descriptor))),
            ("dva", .address(packet.address.rawValue)),
            ("sysino", .integer(Int64(bitPattern: packet.interrupt))),
            ("handle", .integer(Int64(bitPattern: packet.handle))),
            ("stick", .integer(Int64(clamping: packet.stick))),
          ])
        })
    }
  }

  /// ", did you mean …" for the call whose name is nearest, or nothing.
  private static func nearest(_ name: String) -> String {
    let names = HypercallTable.standard.calls.flatMap { [$0.name] + $0.aliases }
    return NearestName.find(name, in: names).map { "; did you mean '\($0)'?" } ?? ""
  }
}
