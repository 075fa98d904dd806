import ArgumentParser
import Benchmarks
import LuaRuntime
import Negotiation
import Shell
import Simulation

/// `dvmash bench`: the workloads of docs/performance.md on the engine itself.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the engine on the workloads of docs/performance.md.",
    discussion: """
      Each row is the median of several runs in shuffled order, with its ratio to a floor that was \
      measured in the same runs. Use a release build, and compare ratios, not nanoseconds. Every \
      trace also has a workload that times single operations, such as tail-w2-90.
      """)

  @Argument(
    help: ArgumentHelp(
      "Workloads: \(BenchWorkload.all.map(\.name).joined(separator: ", ")); all by default."))
  var workloads: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print a table in Markdown.")
  var markdown = false

  @Option(help: "How often each job is run.")
  var runs = 7

  @Option(
    help: ArgumentHelp(
      "How often all workloads are gone through, each time with so many runs of each job.",
      discussion:
        "A noisy minute then hits a part of each job's runs instead of all runs of some jobs."))
  var passes = 1

  @Option(help: "A policy to measure; may be repeated.")
  var policy: [AllocationPolicy] = [.binned]

  @Option(
    help: ArgumentHelp("Compare with an earlier run, the output of --json.", valueName: "file"),
    completion: .file())
  var compare: String?

  @Option(
    help: ArgumentHelp(
      "Draw growth curves and goals as SVG files in a directory.", valueName: "directory"),
    completion: .directory)
  var charts: String?

  func validate() throws {
    guard (1...1000).contains(runs) else {
      throw ValidationError("--runs is \(runs); it must be 1 to 1000.")
    }
    guard (1...100).contains(passes) else {
      throw ValidationError("--passes is \(passes); it must be 1 to 100.")
    }
    guard !policy.contains(.custom) else {
      throw ValidationError("The custom policy cannot be measured: it is asked from a script.")
    }
    guard !(json && markdown) else {
      throw ValidationError("Use one of --json and --markdown.")
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
    let earlier = try compare.map { try EarlierRun(file: $0) }
    let charts = try charts.map { try BenchCharts(directory: $0) }
    let progress = ProgressLine(.auto, isQuiet: false, ProcessEnvironment())
    defer { progress.end() }
    var report = BenchReport(
      format: json ? .json : markdown ? .markdown : .text, hasChange: earlier != nil)
    var results: [BenchResult] = []
    func add(_ rows: [Measurement]) throws {
      let judged = BenchResult.judge(rows, earlier: earlier)
      results += judged
      progress.end()
      report.add(judged)
      if let problem = StandardStreams.flush() { throw BenchmarkError(problem) }
    }
    report.begin()
    var earlierPasses: [[Measurement]] = Array(repeating: [], count: chosen.count)
    for pass in 1...passes {
      for (number, workload) in chosen.enumerated() {
        func tell() {
          progress.update {
            "\(workload.name) (\(number + 1) of \(chosen.count))"
              + (passes > 1 ? ", pass \(pass) of \(passes)" : "")
          }
        }
        tell()
        do {
          let rows = try workload.measure(runs: runs, policies: policy, beforeRun: tell)
          let before = earlierPasses[number]
          earlierPasses[number] = before.isEmpty ? rows : zip(before, rows).map { $0.adding($1) }
          if pass == passes { try add(earlierPasses[number]) }
        } catch {
          throw BenchmarkError("\(workload.name): \(message(of: error))")
        }
      }
    }
    let measured = results.map(\.row)
    for curve in GrowthCurve.all { try add(curve.ends(in: measured)) }
    report.end()
    for file in try charts?.write(results) ?? [] { StandardStreams.complain("wrote \(file)\n") }
  }

  private func message(of error: any Error) -> String {
    switch error {
    case let error as BenchmarkError: error.message
    case let error as MachineError: error.message
    case let error as WindowError: error.message
    case let error as LuaFailure: error.message
    default: "\(error)"
    }
  }
}

extension AllocationPolicy: ExpressibleByArgument {}
