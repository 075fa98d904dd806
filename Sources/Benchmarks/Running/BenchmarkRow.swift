import Sun4v

/// One thing to measure: a name, and a closure that does it and says how long it took.
public struct BenchmarkRow {
  /// What is driven, such as `map`.
  public let subject: String
  /// The subject of the row of the same workload that is its floor; `nil` for floors.
  public let floor: String?
  /// The operations of one run.
  public let operations: Int
  /// Does all operations once; returns the nanoseconds that they took.
  public let run: () throws -> UInt64

  /// Makes a row; preparation inside `run` is the closure's to leave out of its time.
  public init(
    _ subject: String, floor: String? = nil, operations: Int, run: @escaping () throws -> UInt64
  ) {
    self.subject = subject
    self.floor = floor
    self.operations = operations
    self.run = run
  }

  /// Makes a row of which all is timed, on the clock of the thread.
  public static func timed(
    _ subject: String, floor: String? = nil, operations: Int, _ body: @escaping () throws -> Void
  ) -> BenchmarkRow {
    BenchmarkRow(subject, floor: floor, operations: operations) {
      try ThreadClock.time(body)
    }
  }

  /// A floor: copying so many bytes, which are in cache where they fit.
  ///
  /// One operation is one copy. It is the floor of work that has no simpler form of its own.
  public static func copying(
    bytes: Int, times: Int, as subject: String = "floor"
  ) -> BenchmarkRow {
    let source = [UInt8](repeating: 0x5a, count: bytes)
    let target = CopyTarget(bytes)
    return timed(subject, operations: times) {
      source.withUnsafeBytes { source in
        for turn in 0..<times { target.fill(from: source, turn) }
      }
    }
  }
}

/// Where the floor copies to; a call that the compiler cannot look into keeps every copy.
private final class CopyTarget {
  private var bytes: [UInt8]

  init(_ count: Int) { bytes = [UInt8](repeating: 0, count: count) }

  @inline(never)
  func fill(from source: UnsafeRawBufferPointer, _ turn: Int) {
    bytes.withUnsafeMutableBytes { $0.copyMemory(from: source) }
  }
}

/// Measures the rows of one workload, in another order in each run.
public struct RowBenchmark {
  /// How often each row is run.
  public let runs: Int
  private let beforeRun: () -> Void

  /// A benchmark of so many runs, at least 1; `beforeRun` is called before each run of a row.
  public init(runs: Int = 7, beforeRun: @escaping () -> Void = {}) {
    self.runs = max(1, runs)
    self.beforeRun = beforeRun
  }

  /// The measurements in order of the rows; each row is run once before it counts.
  ///
  /// Throws what a row throws.
  public func measure(_ workload: String, _ rows: [BenchmarkRow]) throws -> [Measurement] {
    var samples = [[Double]](repeating: [], count: rows.count)
    var random = SeededGenerator(seed: 1)
    for row in rows { _ = try row.run() }
    for _ in 0..<runs {
      for index in rows.indices.shuffled(using: &random) {
        beforeRun()
        let time = try rows[index].run()
        samples[index].append(Double(time) / Double(max(1, rows[index].operations)))
      }
    }
    return zip(rows, samples).map { row, samples in
      Measurement(
        workload: workload, subject: row.subject, floor: row.floor, operations: row.operations,
        samples: samples.sorted())
    }
  }
}
