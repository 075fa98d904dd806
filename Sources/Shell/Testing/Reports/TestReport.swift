@preconcurrency import Glibc

/// A report that is written as results come.
protocol TestReport {
  var output: ReportOutput { get }
  func begin(files: Int, seed: UInt64)
  func add(_ file: FileResult)
  func end(_ files: [FileResult], seed: UInt64)
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
    case .junit: return JUnitReport(output: output)
    case .json: return JSONReport(output: output)
    case .pretty:
      let isTerminal = output.isStandard && StandardStreams.outputIsTerminal
      return PrettyReport(
        output: output, captures: options.captures,
        color: options.color.isOn(isTerminal: isTerminal, environment))
    }
  }
}
