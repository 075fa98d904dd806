import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

/// The faults of channels in an options table: `{ drop = 0.3, duplicate = 0.1 }`.
struct PacketFaultsArgument: LuaArgument {
  let faults: PacketFaults

  static var luaType: LuaType { .custom("packet_faults") }

  static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> PacketFaultsArgument {
    guard case .record(let fields) = value else {
      throw .expected("packet faults (a table such as { drop = 0.1, reorder = 0.1 })", got: value)
    }
    var faults = PacketFaults()
    for field in fields {
      guard let number = field.value.number else {
        throw LuaMismatch("ldc.\(field.name): wanted a number")
      }
      switch field.name {
      case "drop": faults.drop = number
      case "duplicate": faults.duplicate = number
      case "reorder": faults.reorder = number
      case "delay": faults.delay = number
      case "corrupt": faults.corrupt = number
      case "longest_delay":
        guard let whole = field.value.exactInteger, whole > 0 else {
          throw LuaMismatch("ldc.longest_delay: wanted nanoseconds, at least 1")
        }
        faults.longestDelay = UInt64(whole)
      default:
        throw LuaMismatch(
          "packet faults are drop, duplicate, reorder, delay, corrupt and longest_delay, not "
            + "'\(field.name)'")
      }
    }
    return PacketFaultsArgument(faults: faults)
  }
}

extension LuaValue {
  fileprivate var number: Double? {
    if let whole = exactInteger { return Double(whole) }
    return float
  }
}

extension EngineBindings {
  static func declareInjection(_ t: TypeBuilder<MachineObject>) {
    let channels = Parameter<PacketFaultsArgument?>(
      "ldc", "Probabilities of drop, duplicate, reorder, delay and corrupt, and longest_delay in ns"
    )
    let hypercall = Parameter<String?>("hypercall", "The name of a call that is to fail")
    let status = Parameter<String?>("status", "The name of the status it answers, such as ENORADDR")
    let after = Parameter<UInt64?>(
      "after", "Which call from now on fails, or after how many steps the crash comes; from 1")
    let count = Parameter<UInt64>.count("count", "How many calls in a row fail", default: 1)
    let domain = Parameter<String?>("domain", "Only calls of this domain count")
    let crash = Parameter<String?>("crash", "The name of the domain that crashes")
    t.method(
      "inject", "Injects faults; without any, ends all faults",
      .options("options", channels, hypercall, status, after, count, domain, crash),
      documentation: .init(
        details: "Faults add up until they are ended. They are part of the machine's state and are "
          + "drawn from its seed. A call that fails changes nothing.",
        errors: [
          "invalid_argument: a probability, status or count cannot be used",
          "not_found: no such call or domain",
        ],
        example: """
          local m = sun4v.machine {}
          m:inject { ldc = { drop = 0.3, duplicate = 0.1, reorder = 0.1 } }
          m:inject { hypercall = "pci_iommu_map", status = "ENORADDR", after = 3 }
          m:inject {}
          """,
        seeAlso: ["machine:check", "domain:crash"])
    ) { m, o in
      if let packets = try o[channels] {
        try m.perform { () throws(MachineError) in try m.machine.inject(packets.faults) }
      }
      let nth = try o[after] ?? 1
      if let name = try o[hypercall] {
        let answer = try injectedStatus(try o[status])
        let only = try o[domain].map { try m.find($0) }
        let failures = try o[count]
        try m.perform { () throws(MachineError) in
          try m.machine.injectFailure(
            of: name, status: answer, nth: nth, count: failures, domain: only)
        }
      }
      if let name = try o[crash] {
        let victim = try m.find(name)
        try m.perform { () throws(MachineError) in
          try m.machine.injectCrash(of: victim, afterSteps: nth)
        }
      }
      if try o[channels] == nil, try o[hypercall] == nil, try o[crash] == nil {
        try m.perform { () throws(MachineError) in try m.machine.clearFaults() }
      }
    }
    t.method(
      "stale", "The translations that devices may still use although their entries have changed",
      returns: [
        ResultDescription("translations", .any, "a list of tables: dva, remembered, current")
      ],
      documentation: .init(
        details: "A root complex remembers translations until a demap flushes them.",
        example: "assert(#sun4v.machine({}):stale() == 0)", seeAlso: ["machine:check"])
    ) { m -> LuaValue in
      let found = try raising { () throws(MachineError) in try m.machine.staleTranslations() }
      return .list(
        found.map { stale in
          .record([
            (
              "root_complex",
              .string(m.machine.hypervisor.state.rootComplex(stale.rootComplex)?.name ?? "")
            ),
            ("dva", .address(stale.address.rawValue)),
            ("remembered", .address(stale.remembered)), ("current", .address(stale.current)),
          ])
        })
    }
  }

  private static func injectedStatus(_ name: String?) throws -> HypervisorStatus {
    guard let name else {
      throw LuaBindingError(
        code: "invalid_argument",
        message: "a hypercall that is to fail needs a status, such as status = \"ENORADDR\"")
    }
    guard let found = HypervisorStatus.all.first(where: { $0.name == name }) else {
      let near =
        NearestName.find(name, in: HypervisorStatus.all.map(\.name))
        .map { "; did you mean '\($0)'?" } ?? ""
      throw LuaBindingError(
        code: "invalid_argument", message: "no status is named '\(name)'\(near)")
    }
    return found.status
  }
}

extension MachineObject {
  /// The number of the domain of a name; raises `not_found`.
  func find(_ name: String) throws -> DomainID {
    try raising { () throws(MachineError) in
      guard let id = machine.domain(named: name) else {
        let known = machine.hypervisor.state.domains.map(\.name).joined(separator: ", ")
        throw MachineError(.notFound, "no domain is named \(name); there are \(known)")
      }
      return id
    }
  }
}
