import LuaRuntime
import Simulation
import Sun4v

extension EngineBindings {
  static func declareLife(_ t: TypeBuilder<DomainObject>) {
    let provision = """
      local m = sun4v.machine {}
      local ldg1 = m:add_domain { name = "ldg1" }
      m:boot()

      """
    t.method(
      "stop", "Stops the domain in good order",
      documentation: .init(
        details: "Its entries go before its memory, and the control domain takes its grants back.",
        errors: ["wrong_state: it is not running"], example: provision + "ldg1:stop()",
        seeAlso: ["domain:crash", "domain:reboot"])
    ) { d in try d.owner.perform { () throws(MachineError) in try d.machine.stop(d.id) } }
    t.method(
      "crash", "Ends the domain between two instructions",
      documentation: .init(
        errors: ["wrong_state: it is not running"], example: provision + "ldg1:crash()",
        seeAlso: ["domain:stop", "domain:reboot"])
    ) { d in try d.owner.perform { () throws(MachineError) in try d.machine.crash(d.id) } }
    t.method(
      "reboot", "Stops the domain if it runs, and boots it again",
      documentation: .init(
        errors: ["wrong_state: the machine has not booted"], example: provision + "ldg1:reboot()",
        seeAlso: ["domain:stop"])
    ) { d in try d.owner.perform { () throws(MachineError) in try d.machine.reboot(d.id) } }
    t.method(
      "ignore_revoke", "Makes the guest ignore that grants are wanted back: a switch for tests",
      Parameter("ignores", "Whether it ignores that", default: true),
      documentation: .init(
        details: "Neither its mappings nor its DMA API give anything up; the control domain takes "
          + "the grant by force when the time is up. `ignore_revoke(false)` ends that, and what is "
          + "wanted back by then is given up.",
        errors: ["invalid_argument: the control domain is never asked"],
        example: provision + "ldg1:ignore_revoke()", seeAlso: ["grant:revoke"])
    ) { d, ignores in
      try d.owner.perform { () throws(MachineError) in
        try d.machine.setIgnoresRevoke(d.id, ignores)
      }
    }
  }
}
