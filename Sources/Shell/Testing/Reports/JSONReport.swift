/// One JSON object a line: start, each test, each file, end.
///
/// `SavedReport` reads it back.
struct JSONReport: TestReport {
  let output: ReportOutput
  let captures: Bool

  func begin(_ plan: TestPlan) {
    write(
      [
        ("event", .string("start")), ("files", .number("\(plan.files)")),
        ("seed", .number("\(plan.seed)")),
      ] + (plan.shard.map { [("shard", .string($0.text))] } ?? []) + [
        ("version", .string(DVMashVersion.text))
      ])
  }

  func take(_ event: TestEvent) {
    switch event {
    case .file: break
    case .test(let test, let file): add(test, of: file)
    case .end(let file): add(file)
    }
  }

  private func add(_ test: TestResult, of file: String) {
    var fields: [(String, Tree)] = [
      ("event", .string("test")), ("file", .string(file)), ("name", .string(test.name)),
      ("status", .string(test.outcome.rawValue)), ("duration_ms", .number("\(test.duration)")),
    ]
    if !test.message.isEmpty { fields.append(("message", .string(test.message))) }
    if !test.file.isEmpty, test.file != file { fields.append(("at", .string(test.file))) }
    if test.line > 0 { fields.append(("line", .number("\(test.line)"))) }
    if let expected = test.expected { fields.append(("expected", .string(expected))) }
    if let actual = test.actual { fields.append(("actual", .string(actual))) }
    if test.isToDo { fields.append(("todo", .boolean(true))) }
    if !test.isTest { fields.append(("outside", .boolean(true))) }
    if captures, !test.output.isEmpty { fields.append(("output", .string(test.output))) }
    write(fields)
  }

  private func add(_ file: FileResult) {
    write([
      ("event", .string("file")), ("file", .string(file.file)),
      ("tests", .number("\(file.tests.count)")), ("loaded", .boolean(!file.didNotLoad)),
      ("passed", .boolean(!file.isBad)),
    ])
  }

  func end(_ files: [FileResult], _ plan: TestPlan) {
    let counts = TestCounts(files)
    write([
      ("event", .string("end")), ("passed", .number("\(counts.passed)")),
      ("failed", .number("\(counts.failed)")), ("errors", .number("\(counts.errors)")),
      ("pending", .number("\(counts.pending)")),
      ("seed", .number("\(plan.seed)")),
    ])
  }

  func abort(_ reason: String) {
    write([("event", .string("abort")), ("message", .string(reason))])
  }

  private func write(_ fields: [(String, Tree)]) {
    output.write(JSONText.write(.record(fields)) + "\n")
  }
}
