/// Test Anything Protocol: each file is a test whose tests are a subtest.
struct TAPReport: TestReport {
  let output: ReportOutput
  let version: Int
  let captures: Bool
  private let counter = Counter()

  private final class Counter { var files = 0 }

  init(output: ReportOutput, version: Int, captures: Bool) {
    self.output = output
    self.version = version
    self.captures = captures
  }

  func begin(_ plan: TestPlan) {
    let skip = plan.files == 0 ? " # SKIP no files" : ""
    output.write("TAP version \(version)\n1..\(plan.files)\(skip)\n# seed \(plan.seed)\n")
  }

  /// Adds a file at its end, as the number of its tests comes first.
  func take(_ event: TestEvent) {
    guard case .end(let file) = event else { return }
    counter.files += 1
    var text = "# Subtest: \(Self.name(file.file))\n    1..\(file.tests.count)\n"
    for (index, test) in file.tests.enumerated() { text += entry(test, number: index + 1) }
    let isBad = file.isBad
    text += "\(isBad ? "not ok" : "ok") \(counter.files) - \(Self.name(file.file))"
    if file.tests.isEmpty, !isBad { text += " # SKIP no tests" }
    output.write(text + "\n")
  }

  func end(_ files: [FileResult], _ plan: TestPlan) {
    output.write("# \(TestCounts(files).text), seed \(plan.seed)\n")
  }

  func abort(_ reason: String) { output.write("Bail out! \(VisibleText.line(reason))\n") }

  private func entry(_ test: TestResult, number: Int) -> String {
    let isToDo = test.outcome == .pending && test.isToDo
    var text =
      "    \(test.isBad || isToDo ? "not ok" : "ok") \(number) - \(Self.name(test.name))"
    if test.outcome == .pending {
      let reason = test.message.isEmpty ? "pending" : test.message
      text += (isToDo ? " # TODO " : " # SKIP ") + Self.name(reason)
    }
    text += "\n"
    if test.isBad || (captures && !test.output.isEmpty) { text += diagnostics(test) }
    return text
  }

  private func diagnostics(_ test: TestResult) -> String {
    var fields = [("duration_ms", "\(test.duration)")]
    if test.isBad {
      fields.insert(("message", JSONText.quoted(test.message)), at: 0)
      fields.append(("severity", test.outcome == .error ? "error" : "fail"))
      if let expected = test.expected { fields.append(("expected", JSONText.quoted(expected))) }
      if let actual = test.actual { fields.append(("actual", JSONText.quoted(actual))) }
    }
    if !test.file.isEmpty {
      fields.append(("file", JSONText.quoted(test.file)))
      fields.append(("line", "\(test.line)"))
    }
    if captures, !test.output.isEmpty { fields.append(("output", JSONText.quoted(test.output))) }
    return "      ---\n" + fields.map { "      \($0): \($1)\n" }.joined() + "      ...\n"
  }

  /// A name on one line, with what TAP gives a meaning escaped.
  private static func name(_ text: String) -> String {
    VisibleText.line(text).map { $0 == "\\" ? "\\\\" : $0 == "#" ? "\\#" : String($0) }.joined()
  }
}
