import LuaRuntime
import Simulation
import Sun4v

extension EngineBindings {
  /// What scripts use to look at what a machine does.
  static func declareWatching(_ t: TypeBuilder<MachineObject>) {
    t.method(
      "on", "Calls a function for every event of a kind",
      Parameter<String>("kind", "A kind such as \"fault\" or \"grant\", or \"*\" for all"),
      Parameter<LuaFunction>("listener", "Called with the event, a table"),
      documentation: .init(
        details: "Listeners run between the engine's steps, in the order of the events. The kinds: "
          + EventRecord.kinds.joined(separator: ", ") + ".",
        errors: ["invalid_argument: there is no such kind"],
        example: "local m = sun4v.machine {}\nm:on(\"fault\", function(e) print(e.name) end)",
        seeAlso: ["machine:events"])
    ) { m, kind, listener in try m.events.listen(kind, listener) }

    let kind = Parameter<String?>("kind", "Only events of this kind")
    let last = Parameter<UInt64>.count("last", "How many of the newest to return", default: 100)
    let record = Parameter<Bool?>(
      "record", "Start (true) or stop (false) keeping events; off at first")
    t.method(
      "events", "The events kept so far, oldest first", .options("options", kind, last, record),
      returns: [ResultDescription("events", .any, "a list of tables with kind and time")],
      documentation: .init(
        details: "At most \(EventRelay.capacity) events are kept; older ones are dropped.",
        errors: ["invalid_argument: there is no such kind"],
        example: "local m = sun4v.machine {}\nm:events { record = true }\nm:boot()\n"
          + "print(#m:events { kind = \"hypercall\", last = 10 })",
        seeAlso: ["machine:on"])
    ) { m, o -> LuaValue in
      if let on = try o[record] { m.events.isRecording = on }
      return .list(try m.events.newest(try o[last], kind: try o[kind]))
    }

    t.property("recorded", "How many events have been kept so far, dropped ones included") {
      Int64(clamping: $0.events.total)
    }

    t.method(
      "stats", "Counters of the machine",
      returns: [ResultDescription("stats", .any, "a table of numbers")],
      documentation: .init(example: "print(sun4v.machine({}):stats().steps)")
    ) { m -> LuaValue in
      let statistics = try raising { () throws(MachineError) in try m.machine.statistics() }
      return .record(statistics.map { ($0.name, .integer(Int64(clamping: $0.value))) })
    }

    t.method(
      "check", "Checks every invariant of the model",
      documentation: .init(
        errors: ["invariant: the message lists what is broken"],
        example: "local m = sun4v.machine {}\nm:boot()\nm:check()")
    ) { m in try m.perform { () throws(MachineError) in try m.machine.check() } }
  }
}
