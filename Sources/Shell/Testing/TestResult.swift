/// How a test ended.
enum TestOutcome: String {
  case success
  case failure
  case error
  case pending
}

/// One test that ran, or an error outside of any test.
struct TestResult {
  var name: String
  var outcome: TestOutcome
  var message = ""
  var file = ""
  var line = 0
  /// Milliseconds.
  var duration = 0.0
  var output = ""
  /// What an assertion wanted and what it got, where it said so.
  var expected: String?
  var actual: String?
  /// Whether the test is only announced, with `pending`.
  var isToDo = false
  /// Whether it is a test, and not an error outside of any.
  var isTest = true

  /// Whether the run cannot be called passed.
  var isBad: Bool { outcome == .failure || outcome == .error }
}

/// What came of one file.
struct FileResult {
  var file: String
  var tests: [TestResult] = []
  /// Whether the file, rather than a test in it, is at fault.
  var didNotLoad = false
  /// What `--list` found.
  var listed: [String] = []

  var isBad: Bool { didNotLoad || tests.contains(where: \.isBad) }
}

/// The counts of a run.
struct TestCounts {
  var passed = 0
  var failed = 0
  var errors = 0
  var pending = 0

  init(_ files: [FileResult]) {
    for test in files.flatMap(\.tests) {
      switch test.outcome {
      case .success: passed += 1
      case .failure: failed += 1
      case .error: errors += 1
      case .pending: pending += 1
      }
    }
  }

  var total: Int { passed + failed + errors + pending }

  var text: String {
    "\(passed) passed, \(failed) failed, \(errors) errors, \(pending) pending"
  }
}
