import LuaRuntime
import Simulation
import Sun4v

extension EngineBindings {
  /// The example that both searches share.
  private static let exampleSetup = """
    local function setup()
      local m = sun4v.machine { memory = "1M", queue = 16, seed = 1 }
      m:domain("primary"):add_root_complex { name = "pci@400", window = { size = "256K" } }
      m:add_domain { name = "ldg1", memory = "1M" }
      m:boot()
      m:run { time = 1000000000 }
      return m
    end
    local actions = {
      ask = function(m) return m:domain("ldg1"):request { pages = 1 } end,
      release = function(m, done)
        return done.ask ~= nil and done.ask.grant ~= nil and done.ask.grant:release_async()
      end,
    }

    """

  private static let actionDetails =
    "Each action is a function of the machine and a table of what the actions done so far returned, by "
    + "name. It happens at most once, at any moment; false, or a refusal such as wrong_state, means: not "
    + "now. Scripts must keep nothing of the machine outside that table, since the search goes back and "
    + "forth between states. The invariants of machine:check are always checked; check may add to them by "
    + "returning false or a text."

  static func declareExploration(_ m: ModuleBuilder, _ environment: Environment) {
    let setup = Parameter<LuaFunction>("setup", "Makes the machine, boots it and returns it")
    let actions = Parameter<ActionsArgument>("actions", "What may happen besides, by name")
    let check = Parameter<LuaFunction?>("check", "What must hold besides the invariants")
    let depth = Parameter<UInt64>.count("depth", "The most choices on one path", default: 64)
    let states = Parameter<UInt64>.count(
      "max_states", "The most states visited", default: 1_000_000)
    let timeouts = Parameter<UInt64>.count(
      "timeouts", "The most timers on a path that fire while something is being delivered",
      default: 1)
    let progress = Parameter<LuaFunction?>(
      "progress", "Called with a table of states, depth and frontier whenever the paths grow")
    m.function(
      "explore", "Visits every state that a small machine can get into",
      .options("options", setup, actions, depth, check, states, timeouts, progress),
      returns: [
        ResultDescription(
          "report", .any,
          "a table: states, transitions, depth, ends, frontier (states not gone on from), complete, and "
            + "violation with message, choices, script"
        )
      ],
      documentation: .init(
        details:
          "Every interleaving of deliveries, timers and actions, breadth first: a violation comes "
          + "with the fewest choices that lead to it, as a chunk of Lua that takes setup and actions. "
          + "Deliveries take no time and come in any order. States that behave alike from then on are one: "
          + "deadlines count from now, ids of a link from those awaited, queues by what waits in them, and "
          + "the past counts nothing; so actions and check must not depend on the clock, on statistics or "
          + "on ids of links. What only acknowledges is delivered at once where no timer may fire "
          + "meanwhile. docs/exploration.md says why no behaviour is lost. " + actionDetails,
        errors: [
          "invalid_argument: setup returned no machine", "interrupted: stopped from outside",
        ],
        example: exampleSetup
          + "local r = sun4v.explore { setup = setup, actions = actions }\n"
          + "assert(r.complete and not r.violation)\nprint(r.states)",
        seeAlso: ["sun4v.simulate", "machine:check", "machine:deliver"])
    ) { o -> LuaValue in
      let script = try ExplorationScript(
        setup: try o[setup], actions: try o[actions], check: try o[check])
      var limits = ExplorationLimits()
      limits.depth = Int(clamping: try o[depth])
      limits.states = Int(clamping: try o[states])
      limits.timeouts = Int(clamping: try o[timeouts])
      let explorer = Explorer(script.owner.machine, actions: script.actions, limits: limits) { _ in
        try script.broken()
      }
      if let tell = try o[progress] {
        explorer.progress = { report in
          _ = try tell(
            LuaValue.record([
              ("states", .integer(Int64(report.states))),
              ("depth", .integer(Int64(report.depth))),
              ("frontier", .integer(Int64(report.frontier))),
            ]))
        }
      }
      let report = try environment.searching {
        try engineErrors { try explorer.run() }
      }
      return .record([
        ("states", .integer(Int64(report.states))),
        ("frontier", .integer(Int64(report.frontier))),
        ("transitions", .integer(Int64(report.transitions))),
        ("depth", .integer(Int64(report.depth))), ("ends", .integer(Int64(report.ends))),
        ("complete", .boolean(report.isComplete && report.violation == nil)),
        ("violation", script.record(report.violation)),
      ])
    }

    let seeds = Parameter<UInt64>.count("seeds", "How many schedules, with the seeds 1, 2, 3 ...")
    let first = Parameter<UInt64>.count("first", "The first seed", default: 1)
    let steps = Parameter<UInt64>.count("steps", "The most choices in one schedule", default: 1000)
    m.function(
      "simulate", "Runs random schedules of a machine, and makes what breaks small",
      .options("options", setup, seeds, steps, actions, check, first),
      returns: [
        ResultDescription(
          "report", .any,
          "a table: schedules, steps, and seed and violation with message, choices, script")
      ],
      documentation: .init(
        details: "At each step one of the choices that sun4v.explore would try is drawn. "
          + actionDetails,
        errors: [
          "invalid_argument: setup returned no machine", "interrupted: stopped from outside",
        ],
        example: exampleSetup
          + "local r = sun4v.simulate { setup = setup, actions = actions, seeds = 3, steps = 40 }\n"
          + "assert(r.schedules == 3 and not r.violation)",
        seeAlso: ["sun4v.explore"])
    ) { o -> LuaValue in
      let script = try ExplorationScript(
        setup: try o[setup], actions: try o[actions], check: try o[check])
      let count = try o[seeds]
      let begin = try o[first]
      let (end, overflow) = begin.addingReportingOverflow(count &- 1)
      guard count > 0, !overflow else {
        throw LuaBindingError(
          code: "invalid_argument", message: "\(count) seeds: wanted at least 1")
      }
      let length = Int(clamping: try o[steps])
      let simulator = ScheduleSimulator(script.owner.machine, actions: script.actions) { _ in
        try script.broken()
      }
      let report = try environment.searching {
        try engineErrors { try simulator.run(seeds: begin...end, steps: length) }
      }
      return .record([
        ("schedules", .integer(Int64(report.schedules))), ("steps", .integer(Int64(report.steps))),
        ("seed", report.seed.map { .integer(Int64(bitPattern: $0)) } ?? .nil),
        ("violation", script.record(report.violation)),
      ])
    }
  }

  /// Turns the machine's refusals into errors of scripts; those of callbacks pass unchanged.
  private static func engineErrors<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as MachineError {
      if error.code == .interrupted { throw LuaInterrupted() }
      throw EngineFailure(error)
    }
  }
}
