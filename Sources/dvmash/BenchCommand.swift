import ArgumentParser
import Benchmarks
import Negotiation

/// `dvmash bench`: the workloads of docs/performance.md on the engine itself.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the engine on the workloads of docs/performance.md.",
    discussion: """
      Each row is the median of several runs in shuffled order, with its ratio to the floor: an \
      empty driver on the same trace in the same run. Use a release build, and compare ratios, \
      not nanoseconds.
      """)

  @Argument(help: "Workloads: w1, w2-50, w2-90, w3-seg, w3-list, w4-N, w5-20, w5-22, w5-24.")
  var workloads: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  @Option(help: "How often each job is run.")
  var runs = 7

  @Option(help: "A policy to measure; may be repeated.")
  var policy: [AllocationPolicy] = [.binned]

  @Flag(help: "Time single operations and print percentiles instead.")
  var tail = false

  func validate() throws {
    guard (1...1000).contains(runs) else {
      throw ValidationError("--runs is \(runs); it must be 1 to 1000.")
    }
    guard !policy.contains(.custom) else {
      throw ValidationError("The custom policy cannot be measured: it is asked from a script.")
    }
    for name in workloads where BenchWorkload(name) == nil {
      throw ValidationError(
        "There is no workload '\(name)'; there are "
          + BenchWorkload.all.map(\.name).joined(separator: ", ") + ".")
    }
  }

  func run() throws {
    let chosen =
      workloads.isEmpty ? BenchWorkload.all : workloads.compactMap { BenchWorkload($0) }
    var report = BenchReport(json: json)
    report.begin(tail: tail)
    for workload in chosen {
      switch workload {
      case .trace(let name): try measure(name, &report)
      case .translation(let bits):
        guard !tail else { continue }
        guard
          let rows = TranslationBenchmark(runs: runs).measure(TranslationWorkload(bits: bits))
        else { throw BenchFailure(message: "\(workload.name): no memory, or a wrong sum") }
        report.add(rows)
      }
    }
    report.end()
  }

  private func measure(_ name: TraceName, _ report: inout BenchReport) throws {
    let trace = name.makeTrace()
    guard trace.checksum == name.checksum else {
      throw BenchFailure(message: "\(name.rawValue): the trace has a wrong checksum")
    }
    let benchmark = TraceBenchmark(runs: runs, policies: policy)
    do throws(WindowError) {
      if tail {
        report.add(try benchmark.measureTail(trace))
      } else {
        report.add(try benchmark.measure(trace, withTable: !name.rawValue.hasPrefix("w5")))
      }
    } catch {
      throw BenchFailure(message: "\(name.rawValue): \(error.message)")
    }
  }
}

extension AllocationPolicy: ExpressibleByArgument {}

/// Why a benchmark could not be finished.
struct BenchFailure: Error, CustomStringConvertible {
  let message: String
  var description: String { message }
}

/// A workload that the command knows.
enum BenchWorkload {
  case trace(TraceName)
  case translation(bits: Int)

  /// All that are run when none is named, in order.
  static let all: [BenchWorkload] =
    TraceName.allCases.prefix(5).map(BenchWorkload.trace)
    + TranslationWorkload.publishedBits.map { .translation(bits: $0) }
    + TraceName.allCases.dropFirst(5).map(BenchWorkload.trace)

  init?(_ name: String) {
    if let trace = TraceName(rawValue: name) {
      self = .trace(trace)
    } else if name.hasPrefix("w4-"), let bits = Int(name.dropFirst(3)),
      TranslationWorkload.publishedBits.contains(bits)
    {
      self = .translation(bits: bits)
    } else {
      return nil
    }
  }

  var name: String {
    switch self {
    case .trace(let name): name.rawValue
    case .translation(let bits): "w4-\(bits)"
    }
  }
}
