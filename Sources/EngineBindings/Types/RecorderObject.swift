import Charts
import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

/// A recording of how windows are used as a Lua object.
final class RecorderObject: LuaObject {
  static let luaName = "recorder"
  let owner: MachineObject
  let recorder: UsageRecorder

  init(_ owner: MachineObject, _ recorder: UsageRecorder) {
    self.owner = owner
    self.recorder = recorder
  }

  /// The root complex that was asked for, or the machine's first.
  func rootComplex(_ wanted: RootComplexObject?) throws -> RootComplex {
    if let wanted {
      try owner.check(wanted)
      return try wanted.record()
    }
    guard let first = owner.machine.hypervisor.state.rootComplexes.first else {
      throw LuaBindingError(code: "not_found", message: "the machine has no root complex")
    }
    return first
  }
}

extension EngineBindings {
  private static let recording = """
    local m = sun4v.machine {}
    local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
    local ldg1 = m:add_domain { name = "ldg1" }
    m:boot()
    local recorder = m:record { every = 10000 }
    for i = 1, 20 do ldg1:negotiate { pages = i } end

    """

  static func declareRecording(_ t: TypeBuilder<MachineObject>) {
    let every = Parameter<UInt64>.count(
      "every", "The distance between samples", unit: "nanoseconds", default: 100_000)
    let limit = Parameter<UInt64>.count("limit", "The most samples that are kept", default: 512)
    t.method(
      "record", "Records from now on how the windows are used",
      .options("options", every, limit),
      returns: [ResultDescription("recorder", .custom("recorder"), "for a chart")],
      documentation: .init(
        details: "Samples are taken by the virtual clock, so the same script records the same. A "
          + "recording that grows too long doubles the distance and keeps one sample for each. "
          + "It goes on for as long as the recorder is kept, or until recorder:stop.",
        errors: ["invalid_argument: every is 0, or limit is not 16 to 100000"],
        example: recording + "print(recorder:chart())",
        seeAlso: ["recorder:chart", "root_complex:report"])
    ) { m, o -> RecorderObject in
      let wanted = (every: try o[every], limit: try o[limit])
      guard wanted.every > 0, (16...100_000).contains(wanted.limit) else {
        throw LuaBindingError(
          code: "invalid_argument",
          message: "cannot keep \(wanted.limit) samples \(wanted.every) ns apart: every has to be "
            + "at least 1 and limit 16 to 100000")
      }
      try raising { () throws(MachineError) in try m.machine.checkUsable() }
      return m.record(every: wanted.every, limit: Int(wanted.limit))
    }
  }

  static func declareRecorder(in registry: BindingRegistry) {
    registry.type(RecorderObject.self, "A recording of how windows are used over virtual time") {
      t in
      t.text { r in
        "recorder, a sample each \(r.recorder.interval) ns, "
          + (r.recorder.isRunning ? "recording" : "stopped")
      }
      t.property("every", "The distance between samples now", unit: "nanoseconds") {
        Int64(clamping: $0.recorder.interval)
      }
      t.property("recording", "Whether it still records") { $0.recorder.isRunning }
      t.method(
        "sample", "Takes a sample now, besides those that the clock brings",
        documentation: .init(example: recording + "recorder:sample()")
      ) { r in r.recorder.sampleNow() }
      t.method(
        "stop", "Ends the recording; what was recorded is kept",
        documentation: .init(example: recording + "recorder:stop()")
      ) { r in r.recorder.stop() }
      declareSamples(t)
      declareChart(t)
    }
  }

  private static func declareSamples(_ t: TypeBuilder<RecorderObject>) {
    t.method(
      "samples", "The samples of a window, oldest first",
      Parameter<RootComplexObject?>("root_complex", "Whose window; the machine's first by default"),
      returns: [
        ResultDescription(
          "samples", .any,
          "a list of tables: time, granted, mapped, guard, quarantined, reserved, fragmentation, "
            + "domains")
      ],
      documentation: .init(
        details: "All but time, in nanoseconds, and fragmentation, a share of 1, are pages. "
          + "domains has the pages that each guest holds, by name. A sample holds until the next; moments "
          + "at which nothing had changed have none.",
        errors: ["not_found: the machine has no root complex"],
        example: recording + "local s = recorder:samples()\nassert(s[#s].granted == 210)",
        seeAlso: ["recorder:chart"])
    ) { r, bus -> LuaValue in
      let names = r.owner.machine.domainNames
      func count(_ pages: UInt64) -> LuaValue { .integer(Int64(clamping: pages)) }
      return .list(
        r.recorder.samples(of: try r.rootComplex(bus).id).map { sample in
          .record([
            ("time", count(sample.time.rawValue)), ("granted", count(sample.granted)),
            ("mapped", count(sample.mapped)), ("guard", count(sample.guards)),
            ("quarantined", count(sample.quarantined)), ("reserved", count(sample.reserved)),
            ("fragmentation", .number(sample.fragmentation)),
            (
              "domains",
              .record(sample.holdings.map { (names[$0.domain] ?? "", count($0.pages)) })
            ),
          ])
        })
    }
  }

  private static func declareChart(_ t: TypeBuilder<RecorderObject>) {
    let bus = Parameter<RootComplexObject?>(
      "root_complex", "Whose window; the machine's first by default")
    let lines = Parameter<[String]>(
      "lines",
      "What is drawn: "
        + (UsageChart.quantities.map { "\"\($0)\"" } + ["names of guests"]).joined(separator: ", "),
      default: ["granted", "mapped", "fragmentation"])
    let columns = Parameter<UInt64?>("columns", "The width; that of the terminal by default")
    let height = Parameter<UInt64>.count("height", "The rows, in characters", default: 12)
    let file = Parameter<String?>("file", "Where to write the chart too, as an SVG document")
    t.method(
      "chart", "Draws how a window was used over time",
      .options("options", bus, lines, columns, height, file),
      returns: [ResultDescription("chart", .custom("drawing"), "print shows it")],
      documentation: .init(
        details: "Everything is in parts of the reserved range, but fragmentation: that is the "
          + "part of the free pages outside the longest free run.",
        errors: [
          "invalid_argument: there is no such line", "not_found: the machine has no root complex",
          "file: the file cannot be written",
        ],
        example: recording
          + "print(recorder:chart { lines = { \"ldg1\", \"fragmentation\" }, height = 8 })",
        seeAlso: ["machine:record", "drawing:save", "root_complex:picture"])
    ) { r, o -> DrawingObject in
      let place = try r.rootComplex(try o[bus])
      let chart = try UsageChart(
        r.recorder.samples(of: place.id), of: place.name, names: r.owner.machine.domainNames
      ).chart(of: try o[lines])
      let rows = Int(clamping: try o[height])
      let drawing = DrawingObject(
        chart.title, columns: try o[columns].map { Int(clamping: $0) }, r.owner.environment,
        text: { chart.text(on: $0, rows: rows) }, svg: { chart.svg() })
      if let path = try o[file] { try drawing.save(path) }
      return drawing
    }
  }
}
