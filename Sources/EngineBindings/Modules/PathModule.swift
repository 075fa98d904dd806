import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

extension IOPath: LuaChoice {
  /// Shown as `way`.
  public static var luaName: String { "way" }
}

extension PathWorkload: LuaChoice {
  /// Shown as `workload`.
  public static var luaName: String { "workload" }
}

extension NegotiationTiming: LuaChoice {
  /// Shown as `timing`.
  public static var luaName: String { "timing" }
}

/// Costs in an options table: `{ context_switch = 8000 }`; what is left out keeps its default.
struct CostsArgument: LuaArgument {
  let costs: PathCosts

  static var luaType: LuaType { .custom("costs") }

  static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> CostsArgument {
    var costs = PathCosts()
    if let items = value.items, items.isEmpty { return CostsArgument(costs: costs) }
    guard case .record(let fields) = value else {
      throw .expected("costs (a table such as { context_switch = 8000 })", got: value)
    }
    for field in fields {
      guard PathCosts.names.contains(field.name) else {
        let near = NearestName.find(field.name, in: PathCosts.names)
        throw LuaMismatch(
          "no kind of work is named '\(field.name)'"
            + (near.map { "; did you mean '\($0)'?" } ?? "; sun4v.path_costs() lists all"))
      }
      guard let number = field.value.float else {
        throw .expected("number in \(field.name)", got: field.value)
      }
      do {
        try costs.set(field.name, to: number)
      } catch {
        throw LuaMismatch(error.message)
      }
    }
    return CostsArgument(costs: costs)
  }
}

extension EngineBindings {
  static func declarePaths(_ m: ModuleBuilder, _ environment: Environment) {
    declareComparison(m, environment)
    m.function(
      "path_costs", "What each kind of work costs in sun4v.compare_paths, by default",
      returns: [ResultDescription("costs", .any, "tables with name, cycles, unit and source")],
      documentation: .init(
        example:
          "for _, c in ipairs(sun4v.path_costs()) do\n  print(c.name, c.cycles, c.unit)\nend",
        seeAlso: ["sun4v.compare_paths"])
    ) { () -> LuaValue in
      .list(
        PathCost.allCases.map { cost in
          .record([
            ("name", .string(cost.rawValue)), ("cycles", .number(cost.cycles)),
            ("unit", .string(cost.unit)), ("source", .string(cost.source)),
          ])
        })
    }
  }

