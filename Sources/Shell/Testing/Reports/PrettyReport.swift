/// The report for people.
struct PrettyReport: TestReport {
  let output: ReportOutput
  let captures: Bool
  let color: Bool

  func take(_ event: TestEvent) {
    switch event {
    case .file(let name): output.write(paint(VisibleText.line(name), .strong) + "\n")
    case .test(let test, _): output.write(text(of: test))
    case .end: break
    }
  }

  private func text(of test: TestResult) -> String {
    var text = "  " + mark(test.outcome) + " " + VisibleText.line(test.name)
    if test.duration >= 100 { text += paint(" (\(Int(test.duration)) ms)", .comment) }
    text += "\n"
    let isShown = test.isBad || test.outcome == .pending
    if isShown, !test.message.isEmpty { text += block(test.message) }
    if test.isBad, test.line > 0 { text += block("at \(test.file):\(test.line)") }
    if captures, test.isBad, !test.output.isEmpty { text += block("output:\n" + test.output) }
    return text
  }

  func end(_ files: [FileResult], _ plan: TestPlan) {
    let bad = files.contains(where: \.isBad)
    output.write(paint(TestCounts(files).text, bad ? .error : .string) + ", seed \(plan.seed)\n")
  }

  private func block(_ text: String) -> String {
    text.split(separator: "\n").map { "       " + VisibleText.multiline(String($0)) + "\n" }
      .joined()
  }

  private func mark(_ outcome: TestOutcome) -> String {
    switch outcome {
    case .success: paint("ok  ", .string)
    case .failure: paint("FAIL", .error)
    case .error: paint("ERR ", .error)
    case .pending: paint("--  ", .comment)
    }
  }

  private func paint(_ text: String, _ style: Style) -> String { color ? style.paint(text) : text }
}
