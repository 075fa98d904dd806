/// What `dvmash test` was asked for.
public struct TestOptions: Sendable {
  /// Files and folders.
  public var paths: [String] = []
  /// Reports, each a format and the file it goes to (`nil`: standard output).
  public var reports: [(format: TestReportFormat, file: String?)] = []
  /// Lua patterns of full names to run.
  public var filters: [String] = []
  /// Lua patterns of full names to leave out.
  public var exclusions: [String] = []
  /// Tags to run.
  public var tags: [String] = []
  /// Whether to list instead of running.
  public var lists = false
  /// Whether files and tests run in an order drawn from the seed.
  public var shuffles = false
  /// The seed; drawn where it is `nil`.
  public var seed: UInt64?
  /// How often each file's tests run.
  public var repetitions = 1
  /// Whether to stop at the first failure.
  public var bails = false
  /// Seconds that one test may take.
  public var timeout = 60.0
  /// Whether a run without tests is fine.
  public var allowsEmpty = false
  /// How many files run at the same time.
  public var jobs = 1
  /// Which part of the files runs.
  public var shard: TestShard?
  /// Whether the output of tests goes into the report.
  public var captures = true
  /// Whether only what failed last time runs.
  public var rerunsFailed = false
  /// When the pretty report is coloured.
  public var color = ColorChoice.auto

  /// Asks for nothing.
  public init() {}

  /// Whether all tests of the files run.
  var selectsEverything: Bool {
    filters.isEmpty && exclusions.isEmpty && tags.isEmpty && !rerunsFailed
  }
}

/// A part of a run, for one of several machines.
public struct TestShard: Equatable, Sendable {
  /// Which part, from 1.
  public let index: Int
  /// How many parts there are.
  public let count: Int

  /// Reads `2/5`; `nil` where it is no part of a whole.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]), count > 0,
      (1...count).contains(index)
    else { return nil }
    self.index = index
    self.count = count
  }

  /// As the command line has it.
  public var text: String { "\(index)/\(count)" }
}

/// The forms of a report.
public enum TestReportFormat: String, CaseIterable, Sendable {
  /// For people.
  case pretty
  /// TAP version 13.
  case tap
  /// TAP version 14.
  case tap14
  /// JUnit XML as Jenkins reads it.
  case junit
  /// One JSON object a line.
  case json
}
