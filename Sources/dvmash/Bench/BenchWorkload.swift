import Benchmarks
import Negotiation

/// A workload that the command knows.
enum BenchWorkload: Hashable {
  case trace(TraceName)
  case translation(bits: Int)
  case engine(EngineWorkload)
  case lua

  /// All that are run when none is named, in order.
  static let all: [BenchWorkload] =
    TraceName.allCases.prefix(5).map(BenchWorkload.trace)
    + TraceName.allCases.dropFirst(5).map(BenchWorkload.trace)
    + TranslationWorkload.publishedBits.map { .translation(bits: $0) }
    + EngineWorkload.allCases.map(BenchWorkload.engine) + [.lua]

  /// The workload of a name; `nil` where there is none.
  init?(_ name: String) {
    guard let found = Self.all.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  var name: String {
    switch self {
    case .trace(let name): name.rawValue
    case .translation(let bits): "w4-\(bits)"
    case .engine(let workload): workload.rawValue
    case .lua: "lua"
    }
  }

  /// Measures every row of the workload.
  ///
  /// Throws an error of the engine or of a script, or `BenchmarkError`.
  func measure(
    runs: Int, policies: [AllocationPolicy], beforeRun: @escaping () -> Void
  ) throws -> [Measurement] {
    let benchmark = RowBenchmark(runs: runs, beforeRun: beforeRun)
    switch self {
    case .trace(let name):
      return try TraceBenchmark(runs: runs, policies: policies, beforeRun: beforeRun).measure(
        Self.verified(name), withTable: !name.rawValue.hasPrefix("w5"))
    case .translation(let bits):
      let translation = try TranslationBenchmark(TranslationWorkload(bits: bits))
      return try benchmark.measure(name, translation.makeRows())
    case .engine(let workload): return try benchmark.measure(name, workload.makeRows())
    case .lua: return try benchmark.measure(name, LuaRows.make())
    }
  }

  /// The times of single operations; empty for what is no trace.
  func measureTail() throws -> [TailMeasurement] {
    guard case .trace(let name) = self else { return [] }
    return try TraceBenchmark().measureTail(Self.verified(name))
  }

  private static func verified(_ name: TraceName) throws -> Trace {
    let trace = name.makeTrace()
    guard trace.checksum == name.checksum else {
      throw BenchmarkError("\(name.rawValue): the trace has a wrong checksum")
    }
    return trace
  }
}
