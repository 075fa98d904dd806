@preconcurrency import Glibc

/// What a run is about to do.
struct TestPlan {
  /// How many files there are.
  var files: Int
  /// The seed of order, engine and random numbers.
  var seed: UInt64
  /// Which part of a whole the run is.
  var shard: TestShard?
}

/// What happens in a run, in the order of the files and of the tests in each, whatever runs at the
/// same time.
enum TestEvent {
  /// A file is the next to report on.
  case file(String)
  /// A test of that file ended.
  case test(TestResult, file: String)
  /// All is known of that file.
  case end(FileResult)

  /// What is to tell of a file whose results are there already.
  static func all(of file: FileResult) -> [TestEvent] {
    [.file(file.file)] + file.tests.map { .test($0, file: file.file) } + [.end(file)]
  }
}

/// A report that is written as results come.
protocol TestReport {
  var output: ReportOutput { get }
  func begin(_ plan: TestPlan)
  func take(_ event: TestEvent)
  func end(_ files: [FileResult], _ plan: TestPlan)
  /// Tells that the run cannot go on.
  func abort(_ reason: String)
}

extension TestReport {
  func begin(_ plan: TestPlan) {}
  func take(_ event: TestEvent) {}
  func abort(_ reason: String) {}
}

/// The reports of one run.
struct ReportSet {
  private var reports: [any TestReport] = []

  /// Opens the files of the reports.
  init(_ options: TestOptions, _ environment: ProcessEnvironment) throws(CommandError) {
    for (format, file) in options.reports {
      reports.append(
        try format.report(to: ReportOutput(file), options: options, environment: environment))
    }
  }

  /// Writes the reports while `perform` hands on results, and errors if anything was lost.
  @discardableResult
  func write(
    _ plan: TestPlan, _ perform: ((TestEvent) -> Void) throws(CommandError) -> [FileResult]
  ) throws(CommandError) -> [FileResult] {
    for report in reports { report.begin(plan) }
    let results: [FileResult]
    do {
      results = try perform { event in
        for report in reports { report.take(event) }
      }
    } catch {
      for report in reports { report.abort(error.message) }
      throw error
    }
    for report in reports { report.end(results, plan) }
    for report in reports { try report.output.finish() }
    return results
  }
}

/// Where a report goes; every write is handed on at once.
final class ReportOutput {
  private let file: OutputFile?

  /// Opens a file, or standard output for `nil`.
  init(_ path: String?) throws(CommandError) {
    guard let path else {
      file = nil
      return
    }
    file = try OutputFile(path)
  }

  func write(_ text: String) {
    if let file {
      file.write(text)
      try? file.finish()
    } else {
      StandardStreams.write(text)
      fflush(stdout)
    }
  }

  /// Errors if anything was lost; standard output is checked when the process ends.
  func finish() throws(CommandError) { try file?.finish() }

  /// Whether the report goes to standard output.
  var isStandard: Bool { file == nil }
}

extension TestReportFormat {
  /// Makes a report of this form.
  func report(
    to output: ReportOutput, options: TestOptions, environment: ProcessEnvironment
  ) -> any TestReport {
    switch self {
    case .tap, .tap14:
      return TAPReport(
        output: output, version: self == .tap ? 13 : 14, captures: options.captures)
    case .junit: return JUnitReport(output: output, captures: options.captures)
    case .json: return JSONReport(output: output, captures: options.captures)
    case .pretty:
      let isTerminal = output.isStandard && StandardStreams.outputIsTerminal
      return PrettyReport(
        output: output, captures: options.captures,
        color: options.color.isOn(isTerminal: isTerminal, environment))
    }
  }
}
