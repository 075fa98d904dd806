@preconcurrency import Glibc

/// A worker as the runner sees it.
final class WorkerProcess {
  let index: Int
  private(set) var result: FileResult
  private let child: pid_t
  private let events: Int32
  private let output: Int32
  private var pendingEvents: [UInt8] = []
  private var captured: [UInt8] = []
  private var running: String?
  private var isDone = false
  private var watch = Stopwatch()
  private var killReason: String?
  private let timeout: Double

  /// How much output of one test is kept, in bytes.
  private static let outputLimit = 1 << 20

  /// Starts a worker for a file.
  init(
    index: Int, file: String, arguments: [String], timeout: Double
  ) throws(CommandError) {
    self.index = index
    self.timeout = timeout
    result = FileResult(file: file)
    var eventEnds: [Int32] = [-1, -1]
    var outputEnds: [Int32] = [-1, -1]
    guard pipe(&eventEnds) == 0, pipe(&outputEnds) == 0 else {
      throw CommandError("cannot make a pipe: \(String(cString: strerror(errno)))")
    }
    for end in eventEnds + outputEnds { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    for end in [eventEnds[0], outputEnds[0]] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, outputEnds[1], STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, outputEnds[1], STDERR_FILENO)
    posix_spawn_file_actions_adddup2(&actions, eventEnds[1], TestWorker.descriptor)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var words = (["dvmash", "test-worker"] + arguments + ["--", file]).map { strdup($0) }
    words.append(nil)
    var child = pid_t()
    let status = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, words, environ)
    words.forEach { free($0) }
    posix_spawn_file_actions_destroy(&actions)
    posix_spawnattr_destroy(&attributes)
    close(eventEnds[1])
    close(outputEnds[1])
    self.child = child
    events = eventEnds[0]
    output = outputEnds[0]
    guard status == 0 else {
      close(events)
      close(output)
      throw CommandError("cannot start a worker: \(String(cString: strerror(status)))")
    }
  }

  /// What to poll for.
  var polled: [pollfd] {
    [events, output].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
  }

  /// Reads what is there; true once the worker has ended.
  func advance() -> Bool {
    if killReason == nil, watch.wall > timeout {
      killReason = "took longer than \(timeout) seconds"
      kill(-child, SIGKILL)
    }
    readOutput()
    while let bytes = read(events), !bytes.isEmpty {
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

  private var isAtEnd = false

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

  private func readOutput() {
    while let bytes = read(output), !bytes.isEmpty {
      captured += bytes.prefix(max(0, Self.outputLimit - captured.count))
    }
  }

  private func takeOutput() -> String {
    defer { captured = [] }
    return String(decoding: captured, as: UTF8.self)
  }

  private func take(_ message: WorkerMessage) {
    var test = TestResult(
      name: message["name"], outcome: TestOutcome(rawValue: message["status"]) ?? .error,
      message: message["message"], file: message["file"], line: Int(message["line"]) ?? 0,
      duration: Double(message["duration"]) ?? 0)
    switch message["event"] {
    case "start":
      running = message["name"]
      watch = Stopwatch()
    case "end":
      running = nil
      watch = Stopwatch()
      test.output = takeOutput()
      result.tests.append(test)
    case "error":
      test.output = takeOutput()
      result.tests.append(test)
      if message["load"] == "true" { result.didNotLoad = true }
    case "list": result.listed.append(message["name"])
    case "done": isDone = true
    default: break
    }
  }

  /// Waits for the process and tells what went wrong with it.
  private func finish() {
    close(events)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    kill(-child, SIGKILL)
    readOutput()
    close(output)
    let signal = status & 0x7F
    guard !isDone || signal != 0 || killReason != nil else { return }
    if result.didNotLoad, killReason == nil, signal == 0 { return }
    let reason =
      killReason ?? (signal != 0 ? "died of signal \(signal)" : "ended with status \(status >> 8)")
    let what = running.map { "the test '\($0)'" } ?? "the process"
    result.tests.append(
      TestResult(
        name: running ?? result.file, outcome: .error,
        message: "\(what) \(reason); the tests after it did not run", file: result.file,
        output: takeOutput()))
  }

  /// Ends the worker at once, when the whole run ends.
  func stop() {
    kill(-child, SIGKILL)
    var status: Int32 = 0
    waitpid(child, &status, 0)
    close(events)
    close(output)
  }
}
