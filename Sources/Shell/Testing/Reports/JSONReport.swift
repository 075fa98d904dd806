/// One JSON object a line: start, each test, each file, end.
struct JSONReport: TestReport {
  let output: ReportOutput

  func begin(files: Int, seed: UInt64) {
    write([
      ("event", .string("start")), ("files", .number("\(files)")), ("seed", .number("\(seed)")),
      ("version", .string(DVMashVersion.text)),
    ])
  }

  func add(_ file: FileResult) {
    for test in file.tests {
      var fields: [(String, Tree)] = [
        ("event", .string("test")), ("file", .string(file.file)), ("name", .string(test.name)),
        ("status", .string(test.outcome.rawValue)), ("duration_ms", .number("\(test.duration)")),
      ]
      if !test.message.isEmpty { fields.append(("message", .string(test.message))) }
      if test.line > 0 { fields.append(("line", .number("\(test.line)"))) }
      if !test.output.isEmpty { fields.append(("output", .string(test.output))) }
      write(fields)
    }
    write([
      ("event", .string("file")), ("file", .string(file.file)),
      ("tests", .number("\(file.tests.count)")), ("passed", .boolean(!file.isBad)),
    ])
  }

  func end(_ files: [FileResult], seed: UInt64) {
    let counts = TestCounts(files)
    write([
      ("event", .string("end")), ("passed", .number("\(counts.passed)")),
      ("failed", .number("\(counts.failed)")), ("errors", .number("\(counts.errors)")),
      ("pending", .number("\(counts.pending)")), ("seed", .number("\(seed)")),
    ])
  }

  private func write(_ fields: [(String, Tree)]) {
    output.write(JSONText.write(.record(fields)) + "\n")
  }
}