  private static func declareComparison(_ m: ModuleBuilder, _ environment: Environment) {
    let ways = Parameter<[IOPath]?>("ways", "The ways to compare; all three by default")
    let workload = Parameter<PathWorkload>(
      "workload", "What the guests do", default: .blockRead)
    let size = Parameter<ByteSize?>(
      "size", "Bytes of an operation; 8K for blocks and 1500 for frames by default", unit: "bytes")
    let depth = Parameter<Int>("depth", "Operations of a guest that are under way", default: 1)
    let operations = Parameter<Int>("operations", "Operations of each guest", default: 16)
    let guests = Parameter<[Int]?>("guests", "Numbers of guests; { 1, 2, 4, 8, 16, 32 } by default")
    let seed = Parameter<Int64?>("seed", "The seed of the data and of the order of the guests")
    let timing = Parameter<NegotiationTiming>(
      "negotiate", "When guests negotiate in the direct way", default: .once)
    let model = Parameter<MachineModel>("model", "The machine model", default: .t1)
    let conforms = Parameter<ConformanceMode>(
      "conforms", "\"deployed\" or \"specified\", where they differ", default: .deployed)
    let costs = Parameter<CostsArgument?>(
      "costs", "Cycles of kinds of work, and clock_hz, where the defaults are not wanted")
    m.function(
      "compare_paths", "Does the same I/O in the ways that guests have, and counts the work",
      .options(
        "options", ways, workload, size, depth, operations, guests, seed, timing, model, conforms,
        costs),
      returns: [
        ResultDescription("results", .any, "a table for each way and number of guests, in order")
      ],
      documentation: .init(
        details:
          "The ways are \"proxied\" (the control domain copies), \"shared\" (it maps the guest's "
          + "pages) and \"direct\" (the guest maps its own pages in a negotiated grant). Every result "
          + "has way, guests, operations, bytes, hypercalls, packets, interrupts, bytes_copied, "
          + "cycles, throughput and control_share, and the parts control and guest: the work, calls "
          + "by name, cycles, cycles_per_operation, and setup_hypercalls and setup_packets for what "
          + "came before the first operation. docs/paths.md explains them.",
        errors: ["invalid_argument: a limit was exceeded, which the message names"],
        example: """
          local results = sun4v.compare_paths { size = "4K", operations = 2, guests = { 1, 2 } }
          for _, r in ipairs(results) do
            print(r.way, r.guests, r.control.cycles_per_operation, r.bytes_copied)
          end
          assert(results[5].way == "direct" and results[5].control.hypercalls == 0)
          """,
        seeAlso: ["sun4v.path_costs"])
    ) { o -> LuaValue in
      var request = PathRequest()
      request.ways = try o[ways] ?? request.ways
      request.workload = try o[workload]
      request.size = try o[size]?.bytes ?? (request.workload == .blockRead ? 8192 : 1500)
      request.depth = try o[depth]
      request.operations = try o[operations]
      request.guests = try o[guests] ?? request.guests
      request.seed = try o[seed].map { UInt64(bitPattern: $0) } ?? environment.seed
      request.negotiation = try o[timing]
      request.model = try o[model]
      request.conformance = try o[conforms]
      request.costs = try o[costs]?.costs ?? request.costs
      defer { environment.progressEnded() }
      let results = try raising { () throws(MachineError) in
        try PathComparison.run(
          request, isInterrupted: { environment.isInterrupted() },
          reportProgress: { environment.report($0) })
      }
      return .list(results.map(record))
    }
  }

  private static func record(_ result: PathResult) -> LuaValue {
    let (control, guest) = (result.control, result.guest)
    return .record([
      ("way", .string(result.way.rawValue)), ("guests", .integer(Int64(result.guests))),
      ("operations", integer(result.operations)), ("bytes", integer(result.bytes)),
      ("hypercalls", integer(control.hypercalls &+ guest.hypercalls)),
      ("packets", integer(control.packetsSent &+ guest.packetsSent)),
      ("interrupts", integer(control.interrupts &+ guest.interrupts)),
      ("bytes_copied", integer(control.bytesCopied &+ guest.bytesCopied)),
      ("cycles", .number(result.controlCycles + result.guestCycles)),
      ("throughput", .number(result.throughput)),
      ("control_share", .number(result.controlShare)),
      ("control", part(control, result.controlSetup, result.controlCycles, result.operations)),
      ("guest", part(guest, result.guestSetup, result.guestCycles, result.operations)),
    ])
  }

  private static func part(
    _ work: PathCounts, _ setup: PathCounts, _ cycles: Double, _ operations: UInt64
  ) -> LuaValue {
    .record([
      ("hypercalls", integer(work.hypercalls)),
      ("packets_sent", integer(work.packetsSent)),
      ("packets_received", integer(work.packetsReceived)),
      ("interrupts", integer(work.interrupts)),
      ("context_switches", integer(work.contextSwitches)),
      ("bytes_copied", integer(work.bytesCopied)),
      ("pages_exported", integer(work.pagesExported)),
      ("device_operations", integer(work.deviceOperations)),
      ("cycles", .number(cycles)),
      ("cycles_per_operation", .number(operations > 0 ? cycles / Double(operations) : 0)),
      ("calls", .record(work.callsByName.map { ($0.name, integer($0.count)) })),
      ("setup_hypercalls", integer(setup.hypercalls)),
      ("setup_packets", integer(setup.packetsSent)),
    ])
  }

  private static func integer(_ value: UInt64) -> LuaValue { .integer(Int64(clamping: value)) }
}
