import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

/// The PCIe messages by the names that scripts use.
enum MessageName: String, LuaChoice {
  static let luaName = "message"

  case powerManagement = "pm_pme"
  case turnOffAcknowledged = "pme_to_ack"
  case correctableError = "err_cor"
  case nonfatalError = "err_nonfatal"
  case fatalError = "err_fatal"

  var message: PCIeMessage {
    switch self {
    case .powerManagement: .powerManagement
    case .turnOffAcknowledged: .turnOffAcknowledged
    case .correctableError: .correctableError
    case .nonfatalError: .nonfatalError
    case .fatalError: .fatalError
    }
  }
}

extension EngineBindings {
  /// How a function interrupts.
  static func declareFunctionInterrupts(_ t: TypeBuilder<FunctionObject>) {
    let outcomes =
      "What became of it: \"queued\", \"pending\" (it is in its queue already), \"no_holder\", "
      + "\"not_valid\" (the domain did not enable it), \"queue_not_active\" or \"overflow\"."
    let outcome = [ResultDescription("outcome", .string, "what became of it")]
    let wide = Parameter<Bool>("wide", "Through the 64-bit window", default: false)
    t.method(
      "msi", "The device signals a message-signalled interrupt",
      Parameter<UInt64>.count("number", "The MSI, 0 to 255"), wide, returns: outcome,
      documentation: .init(
        details: outcomes + " The record goes to the event queue that the domain bound to the MSI.",
        errors: ["invalid_argument: there is no such MSI"],
        example: firstDMA + "assert(nic:msi(5) == \"not_valid\")",
        seeAlso: ["function:message", "domain:interrupts"])
    ) { f, number, wide -> String in
      try f.bus.owner.perform { () throws(MachineError) in
        try f.bus.owner.machine.signalMSI(
          f.address, of: f.bus.id, number: number, is64Bit: wide
        ).rawValue
      }
    }
    t.method(
      "message", "The device sends a PCIe message",
      Parameter<MessageName>(
        "kind",
        "\"pm_pme\", \"pme_to_ack\", \"err_cor\", \"err_nonfatal\" or \"err_fatal\""),
      Parameter<UInt64>.count("routing", "The routing code, 0 to 7", default: 0),
      Parameter<UInt64>.count("target", "The target id", default: 0), returns: outcome,
      documentation: .init(
        details: outcomes + " Messages are the root complex's owner's, whoever has the function.",
        errors: ["invalid_argument: the routing code or target has too many bits"],
        example: firstDMA + "assert(nic:message(\"err_cor\") == \"not_valid\")",
        seeAlso: ["function:msi"])
    ) { f, kind, routing, target -> String in
      try f.bus.owner.perform { () throws(MachineError) in
        try f.bus.owner.machine.sendMessage(
          f.address, of: f.bus.id, kind.message, routing: routing, target: target
        ).rawValue
      }
    }
  }

  /// What reaches a domain beside error packets and packets of channels.
  static func declareInterrupts(_ t: TypeBuilder<DomainObject>) {
    t.method(
      "interrupts", "Takes the device mondos that have arrived, oldest first",
      returns: [ResultDescription("mondos", .any, "lists of eight words; the first says whose")],
      documentation: .init(
        details:
          "The first word is the system interrupt number, or the cookie that the domain chose. "
          + "Error packets are taken by domain:faults.",
        example: "local m = sun4v.machine {}\nm:boot()\n"
          + "assert(#m:domain(\"primary\"):interrupts() == 0)",
        seeAlso: ["domain:faults", "function:msi"])
    ) { d -> LuaValue in
      let mondos = try d.owner.perform { () throws(MachineError) in
        try d.machine.takeInterrupts(of: d.id)
      }
      return .list(
        mondos.map { mondo in .list((0..<8).map { .address(mondo.words[$0]) }) })
    }
  }
}
