@preconcurrency import Glibc

/// The workers of one run.
struct TestRun {
  let options: TestOptions
  let seed: UInt64
  let files: [String]
  let only: [String: [String]]
  let progress: TestProgress

  /// Runs all files, a number of them at the same time, and tells what happens in the order of the
  /// files.
  func perform(_ take: (TestEvent) -> Void) throws(CommandError) -> [FileResult] {
    let tell = { (event: TestEvent) in
      progress.hide()
      take(event)
    }
    var waiting = Array(files.enumerated())[...]
    var running: [FileRun] = []
    var order = FileOrder()
    var isStopped = false
    defer {
      progress.end()
      for file in running { file.process.stop() }
    }
    while !running.isEmpty || !(waiting.isEmpty || isStopped) {
      while !isStopped, running.count < options.jobs, let (index, file) = waiting.popFirst() {
        let launch = WorkerLaunch(
          file: file, arguments: arguments(for: file), timeout: options.timeout,
          isListing: options.lists)
        running.append(try FileRun(index: index, launch, isBailing: options.bails))
      }
      progress.update(order, running)
      var polled = running.flatMap(\.process.polled)
      poll(&polled, nfds_t(polled.count), 100)
      for file in running {
        guard try file.advance() else {
          order.progress(file, tell)
          continue
        }
        let result = checked(file.result)
        if options.bails, result.isBad { isStopped = true }
        running.removeAll { $0 === file }
        order.finish(file.index, result, tell)
      }
    }
    return order.results
  }

  /// A file from which nothing was left out and that has no tests is at fault.
  private func checked(_ result: FileResult) -> FileResult {
    guard options.selectsEverything, !options.lists, !options.allowsEmpty, result.tests.isEmpty
    else { return result }
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
  func list() throws(CommandError) -> ExitStatus {
    let results = try perform { event in
      guard case .end(let result) = event else { return }
      for line in result.listed { StandardStreams.write(VisibleText.line(line) + "\n") }
      for test in result.tests where test.isBad {
        StandardStreams.report(VisibleText.multiline("\(result.file): \(test.message)"))
      }
    }
    if results.contains(where: \.isBad) { return .notRun }
    let isEmpty = results.allSatisfy(\.listed.isEmpty)
    return isEmpty && !options.allowsEmpty ? .notRun : .success
  }

  private func arguments(for file: String) -> [String] {
    var words = ["--seed", "\(seed)", "--repeat", "\(options.repetitions)"]
    words += options.filters.map { "--filter=\($0)" } + options.exclusions.map { "--exclude=\($0)" }
    words += options.tags.map { "--tag=\($0)" } + (only[file] ?? []).map { "--only=\($0)" }
    if options.shuffles { words.append("--shuffle") }
    if options.bails { words.append("--bail") }
    return words
  }
}
