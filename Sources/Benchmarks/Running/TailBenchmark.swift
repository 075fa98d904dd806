import Negotiation

/// Measures how long single operations of a trace take: the operations that most others are faster
/// than.
///
/// The floor is the same driver with a pointer that moves on, whose figures are the price of reading
/// the clock twice. Longest operations are mostly interrupts, which the floor has too.
public struct TailBenchmark {
  /// The parts of all operations that are faster than what a row tells.
  private static let parts: [(name: String, part: Double)] = [
    ("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999), ("longest", 1),
  ]
  /// How often the trace is driven.
  public let runs: Int
  private let beforeRun: () -> Void

  /// A benchmark of so many runs, at least 1; `beforeRun` is called before each run of a job.
  public init(runs: Int = 7, beforeRun: @escaping () -> Void = {}) {
    self.runs = max(1, runs)
    self.beforeRun = beforeRun
  }

  /// Rows of the workload `tail-` and the trace's name, a floor and the default policy for each
  /// percentile; a sample is that percentile of one run.
  ///
  /// - Throws: `WindowError` when there is no memory for the window.
  public func measure(_ trace: Trace) throws(WindowError) -> [Measurement] {
    var floors: [[UInt32]] = []
    var ours: [[UInt32]] = []
    for _ in 0..<runs {
      beforeRun()
      var floor = NullAllocator(windowPages: trace.windowPages)
      floors.append(floor.withTarget { trace.latencies($0) }.sorted())
      beforeRun()
      var allocator = try DVAAllocator(pageCount: trace.windowPages)
      ours.append(allocator.withTarget { trace.latencies($0) }.sorted())
    }
    return Self.parts.flatMap { name, part in
      [("floor", floors), ("binned", ours)].map { subject, latencies in
        Measurement(
          workload: "tail-" + trace.name, subject: "\(subject) \(name)",
          floor: subject == "floor" ? nil : "floor \(name)", operations: trace.timed,
          samples: latencies.map { Self.percentile(part, of: $0) }.sorted())
      }
    }
  }

  private static func percentile(_ part: Double, of sorted: [UInt32]) -> Double {
    guard !sorted.isEmpty else { return 0 }
    return Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))])
  }
}
