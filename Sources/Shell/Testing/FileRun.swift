/// One file on its way through its workers.
///
/// A worker that dies in the middle of a test takes only that test with it: another one begins after
/// it. Where a worker dies between tests, or in what prepares them, another would die at the same
/// place; then one more worker only lists the tests, and those that were not reached are reported as
/// not run. Each death takes at least one test out of the way, so this comes to an end.
final class FileRun {
  /// The place of the file in the run.
  let index: Int
  /// What is known so far; complete once `advance` is true.
  private(set) var result: FileResult

  private let launch: WorkerLaunch
  private let isBailing: Bool
  private var worker: WorkerProcess
  /// How many tests had their turn in earlier workers.
  private var begun = 0
  /// Why the rest of the tests is only listed.
  private var reasonOfRest: String?

  /// Starts the first worker.
  init(index: Int, _ launch: WorkerLaunch, isBailing: Bool) throws(CommandError) {
    self.index = index
    self.launch = launch
    self.isBailing = isBailing
    result = FileResult(file: launch.file)
    worker = try WorkerProcess(launch)
  }

  /// The tests that are known to have ended; what comes is added at the end.
  var known: [TestResult] {
    reasonOfRest == nil ? result.tests + worker.tests : result.tests
  }

  /// The worker of now.
  var process: WorkerProcess { worker }

  /// Goes on as far as it can without waiting; true once the file is done.
  func advance() throws(CommandError) -> Bool {
    guard worker.advance() else { return false }
    if let reasonOfRest {
      result.tests += worker.begun.dropFirst(begun).map {
        TestResult(notRun: $0, in: launch.file, because: reasonOfRest)
      }
      return true
    }
    result.tests += worker.tests
    result.listed += worker.listed
    result.didNotLoad = result.didNotLoad || worker.didNotLoad
    begun += worker.begun.count
    guard let death = worker.death else { return true }
    return try replaceWorker(after: death)
  }

  private func replaceWorker(after death: WorkerDeath) throws(CommandError) -> Bool {
    let isLoaded = worker.isLoaded
    if !isLoaded { result.didNotLoad = true }
    let goesOn = death.isInBody && !isBailing
    let rest = goesOn ? "the tests after it run in a new process" : "the tests after it did not run"
    let what = death.test.map { "the test '\($0)'" } ?? "the process"
    var test = TestResult(
      name: death.test ?? launch.file, outcome: .error,
      message: "\(what) \(death.reason); \(rest)", file: launch.file, output: death.output)
    test.isTest = death.test != nil
    result.tests.append(test)
    guard isLoaded, !isBailing else { return true }
    var next = launch
    if goesOn {
      next.arguments += ["--skip", "\(begun)"]
    } else {
      reasonOfRest = "\(what) \(death.reason)"
      next.isListing = true
    }
    worker = try WorkerProcess(next)
    return false
  }
}
