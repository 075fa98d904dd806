import FoundationEssentials

/// A report that `--format json` wrote, read back.
struct SavedReport {
  let path: String
  let plan: TestPlan
  private(set) var files: [FileResult] = []

  /// One line of the report; which fields there are depends on the event.
  private struct Line: Decodable {
    var event: String
    var files: Int?
    var seed: UInt64?
    var shard: String?
    var version: String?
    var file: String?
    var name: String?
    var status: String?
    var message: String?
    var at: String?
    var line: Int?
    var durationMs: Double?
    var output: String?
    var expected: String?
    var actual: String?
    var todo: Bool?
    var outside: Bool?
    var tests: Int?
    var loaded: Bool?
  }

  /// Reads a report; errors where it is not one, or was cut off.
  init(_ path: String) throws(CommandError) {
    self.path = path
    let bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw CommandError("cannot read the report '\(path)'")
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    var lines: [Line] = []
    for (number, text) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
      guard let line = try? decoder.decode(Line.self, from: Data(text)) else {
        throw CommandError("'\(path)' is no report: line \(number + 1) is no event")
      }
      lines.append(line)
    }
    guard let start = lines.first, start.event == "start", let seed = start.seed,
      let count = start.files
    else { throw CommandError("'\(path)' is no report of --format json: it has no start") }
    guard start.version == DVMashVersion.text else {
      throw CommandError(
        "'\(path)' was written by version \(start.version ?? "unknown"), "
          + "and this is \(DVMashVersion.text)")
    }
    plan = TestPlan(files: count, seed: seed, shard: start.shard.flatMap(TestShard.init))
    guard lines.last?.event == "end" else {
      throw CommandError("'\(path)' has no end: that part of the run did not come to its end")
    }
    var tests: [TestResult] = []
    for line in lines.dropFirst().dropLast() {
      switch line.event {
      case "test": tests.append(Self.test(line))
      case "file":
        var file = FileResult(file: line.file ?? "")
        file.tests = tests
        file.didNotLoad = line.loaded != true
        guard line.tests == tests.count else { throw Self.incomplete(path) }
        files.append(file)
        tests = []
      default: throw Self.incomplete(path)
      }
    }
    guard tests.isEmpty, files.count == count else { throw Self.incomplete(path) }
  }

  private static func incomplete(_ path: String) -> CommandError {
    CommandError("'\(path)' does not have all the results that it announces")
  }

  private static func test(_ line: Line) -> TestResult {
    var test = TestResult(
      name: line.name ?? "", outcome: TestOutcome(rawValue: line.status ?? "") ?? .error,
      message: line.message ?? "", file: line.at ?? line.file ?? "", line: line.line ?? 0,
      duration: line.durationMs ?? 0, output: line.output ?? "")
    test.expected = line.expected
    test.actual = line.actual
    test.isToDo = line.todo ?? false
    test.isTest = line.outside != true
    return test
  }
}
