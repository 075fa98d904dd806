@preconcurrency import Glibc

/// `dvmash test`: runs each file in a process of its own and writes reports.
public enum TestRunner {
  /// Runs the tests; the status to exit with.
  public static func run(_ options: TestOptions) -> Int32 {
    StandardStreams.useDefaultBrokenPipe()
    let environment = ProcessEnvironment()
    do throws(CommandError) {
      return try run(options, environment).rawValue
    } catch {
      StandardStreams.report(error.message)
      return ExitStatus.notRun.rawValue
    }
  }

  private static func run(
    _ options: TestOptions, _ environment: ProcessEnvironment
  ) throws(CommandError) -> ExitStatus {
    var files = try TestFiles.find(options.paths)
    let failed = FailedTests(environment)
    var only: [String: [String]] = [:]
    if options.rerunsFailed {
      let before = failed.load()
      for file in files { only[file] = before[FailedTests.key(file)] }
      files = files.filter { only[$0] != nil }
      if files.isEmpty, !options.allowsEmpty {
        throw CommandError("nothing here failed last time; --allow-empty calls that fine")
      }
    }
    let seed = options.seed ?? UInt64(truncatingIfNeeded: time(nil)) & 0xFFFF
    if let shard = options.shard { files = TestFiles.shard(files, shard) }
    if options.shuffles { files = TestFiles.shuffled(files, seed: seed) }
    let run = TestRun(
      options: options, seed: seed, files: files, only: only,
      progress: TestProgress(options, files: files.count, environment))
    if options.lists { return try run.list() }
    let plan = TestPlan(files: files.count, seed: seed, shard: options.shard)
    let results = try ReportSet(options, environment).write(plan) { tell throws(CommandError) in
      try run.perform(tell)
    }
    failed.update(results, isWhole: options.selectsEverything)
    return status(of: results, options)
  }

  /// Writes one report from the JSON reports of the parts of a run; the status that the whole run
  /// would have had.
  public static func merge(_ options: TestOptions) -> Int32 {
    StandardStreams.useDefaultBrokenPipe()
    let environment = ProcessEnvironment()
    do throws(CommandError) {
      let merged = try MergedRun(options.paths)
      try ReportSet(options, environment).write(merged.plan) { tell in
        merged.files.flatMap(TestEvent.all).forEach(tell)
        return merged.files
      }
      FailedTests(environment).update(merged.files, isWhole: true)
      return status(of: merged.files, options).rawValue
    } catch {
      StandardStreams.report(error.message)
      return ExitStatus.notRun.rawValue
    }
  }

  private static func status(of results: [FileResult], _ options: TestOptions) -> ExitStatus {
    if results.contains(where: \.didNotLoad) { return .notRun }
    if results.contains(where: \.isBad) { return .failure }
    if TestCounts(results).total == 0, !options.allowsEmpty {
      StandardStreams.report("no tests were selected; --allow-empty calls that fine")
      return .notRun
    }
    return .success
  }
}
