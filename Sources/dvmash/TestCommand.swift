import ArgumentParser
import Shell

/// What `dvmash test` and its workers share.
struct TestSelection: ParsableArguments {
  @Option(
    help: ArgumentHelp("Run tests whose full name matches; may be repeated.", valueName: "pattern"))
  var filter: [String] = []

  @Option(help: ArgumentHelp("Leave out tests whose full name matches.", valueName: "pattern"))
  var exclude: [String] = []

  @Option(help: ArgumentHelp("Run tests with #tag in their names.", valueName: "tag"))
  var tag: [String] = []

  @Flag(help: "List the tests instead of running them.")
  var list = false

  @Flag(help: "Run files and tests in an order drawn from the seed.")
  var shuffle = false

  @Option(
    name: .customLong("repeat"),
    help: ArgumentHelp("Run each file's tests n times.", valueName: "n"))
  var repetitions = 1

  @Flag(help: "Stop at the first failure.")
  var bail = false

  func validate() throws {
    guard (1...1_000_000).contains(repetitions) else {
      throw ValidationError("--repeat is \(repetitions); it must be 1 or more.")
    }
  }

  var options: TestOptions {
    var options = TestOptions()
    options.filters = filter
    options.exclusions = exclude
    options.tags = tag
    options.lists = list
    options.shuffles = shuffle
    options.repetitions = repetitions
    options.bails = bail
    return options
  }
}

/// `dvmash test`: acceptance scripts.
struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Run acceptance scripts written for busted, each file in a process of its own.",
    discussion: """
      Files are run as they are named; of a folder, every *_spec.lua below it. Exit status: 0 where \
      all passed, 1 where a test failed, 2 where nothing was selected, a file did not load or a \
      report could not be written.

      A test that hangs or dies takes only itself along: the tests after it run in a new process. \
      --shard runs a part of the files, on another machine perhaps, and --merge makes one report, and \
      one status, of the JSON reports of all parts. docs/acceptance.md shows both.
      """)

  @Argument(
    help: "Files and folders (default: the working directory), or reports for --merge.",
    completion: .file())
  var paths: [String] = []

  @OptionGroup var selection: TestSelection

  @Option(
    help: ArgumentHelp(
      "pretty, tap, tap14, junit or json; =file sends it there. May be repeated.",
      valueName: "format[=file]"))
  var format: [ReportChoice] = []

  @Option(help: ArgumentHelp("The seed of order, engine and random numbers.", valueName: "n"))
  var seed: UInt64?

  @Option(help: ArgumentHelp("Seconds that one test may take.", valueName: "seconds"))
  var timeout = 60.0

  @Flag(help: "Let a run without tests pass.")
  var allowEmpty = false

  @Option(name: .shortAndLong, help: ArgumentHelp("Files to run at the same time.", valueName: "n"))
  var jobs = 1

  @Option(help: ArgumentHelp("Run part i of n of the files.", valueName: "i/n"))
  var shard: TestShard?

  @Flag(help: "Make one report of the JSON reports of the parts of a run; runs nothing.")
  var merge = false

  @Option(help: "Whether the output of tests goes into the report: on or off.")
  var capture: Switch = .on

  @Flag(help: "Run only what failed last time.")
  var rerunFailed = false

  @Option(help: "When to use colours: auto, always or never.")
  var color: ColorChoice = .auto

  func validate() throws {
    guard timeout > 0, timeout < 1e9 else {
      throw ValidationError("--timeout is \(timeout); it must be a number of seconds above 0.")
    }
    guard (1...1024).contains(jobs) else {
      throw ValidationError("--jobs is \(jobs); it must be 1 to 1024.")
    }
    guard format.filter({ $0.file == nil }).count <= 1 else {
      throw ValidationError("Only one report can go to standard output; give the others a =file.")
    }
    guard !merge || !paths.isEmpty else {
      throw ValidationError("--merge needs the JSON reports of the parts.")
    }
  }

  func run() throws {
    var options = selection.options
    options.paths = paths.isEmpty ? ["."] : paths
    options.reports = format.map { ($0.format, $0.file) }
    if options.reports.isEmpty {
      options.reports = [(StandardStreams.outputIsTerminal ? .pretty : .tap, nil)]
    }
    options.seed = seed
    options.timeout = timeout
    options.allowsEmpty = allowEmpty
    options.jobs = jobs
    options.shard = shard
    options.captures = capture == .on
    options.rerunsFailed = rerunFailed
    options.color = color
    throw ExitCode(merge ? TestRunner.merge(options) : TestRunner.run(options))
  }
}

/// The process that `dvmash test` starts for a file.
struct TestWorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test-worker", abstract: "Run one file for dvmash test.", shouldDisplay: false)

  @Argument var file: String
  @OptionGroup var selection: TestSelection
  @Option var seed: UInt64
  @Option var only: [String] = []
  @Option var skip = 0
  @Option var marker: String

  func run() throws {
    throw ExitCode(
      TestWorker.run(
        file: file, options: selection.options, seed: seed, only: only, skipped: skip,
        marker: marker))
  }
}

/// A report and where it goes: `tap`, `junit=report.xml`.
struct ReportChoice: ExpressibleByArgument {
  let format: TestReportFormat
  let file: String?

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let format = TestReportFormat(rawValue: String(parts[0])), parts.last != "" else {
      return nil
    }
    self.format = format
    file = parts.count == 2 ? String(parts[1]) : nil
  }
}

extension TestShard: ExpressibleByArgument {
  /// Reads `2/5`.
  public init?(argument: String) { self.init(argument) }
}

/// On or off.
enum Switch: String, ExpressibleByArgument, CaseIterable {
  case on
  case off
}
