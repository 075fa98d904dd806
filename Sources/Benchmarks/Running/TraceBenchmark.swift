import Negotiation
import Sun4v

/// Measures allocation policies on traces, each against the floor of the same run.
///
/// In each run the jobs (floor and policies, with and without table writes) come in another order,
/// so that a noisy minute of the machine hits all of them alike. Policies run in a session, as the
/// peers they are compared with have no copies either; `binned-per-call` is the default policy
/// without one. Compare ratios inside one result;
/// absolute figures differ from day to day.
public struct TraceBenchmark {
  /// How often each job is run.
  public let runs: Int
  /// The policies to measure.
  public let policies: [AllocationPolicy]
  /// The longest that a policy other than the default is timed in one run, in nanoseconds.
  public let limit: UInt64
  private let beforeRun: () -> Void

  /// A benchmark of so many runs, at least 1; `beforeRun` is called before each run of a job.
  public init(
    runs: Int = 7, policies: [AllocationPolicy] = [.binned], limit: UInt64 = 1_000_000_000,
    beforeRun: @escaping () -> Void = {}
  ) {
    self.beforeRun = beforeRun
    self.runs = max(1, runs)
    self.policies = policies
    self.limit = limit
  }

  private enum Job: Hashable {
    case floor
    case policy(AllocationPolicy)
    /// The default policy where each call asks whether the memory is shared.
    case perCall
  }

  /// Runs a trace.
  ///
  /// - Parameter withTable: Whether to measure everything once more with table entries written.
  /// - Returns: The floor first, then a row for each policy; the same with tables.
  /// - Throws: `WindowError` when there is no memory for the window.
  public func measure(_ trace: Trace, withTable: Bool) throws(WindowError) -> [Measurement] {
    let jobs =
      [Job.floor] + policies.map(Job.policy) + (policies.contains(.binned) ? [.perCall] : [])
    var rows: [Row] = []
    for tabled in withTable ? [false, true] : [false] {
      rows += jobs.map { Row(job: $0, tabled: tabled) }
    }
    var random = SeededGenerator(seed: 1)
    for _ in 0..<runs {
      for index in rows.indices.shuffled(using: &random) {
        beforeRun()
        try run(&rows[index], trace)
      }
    }
    return rows.map { $0.measurement(trace.name) }
  }

  private struct Row {
    let job: Job
    let tabled: Bool
    var samples: [Double] = []
    var last = TraceRun()
    var bytes = 0

    mutating func note(_ run: TraceRun) {
      last = run
      if run.operations > 0 { samples.append(Double(run.nanoseconds) / Double(run.operations)) }
    }

    func measurement(_ workload: String) -> Measurement {
      let name =
        switch job {
        case .floor: "floor"
        case .policy(let policy): policy.rawValue
        case .perCall: "binned-per-call"
        }
      return Measurement(
        workload: workload, subject: tabled ? name + "+table" : name,
        floor: job == .floor ? nil : tabled ? "floor+table" : "floor",
        operations: last.operations, samples: samples.sorted(), refused: last.refused, bytes: bytes)
    }
  }

  private func run(_ row: inout Row, _ trace: Trace) throws(WindowError) {
    var table: FlatTable?
    if row.tabled {
      table = FlatTable(pageCount: trace.windowPages)
      guard table != nil else { throw .outOfMemory(pages: trace.windowPages) }
    }
    switch row.job {
    case .floor:
      var floor = NullAllocator(windowPages: trace.windowPages)
      row.note(floor.withTarget { trace.run($0, table: table) })
    case .policy(let policy):
      var allocator = try DVAAllocator(
        pageCount: trace.windowPages, options: .init(policy: policy))
      let limit = policy == .binned ? UInt64.max : limit
      row.note(allocator.withSessionTarget { trace.run($0, table: table, limit: limit) })
      row.bytes = allocator.touchedBytes
    case .perCall:
      var allocator = try DVAAllocator(pageCount: trace.windowPages)
      row.note(allocator.withTarget { trace.run($0, table: table) })
      row.bytes = allocator.touchedBytes
    }
  }
}
