@preconcurrency import Glibc

/// `dvmash test`: runs each file in a process of its own and writes reports.
public enum TestRunner {
  /// Runs the tests; the status to exit with.
  public static func run(_ options: TestOptions) -> Int32 {
    StandardStreams.useDefaultBrokenPipe()
    let environment = ProcessEnvironment()
    do throws(CommandError) {
      var files = try TestFiles.find(options.paths)
      let failed = FailedTests(environment)
      let before = options.rerunsFailed ? failed.load() : [:]
      if options.rerunsFailed { files = files.filter { before[$0] != nil } }
      let seed = options.seed ?? UInt64(truncatingIfNeeded: time(nil)) & 0xFFFF
      if let shard = options.shard {
        files = TestFiles.shard(files, index: shard.index, count: shard.count)
      }
      if options.shuffles { files = TestFiles.shuffled(files, seed: seed) }
      var run = TestRun(options: options, seed: seed, files: files, only: before)
      if options.lists { return try run.list() }
      var reports: [any TestReport] = []
      for (format, file) in options.reports {
        reports.append(
          try format.report(to: ReportOutput(file), options: options, environment: environment))
      }
      for report in reports { report.begin(files: files.count, seed: seed) }
      let results = try run.perform { result in
        for report in reports { report.add(result) }
      }
      failed.save(results)
      for report in reports { report.end(results, seed: seed) }
      for report in reports { try report.output.finish() }
      return status(of: results, options)
    } catch {
      StandardStreams.report(error.message)
      return ExitStatus.notRun.rawValue
    }
  }

  private static func status(of results: [FileResult], _ options: TestOptions) -> Int32 {
    let count = TestCounts(results).total
    if results.contains(where: \.didNotLoad) { return ExitStatus.notRun.rawValue }
    if results.contains(where: \.isBad) { return ExitStatus.failure.rawValue }
    if count == 0, !options.allowsEmpty {
      StandardStreams.report("no tests were selected; --allow-empty calls that fine")
      return ExitStatus.notRun.rawValue
    }
    return ExitStatus.success.rawValue
  }
}

/// The workers of one run.
struct TestRun {
  let options: TestOptions
  let seed: UInt64
  let files: [String]
  let only: [String: [String]]

  /// Runs all files, a number of them at the same time; results are handed on in the order of the
  /// files.
  mutating func perform(
    _ body: (FileResult) -> Void
  ) throws(CommandError) -> [FileResult] {
    var waiting = Array(files.enumerated())[...]
    var workers: [WorkerProcess] = []
    var finished: [Int: FileResult] = [:]
    var results: [FileResult] = []
    var isStopped = false
    defer { for worker in workers { worker.stop() } }
    while !workers.isEmpty || !(waiting.isEmpty || isStopped) {
      while !isStopped, workers.count < options.jobs, let (index, file) = waiting.popFirst() {
        workers.append(
          try WorkerProcess(
            index: index, file: file, arguments: arguments(for: file), timeout: options.timeout))
      }
      var polled = workers.flatMap(\.polled)
      poll(&polled, nfds_t(polled.count), 100)
      for worker in workers where worker.advance() {
        finished[worker.index] = checked(worker.result)
        if options.bails, worker.result.isBad { isStopped = true }
        workers.removeAll { $0 === worker }
      }
      while let result = finished.removeValue(forKey: results.count) {
        results.append(result)
        body(result)
      }
    }
    for (_, result) in finished.sorted(by: { $0.key < $1.key }) {
      results.append(result)
      body(result)
    }
    return results
  }

  /// A file from which nothing was left out and that has no tests is at fault.
  private func checked(_ result: FileResult) -> FileResult {
    let isWhole = options.filters.isEmpty && options.exclusions.isEmpty && options.tags.isEmpty
    guard isWhole, !options.lists, !options.allowsEmpty, result.tests.isEmpty else { return result }
    var result = result
    result.didNotLoad = true
    result.tests = [
      TestResult(
        name: result.file, outcome: .error,
        message: "the file has no tests; --allow-empty calls that fine", file: result.file)
    ]
    return result
  }

  /// Lists the tests.
  mutating func list() throws(CommandError) -> Int32 {
    let results = try perform { result in
      for line in result.listed { StandardStreams.write(VisibleText.line(line) + "\n") }
      for test in result.tests where test.isBad {
        StandardStreams.report(VisibleText.multiline("\(result.file): \(test.message)"))
      }
    }
    if results.contains(where: \.isBad) { return ExitStatus.notRun.rawValue }
    let isEmpty = results.allSatisfy(\.listed.isEmpty)
    return (isEmpty && !options.allowsEmpty ? ExitStatus.notRun : .success).rawValue
  }

  private func arguments(for file: String) -> [String] {
    var words = ["--seed", "\(seed)", "--repeat", "\(options.repetitions)"]
    words += options.filters.map { "--filter=\($0)" } + options.exclusions.map { "--exclude=\($0)" }
    words += options.tags.map { "--tag=\($0)" } + (only[file] ?? []).map { "--only=\($0)" }
    if options.shuffles { words.append("--shuffle") }
    if options.bails { words.append("--bail") }
    if options.lists { words.append("--list") }
    return words
  }
}
