import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

extension EngineBindings {
  /// What a root complex remembers, and lending its functions.
  static func declareBusInspection(_ t: TypeBuilder<RootComplexObject>) {
    t.method(
      "iotlb", "The translations that the root complex remembers",
      returns: [ResultDescription("iotlb", .any, "a table with enabled, capacity and lines")],
      documentation: .init(
        details:
          "Each line has dva, index, pa, raw (the entry as it was read) and stale: whether the table "
          + "has another entry now. A call that demaps flushes its entries.",
        example: firstDMA + "nic:read(map.dva, 1)\nassert(#bus:iotlb().lines == 1)",
        seeAlso: ["root_complex:translate", "sun4v.machine"])
    ) { r -> LuaValue in
      let record = try r.record()
      let lines = record.iotlb.lines.map { line -> LuaValue in
        let entry = IOTTE(rawValue: line.entry, layout: record.table.layout)
        let now = record.table.entry(line.index)?.rawValue ?? 0
        return .record([
          ("dva", .address(record.window.address(of: line.index).rawValue)),
          ("index", .integer(Int64(clamping: line.index))),
          ("pa", .address(entry.physicalAddress.rawValue)), ("raw", .address(line.entry)),
          ("stale", .boolean(now != line.entry)),
        ])
      }
      return .record([
        ("enabled", .boolean(record.iotlb.isEnabled)),
        ("capacity", .integer(Int64(IOTLB.lineCount))), ("lines", .list(lines)),
      ])
    }
    t.method(
      "faults", "The registers of the IOMMU's errors",
      returns: [ResultDescription("registers", .any, "a table of numbers and names")],
      documentation: .init(
        details:
          "status has a bit for each pending error, 32 higher for those after the first; dva, "
          + "requester and access are of the first error that was recorded last. pending lists the "
          + "names in status. A fault is reported at once, so status is zero unless "
          + "root_complex:hold_errors was called.",
        example: firstDMA + "print(bus:faults().status)",
        seeAlso: ["domain:faults", "root_complex:hold_errors"])
    ) { r -> LuaValue in
      let faults = try r.record().faults
      let pending = IOMMUFaultKind.allCases.filter {
        $0.statusBit & (faults.status | faults.status >> 32) != 0
      }
      return .record([
        ("status", .address(faults.status)), ("dva", .address(faults.address)),
        ("requester", .integer(Int64(faults.transaction & 0xffff))),
        ("access", .string(faults.transaction >> 22 & 1 != 0 ? "write" : "read")),
        ("pending", .list(pending.map { .string($0.rawValue) })),
      ])
    }
    t.method(
      "hold_errors", "Holds back the error interrupt, so that errors pile up, or lets it through",
      Parameter<Bool>("held", "Whether to hold it back", default: true),
      documentation: .init(
        details: "As a busy CPU does; what is pending is reported when it is let through.",
        example: firstDMA + "bus:hold_errors(true)\npcall(nic.read, nic, 0, 8)\n"
          + "assert(#bus:faults().pending == 1)\nbus:hold_errors(false)",
        seeAlso: ["root_complex:faults"])
    ) { r, held in
      _ = try r.record()
      try r.owner.perform { () throws(MachineError) in
        r.owner.machine.holdErrors(of: r.id, held)
      }
    }
    t.method(
      "loan", "Loans a function to a domain, or takes it back",
      Parameter<FunctionObject>("function", "A function of this root complex"),
      Parameter<DomainObject?>("domain", "The domain; nil to take the function back"),
      documentation: .init(
        details: "The borrower's hypercalls reach the function, and its interrupts go there.",
        errors: ["invalid_argument: function and domain are not of this root complex's machine"],
        example: firstDMA + "bus:loan(nic, ldg1)\nassert(nic.domain == ldg1)\nbus:loan(nic)",
        seeAlso: ["function:msi"])
    ) { r, function, domain in
      guard function.bus === r, domain == nil || domain?.owner === r.owner else {
        throw LuaBindingError(
          code: "invalid_argument",
          message: "a root complex loans its own functions, to domains of its own machine")
      }
      try r.owner.perform { () throws(MachineError) in
        try r.owner.machine.loan(function.address, of: r.id, to: domain?.id)
      }
    }
  }
}
