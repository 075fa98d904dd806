import Benchmarks
import Negotiation

/// A workload that the command knows.
enum BenchWorkload: Hashable {
  case trace(TraceName)
  case tail(TraceName)
  case translation(bits: Int)
  case engine(EngineWorkload)
  case lua

  /// All that are run when none is named, in order.
  static let all: [BenchWorkload] =
    TraceName.allCases.map(BenchWorkload.trace)
    + [.tail(.w1), .tail(.w2Full)]
    + TranslationWorkload.publishedBits.map { .translation(bits: $0) }
    + EngineWorkload.allCases.map(BenchWorkload.engine) + [.lua]

  /// The workload of a name; `nil` where there is none.
  init?(_ name: String) {
    let known = Self.all + TraceName.allCases.map(BenchWorkload.tail)
    guard let found = known.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  var name: String {
    switch self {
    case .trace(let name): name.rawValue
    case .tail(let name): "tail-\(name.rawValue)"
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
    case .tail(let name):
      return try TailBenchmark(runs: runs, beforeRun: beforeRun).measure(Self.verified(name))
    case .translation(let bits):
      let translation = try TranslationBenchmark(TranslationWorkload(bits: bits))
      return try benchmark.measure(name, translation.makeRows())
    case .engine(let workload): return try benchmark.measure(name, workload.makeRows())
    case .lua: return try benchmark.measure(name, LuaRows.make())
    }
  }

  private static func verified(_ name: TraceName) throws -> Trace {
    let trace = name.makeTrace()
    guard trace.checksum == name.checksum else {
      throw BenchmarkError("\(name.rawValue): the trace has a wrong checksum")
    }
    return trace
  }
}
