/// The line of progress of a run of tests; what the reports write is written where it was.
struct TestProgress {
  private let line: ProgressLine
  private let total: Int

  /// A line for so many files; none where the output of tests goes to the terminal as it comes.
  init(_ options: TestOptions, files: Int, _ environment: ProcessEnvironment) {
    line = ProgressLine(options.color, isQuiet: !options.captures, environment)
    total = files
  }

  /// Shows how far the run has come.
  func update(_ order: FileOrder, _ running: [FileRun]) {
    line.update {
      let done = order.finishedResults
      let tests = done.reduce(0) { $0 + $1.tests.count } + running.reduce(0) { $0 + $1.known.count }
      let names = running.map { $0.result.file.split(separator: "/").last ?? "" }
        .joined(separator: ", ")
      return "testing: \(done.count) of \(total) files, \(tests) tests; \(names)"
    }
  }

  /// Takes the line away before something is written; it comes back with the next `update`.
  func hide() { line.hide() }

  /// Takes the line away for good.
  func end() { line.end() }
}
