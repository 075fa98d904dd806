@preconcurrency import Glibc
import LuaRuntime
import Synchronization

/// The process that runs one file of tests, in a Lua state and with machines of its own.
public enum TestWorker {
  /// The descriptor on which the runner listens.
  static let eventDescriptor: Int32 = 3
  /// The descriptor of the pipe for output, beside standard output, which a test may redirect.
  static let outputDescriptor: Int32 = 4

  /// What to write after the output of each test; `nil` where there is no runner.
  private static let marker = Mutex<String?>(nil)

  /// Runs the tests of a file and tells the runner; the status is 0 if the worker did its job.
  ///
  /// - Parameters:
  ///   - only: full names of tests, where not all are to run.
  ///   - skipped: how many tests earlier workers have dealt with.
  ///   - marker: what to write after the output of each test.
  public static func run(
    file: String, options: TestOptions, seed: UInt64, only: [String], skipped: Int, marker: String
  ) -> Int32 {
    // What a test starts must not keep the runner waiting.
    for descriptor in [eventDescriptor, outputDescriptor] {
      guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
        StandardStreams.report("test-worker is started by dvmash test")
        return ExitStatus.usage.rawValue
      }
    }
    Self.marker.withLock { $0 = marker }
    RunnerWatch.start()
    var settings = RunOptions()
    settings.script = file
    settings.commandLine = [CommandLine.arguments.first ?? "dvmash", file]
    settings.ignoresEnvironment = true
    settings.isTestWorker = true
    settings.seed = seed
    let context = ShellContext(settings)
    defer { context.closeSession() }
    do {
      try start(
        context, file: file, options: options, seed: seed, only: only, skipped: skipped)
      send(["event": "done"])
      return ExitStatus.success.rawValue
    } catch {
      let failure = RunFailure(error)
      let isExit = (error as? LuaFailure).map { if case .exit = $0.kind { true } else { false } }
      let message = isExit == true ? "the process was left" : failure.report
      send(["event": "error", "name": file, "message": message, "file": file, "load": "true"])
      return ExitStatus.failure.rawValue
    }
  }

  private static func start(
    _ context: ShellContext, file: String, options: TestOptions, seed: UInt64, only: [String],
    skipped: Int
  ) throws {
    let state = try context.session().state
    try state.run(
      "for _, v in ipairs { '5.4', '5.3', '5.1' } do "
        + "package.path = package.path .. ';/usr/share/lua/' .. v .. '/?.lua;/usr/share/lua/' "
        + ".. v .. '/?/init.lua' end", name: "=dvmash")
    // From here on only the worker's script has it: a test must not tell of itself.
    let emit = try state.run(
      "local emit = shell.test_event shell.test_event = nil return emit", name: "=dvmash")
    func list(_ items: [String]) -> LuaValue { .list(items.map(LuaValue.string)) }
    let filters = only.isEmpty ? options.filters : only.map(exactly)
    let table = LuaValue.record([
      ("file", .string(file)), ("filters", list(filters)),
      ("exclusions", list(options.exclusions)), ("tags", list(options.tags)),
      ("list", .boolean(options.lists)), ("shuffle", .boolean(options.shuffles)),
      ("bail", .boolean(options.bails)), ("seed", .integer(Int64(seed & 0x7FFF_FFFF))),
      ("repetitions", .integer(Int64(options.repetitions))), ("skipped", .integer(Int64(skipped))),
    ])
    let arguments: [any LuaResult] = [table] + emit
    try state.run(WorkerScript.text, name: "=dvmash test", arguments: arguments)
  }

  /// A Lua pattern that only the name itself matches.
  private static func exactly(_ name: String) -> String {
    "^"
      + name.unicodeScalars.map { scalar in
        scalar.isASCII && !LuaNames.isNameByte(UInt8(scalar.value)) && scalar.value > 0
          ? "%\(scalar)" : String(scalar)
      }.joined() + "$"
  }

  /// Declares what the worker's script tells the runner with.
  static func declare(_ m: ModuleBuilder) {
    m.function(
      "test_event", "Tells the runner of dvmash test what a test does",
      Parameter<LuaValue>("event", "Strings by name"),
      documentation: .init(details: "Only the script of a worker gets to see it.")
    ) { event in
      guard case .record(let fields) = event else { return }
      var texts: [String: String] = [:]
      for (name, value) in fields { texts[name] = text(of: value) }
      send(texts)
    }
  }

  private static func text(of value: LuaValue) -> String {
    switch value {
    case .string(let text): text
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .integer(let number): "\(number)"
    case .boolean(let flag): "\(flag)"
    default: value.float.map { "\($0)" } ?? ""
    }
  }

  private static func send(_ fields: [String: String]) {
    guard let marker = marker.withLock({ $0 }) else { return }
    fflush(stdout)
    if fields["event"] == "end" || fields["event"] == "error" {
      write(marker, to: outputDescriptor)
    }
    write(WorkerMessage(fields).line, to: eventDescriptor)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
