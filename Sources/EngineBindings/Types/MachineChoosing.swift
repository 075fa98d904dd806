import LuaRuntime
import Simulation
import Sun4v

extension EngineBindings {
  private static let booted = """
    local m = sun4v.machine {}
    local primary = m:domain("primary")
    primary:add_root_complex { name = "pci@400" }
    local ldg1 = m:add_domain { name = "ldg1" }
    m:boot()
    local request = ldg1:request { pages = 1 }

    """

  /// Stepping by choice instead of by the clock: what scripts from exploration are made of.
  static func declareChoosing(_ t: TypeBuilder<MachineObject>) {
    let errors = ["wrong_state: it cannot happen now", "not_found: no domain has that name"]
    func perform(_ m: MachineObject, _ choice: MachineChoice, _ what: String) throws {
      let happened = try m.perform { () throws(MachineError) in try m.machine.perform(choice) }
      if !happened {
        throw LuaBindingError(code: "wrong_state", message: "\(what): nothing of that waits")
      }
    }
    t.method(
      "deliver", "A domain takes the interrupts that wait for it, whatever the clock says",
      Parameter<String>("domain", "The domain's name"),
      documentation: .init(
        errors: errors, example: booted + "m:deliver(\"primary\")",
        seeAlso: ["machine:expire", "sun4v.explore"])
    ) { m, name in try perform(m, .deliver(try m.find(name)), "interrupts for \(name)") }
    t.method(
      "expire", "The earliest timer of a domain's software fires; the clock goes on to it",
      Parameter<String>("domain", "The domain's name"),
      documentation: .init(
        errors: errors, example: booted + "m:expire(\"ldg1\")",
        seeAlso: ["machine:deliver", "sun4v.explore"])
    ) { m, name in try perform(m, .expire(try m.find(name)), "a timer of \(name)") }
    t.method(
      "arrive", "The clock goes on to the next packet that a fault holds back",
      documentation: .init(
        errors: ["wrong_state: it cannot happen now"],
        example: booted + "pcall(m.arrive, m)", seeAlso: ["machine:inject"])
    ) { m in try perform(m, .arrive, "packets held back") }
  }
}
