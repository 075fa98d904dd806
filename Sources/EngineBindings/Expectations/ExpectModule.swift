import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

extension EngineBindings {
  /// Declares `sun4v.expect`: what tests of drivers and of the engine ask for, in their words.
  ///
  /// Each expectation is declared twice, as it is and, in `sun4v.expect.no`, turned round.
  static func declareExpectations(_ m: ModuleBuilder) {
    m.module(
      "expect", "Expectations of the engine, for tests",
      documentation: .init(
        details: "Each raises an error that says what was expected and what was found. In dvmash "
          + "test they are assertions of luassert: assert.maps_to, assert.no_leaks.")
    ) { expect in
      declareEach(expect, isWanted: true)
      declareNoLeaks(expect)
      expect.script(
        "install", "Adds the expectations to luassert's assertions",
        Parameter<LuaValue>(
          "luassert", "What require \"luassert\" gives; that by default",
          type: LuaType.any.optional),
        returns: [ResultDescription("luassert", .any, "the same")],
        documentation: .init(
          details: "dvmash test has done so already. The assertions: maps_to, reaches, "
            + "faults_with, refuses_with, has_status, is_sound, leaks and no_leaks; with not, no "
            + "and does_not they are turned round: assert.does_not_reach(nic, dva).",
          seeAlso: ["sun4v.expect.maps_to"]),
        chunk: ExpectationAssertions.chunk, source: ExpectationAssertions.source)
      expect.module("no", "The same expectations, turned round") { no in
        declareEach(no, isWanted: false)
      }
    }
  }

  private static func declareEach(_ m: ModuleBuilder, isWanted: Bool) {
    declareMapsTo(m, isWanted)
    declareReaches(m, isWanted)
    declareErrors(m, isWanted)
    declareStates(m, isWanted)
  }

  /// The summary of an expectation, or of its opposite.
  private static func summary(_ text: String, _ isWanted: Bool) -> String {
    isWanted ? "Expects that \(text)" : "Expects that it is not so that \(text)"
  }

  private static let errors = ["expectation: it is not as expected; says what was found"]

  private static func declareMapsTo(_ m: ModuleBuilder, _ isWanted: Bool) {
    m.function(
      "maps_to", summary("a DVA leads to a place in memory", isWanted),
      Parameter<MappingPlace>("place", "A root complex, a function on it, or an IOTSB"),
      Parameter<UInt64>("dva", "The DVA", type: .address),
      Parameter<MappingTarget>(
        "target", "A physical address, or a buffer for its first byte; any by default",
        default: .anywhere),
      documentation: .init(
        details: "Looks at the table's entries, whatever they allow and whoever may use them.",
        errors: errors,
        example: isWanted
          ? firstDMA + "sun4v.expect.maps_to(bus, map.dva, buffer)"
          : firstDMA + "map:unmap()\nsun4v.expect.no.maps_to(bus, map.dva)",
        seeAlso: ["iotsb:lookup", "sun4v.expect.reaches"])
    ) { place, dva, target in
      try Expectation.maps(place, DVMAAddress(dva), to: target).demand(isWanted)
    }
  }

  private static func declareReaches(_ m: ModuleBuilder, _ isWanted: Bool) {
    m.function(
      "reaches", summary("a device's access would succeed", isWanted),
      Parameter<FunctionObject>("function", "The device"),
      Parameter<UInt64>("dva", "The DVA", type: .address),
      Parameter<AccessKind>("access", "\"read\" or \"write\"", default: .read),
      documentation: .init(
        details: "Asks the IOMMU as the device's access would, and changes nothing.",
        errors: errors,
        example: isWanted
          ? firstDMA + "sun4v.expect.reaches(nic, map.dva, \"write\")"
          : firstDMA + "sun4v.expect.no.reaches(nic, map.dva + 8192)",
        seeAlso: ["root_complex:translate", "sun4v.expect.faults_with"])
    ) { function, dva, access in
      try Expectation.reaches(function, DVMAAddress(dva), access).demand(isWanted)
    }
  }

