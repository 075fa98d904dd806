import Negotiation

/// Measures how long single operations of a trace take: the operations that most others are faster
/// than.
///
/// The floor is the same driver with a pointer that moves on, whose figures are the price of reading
/// the clock twice. Longest operations are mostly interrupts, which the floor has too: so there are also
/// rows of what each operation took in the run in which it was fastest. All runs do the same, so that
/// only what comes from outside is left out by that.
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
  /// percentile; a sample is that percentile of one run, and the undisturbed have one sample.
  ///
  /// - Throws: `WindowError` when there is no memory for the window.
  public func measure(_ trace: Trace) throws(WindowError) -> [Measurement] {
    var floors = Latencies()
    var ours = Latencies()
    for _ in 0..<runs {
      beforeRun()
      var floor = NullAllocator(windowPages: trace.windowPages)
      floors.add(floor.withTarget { trace.latencies($0) })
      beforeRun()
      var allocator = try DVAAllocator(pageCount: trace.windowPages)
      ours.add(allocator.withSessionTarget { trace.latencies($0) })
    }
    let subjects = [("floor", floors), ("binned", ours)]
    let rows = Self.parts.flatMap { name, part in
      subjects.map { row(trace, $0, name, $1.runs.map { $0.percentile(part) }) }
    }
    let undisturbed = subjects.map { ($0 + " undisturbed", $1.least.sorted()) }
    return rows
      + Self.parts.flatMap { name, part in
        undisturbed.map { row(trace, $0, name, [$1.percentile(part)]) }
      }
  }

  private func row(
    _ trace: Trace, _ subject: String, _ part: String, _ samples: [Double]
  ) -> Measurement {
    let isFloor = subject.hasPrefix("floor")
    let floor = subject.replacing("binned", with: "floor")
    return Measurement(
      workload: "tail-" + trace.name, subject: "\(subject) \(part)",
      floor: isFloor ? nil : "\(floor) \(part)", operations: trace.timed, samples: samples.sorted())
  }
}

/// What single operations took, in nanoseconds.
private struct Latencies {
  /// Those of each run, ascending.
  var runs: [[UInt32]] = []
  /// The least that each operation took, in the order of the trace.
  var least: [UInt32] = []

  mutating func add(_ run: [UInt32]) {
    least = least.isEmpty ? run : zip(least, run).map(min)
    runs.append(run.sorted())
  }
}

extension [UInt32] {
  /// What this part of the ascending values is less than.
  fileprivate func percentile(_ part: Double) -> Double {
    isEmpty ? 0 : Double(self[Swift.min(count - 1, Int(Double(count) * part))])
  }
}
