@preconcurrency import Glibc

/// What a worker is started with.
struct WorkerLaunch {
  /// The file of tests.
  var file: String
  /// The words of its command line before the file.
  var arguments: [String]
  /// Seconds that one test may take.
  var timeout: Double
  /// Whether the tests are only listed.
  var isListing: Bool
}

/// A worker as the runner sees it.
final class WorkerProcess {
  /// The tests that ended, and errors outside of tests.
  private(set) var tests: [TestResult] = []
  /// What `--list` found.
  private(set) var listed: [String] = []
  /// The full names of the tests whose turn came, in order.
  private(set) var begun: [String] = []
  /// Whether the file was at fault when it was loaded.
  private(set) var didNotLoad = false
  /// Whether the file got as far as a block of tests.
  private(set) var isLoaded = false
  /// How the process ended too early.
  private(set) var death: WorkerDeath?

  private let launch: WorkerLaunch
  private let child: pid_t
  private let events: Int32
  private let output: Int32
  private var pendingEvents: [UInt8] = []
  private var capture: OutputCapture
  private var isAtEnd = false
  private var isDone = false
  /// The test whose turn it is, and whether it got beyond what prepares it.
  private var running: (name: String, isInBody: Bool)?
  private var watch = Stopwatch()
  private var killReason: String?

  /// How much output of one test is kept, in bytes.
  private static let outputLimit = 1 << 20
  /// The most that a pipe can hold, in bytes: what was printed before an event is all read with it.
  private static let pipeCapacity = 1 << 20
  /// Seconds that a file may take at least until its first block of tests: the limit of one test may
  /// be shorter than a busy computer needs to start a process.
  private static let loadTime = 30.0

  /// Starts a worker.
  init(_ launch: WorkerLaunch) throws(CommandError) {
    self.launch = launch
    capture = OutputCapture(
      marker: "\u{1}end \(UInt64.random(in: 0...UInt64.max))\u{1}", limit: Self.outputLimit)
    var words = ["dvmash", "test-worker", "--marker", capture.marker] + launch.arguments
    if launch.isListing { words.append("--list") }
    let started = try WorkerSpawn.start(words + ["--", launch.file])
    child = started.child
    events = started.events
    output = started.output
  }

  /// What to poll for.
  var polled: [pollfd] {
    [events, output].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
  }

  /// Reads what is there; true once the worker has ended.
  func advance() -> Bool {
    let limit = isLoaded ? launch.timeout : max(launch.timeout, Self.loadTime)
    if killReason == nil, watch.wall > limit {
      killReason = "took longer than \(limit) seconds"
      kill(-child, SIGKILL)
    }
    readOutput()
    // What comes later is read the next time: nobody who floods this pipe is waited for.
    var count = 0
    while count < Self.pipeCapacity, let bytes = read(events), !bytes.isEmpty {
      count += bytes.count
      readOutput()
      pendingEvents += bytes
      while let end = pendingEvents.firstIndex(of: UInt8(ascii: "\n")) {
        if let message = WorkerMessage(line: pendingEvents[..<end]) { take(message) }
        pendingEvents.removeSubrange(...end)
      }
    }
    guard isAtEnd else { return false }
    finish()
    return true
  }

  /// Ends the worker at once, when the whole run ends.
  func stop() {
    kill(-child, SIGKILL)
    var status: Int32 = 0
    waitpid(child, &status, 0)
    close(events)
    close(output)
  }

  /// Reads what a pipe has; empty when there is nothing now, `nil` at its end.
  private func read(_ descriptor: Int32) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count > 0 { return Array(buffer.prefix(count)) }
      if count < 0 && errno == EINTR { continue }
      if count < 0 && errno == EAGAIN { return [] }
      if descriptor == events { isAtEnd = true }
      return nil
    }
  }

  /// Reads what a worker has printed so far, and no more than a pipe can hold: one that never stops
  /// printing would keep the runner from everything else.
  private func readOutput() {
    var count = 0
    while count < Self.pipeCapacity, let bytes = read(output), !bytes.isEmpty {
      capture.append(bytes)
      count += bytes.count
    }
  }

  private func take(_ message: WorkerMessage) {
    switch message["event"] {
    case "loaded":
      closeTest()
      isLoaded = true
    case "begin":
      closeTest()
      isLoaded = true
      begun.append(message["name"])
      running = (message["name"], false)
      watch = Stopwatch()
    case "start":
      running?.isInBody = true
      watch = Stopwatch()
    case "end":
      running = nil
      watch = Stopwatch()
      tests.append(TestResult(message, output: capture.take()))
    case "error":
      tests.append(TestResult(message, output: capture.take()))
      if message["load"] == "true" { didNotLoad = true }
    case "list": listed.append(message["name"])
    case "done":
      closeTest()
      isDone = true
    default: break
    }
  }

  /// A test whose turn is over without an end never ran.
  private func closeTest() {
    guard let test = running else { return }
    running = nil
    if launch.isListing { return }
    tests.append(
      TestResult(notRun: test.name, in: launch.file, because: "what comes before it failed"))
  }

  /// Waits for the process and finds out what went wrong with it.
  private func finish() {
    close(events)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    kill(-child, SIGKILL)
    readOutput()
    close(output)
    let signal = status & 0x7F
    guard !isDone || signal != 0 || killReason != nil else { return }
    if didNotLoad, killReason == nil, signal == 0 { return }
    let reason =
      killReason ?? (signal != 0 ? "died of signal \(signal)" : "ended with status \(status >> 8)")
    death = WorkerDeath(
      test: running?.name, isInBody: running?.isInBody ?? false, reason: reason,
      output: capture.take())
  }
}

/// How a worker ended before its work was done.
struct WorkerDeath {
  /// The test whose turn it was.
  var test: String?
  /// Whether the test itself ran, and not what prepares it.
  var isInBody: Bool
  /// What happened, after "the process" or "the test".
  var reason: String
  /// What was printed last.
  var output: String
}

extension TestResult {
  /// What a worker told about a test, or about an error outside of tests.
  fileprivate init(_ message: WorkerMessage, output: String) {
    self.init(
      name: message["name"], outcome: TestOutcome(rawValue: message["status"]) ?? .error,
      message: message["message"], file: message["file"], line: Int(message["line"]) ?? 0,
      duration: Double(message["duration"]) ?? 0, output: output)
    isTest = message["event"] == "end"
    isToDo = message["todo"] == "true"
    expected = message.fields["expected"]
    actual = message.fields["actual"]
  }

  /// A test that was to run and did not.
  init(notRun name: String, in file: String, because reason: String) {
    self.init(name: name, outcome: .error, message: "did not run: \(reason)", file: file)
  }
}