  private static func declareErrors(_ m: ModuleBuilder, _ isWanted: Bool) {
    let body = Parameter<LuaFunction>("f", "What is done")
    let prefix = isWanted ? "sun4v.expect" : "sun4v.expect.no"
    m.function(
      "faults_with", summary("the IOMMU refuses what a function does", isWanted), body,
      Parameter<String?>("fault", "The fault's name, such as \"TTE_PRT\"; any by default"),
      documentation: .init(
        errors: errors,
        example: firstDMA
          + (isWanted
            ? "\(prefix).faults_with(function() nic:read(0, 8) end, \"VA_ADJ_UF\")"
            : "\(prefix).faults_with(function() nic:read(map.dva, 8) end)"),
        seeAlso: ["domain:faults", "sun4v.expect.reaches"])
    ) { f, fault in
      try Expectation.faults(try RaisedError(calling: f), with: fault).demand(isWanted)
    }
    m.function(
      "refuses_with", summary("what a function does is refused with a code", isWanted), body,
      Parameter<String>("code", "The code of the error object, such as \"denied\""),
      documentation: .init(
        errors: errors,
        example: firstDMA
          + (isWanted
            ? "\(prefix).refuses_with(function() m:boot() end, \"wrong_state\")"
            : "\(prefix).refuses_with(function() grant:release() end, \"denied\")"))
    ) { f, code in
      try Expectation.refuses(try RaisedError(calling: f), with: code).demand(isWanted)
    }
    m.function(
      "has_status", summary("a hypercall answered a status", isWanted),
      Parameter<LuaValue>(
        "answer", "What domain:hypercall returned, or a function that makes a call that is refused"
      ),
      Parameter<String>("status", "The status name, such as \"ENOACCESS\""),
      documentation: .init(
        errors: errors + ["invalid_argument: no status has that name"],
        example: firstDMA
          + "\(prefix).has_status(ldg1:hypercall(\"pci_iommu_getmap\", bus.handle, 0), "
          + (isWanted ? "\"ENOACCESS\")" : "\"EOK\")"),
        seeAlso: ["domain:hypercall"])
    ) { answer, status in
      try Expectation.hasStatus(answer, status).demand(isWanted)
    }
  }

  private static func declareStates(_ m: ModuleBuilder, _ isWanted: Bool) {
    let machine = Parameter<MachineObject>("machine", "The machine")
    m.function(
      "is_sound", summary("every invariant of the machine holds", isWanted), machine,
      documentation: .init(
        errors: errors, example: isWanted ? firstDMA + "sun4v.expect.is_sound(m)" : "",
        seeAlso: ["machine:check"])
    ) { machine in try Expectation.isSound(machine.machine).demand(isWanted) }
    m.function(
      "leaks", summary("something is held that should have been given back", isWanted), machine,
      Parameter<HoldingsObject?>("before", "What may be held still, from machine:holdings"),
      documentation: .init(
        details: "Held are grants, mappings, entries without a mapping, and buffers.",
        errors: errors,
        example: isWanted
          ? firstDMA + "sun4v.expect.leaks(m)"
          : firstDMA + "local before = m:holdings()\nsun4v.expect.no.leaks(m, before)",
        seeAlso: ["sun4v.expect.no_leaks", "machine:holdings"])
    ) { machine, before in try Expectation.leaks(machine.machine, before).demand(isWanted) }
  }

  private static func declareNoLeaks(_ m: ModuleBuilder) {
    m.function(
      "no_leaks", "Expects that everything has been given back",
      Parameter<MachineObject>("machine", "The machine"),
      Parameter<HoldingsObject?>("before", "What may be held still, from machine:holdings"),
      documentation: .init(
        details: "Held are grants, mappings, entries without a mapping, and buffers. A driver's "
          + "cache holds grants until dma:trim.",
        errors: errors,
        example: firstDMA
          + "map:unmap()\ngrant:release()\nbuffer:free()\nsun4v.expect.no_leaks(m)",
        seeAlso: ["machine:holdings", "sun4v.expect.leaks"])
    ) { machine, before in try Expectation.leaks(machine.machine, before).demand(false) }
  }
}
