import Markup

/// JUnit XML in the shape of docs/junit.xsd, which Jenkins and others read; written at the end, as the counts come first.
struct JUnitReport: TestReport {
  let output: ReportOutput
  let captures: Bool

  func end(_ files: [FileResult], _ plan: TestPlan) {
    let counts = TestCounts(files)
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text +=
      "<testsuites name=\"dvmash test\" tests=\"\(counts.total)\" failures=\"\(counts.failed)\" "
      + "errors=\"\(counts.errors)\" skipped=\"\(counts.pending)\" "
      + "time=\"\(Self.seconds(files.flatMap(\.tests)))\">\n"
    for file in files { text += suite(file, seed: plan.seed) }
    output.write(text + "</testsuites>\n")
  }

  private func suite(_ file: FileResult, seed: UInt64) -> String {
    let counts = TestCounts([file])
    var text =
      "  <testsuite name=\"\(Self.attribute(file.file))\" tests=\"\(counts.total)\" "
      + "failures=\"\(counts.failed)\" errors=\"\(counts.errors)\" "
      + "skipped=\"\(counts.pending)\" time=\"\(Self.seconds(file.tests))\">\n"
    text +=
      "    <properties>\n      <property name=\"seed\" value=\"\(seed)\"/>\n"
      + "      <property name=\"version\" value=\"\(DVMashVersion.text)\"/>\n    </properties>\n"
    for test in file.tests { text += self.test(test, in: file) }
    return text + "  </testsuite>\n"
  }

  private func test(_ test: TestResult, in file: FileResult) -> String {
    var body = ""
    let first = test.message.split(separator: "\n").first.map(String.init) ?? ""
    switch test.outcome {
    case .success: break
    case .pending: body += "      <skipped message=\"\(Self.attribute(first))\"/>\n"
    case .failure, .error:
      let element = test.outcome.rawValue
      let type = test.outcome == .failure ? "assertion" : "error"
      body +=
        "      <\(element) message=\"\(Self.attribute(first))\" type=\"\(type)\">"
        + Self.escaped(test.message) + "</\(element)>\n"
    }
    if captures, !test.output.isEmpty {
      body += "      <system-out>\(Self.escaped(test.output))</system-out>\n"
    }
    let head =
      "    <testcase classname=\"\(Self.attribute(file.file))\" "
      + "name=\"\(Self.attribute(test.name))\" time=\"\(Self.seconds([test]))\""
    return body.isEmpty ? head + "/>\n" : head + ">\n" + body + "    </testcase>\n"
  }

  /// The time that tests took, with six digits and never an exponent, which not every reader takes.
  private static func seconds(_ tests: [TestResult]) -> String {
    let microseconds = tests.reduce(0) { $0 + Int(($1.duration * 1000).rounded()) }
    let digits = String(microseconds % 1_000_000)
    return "\(microseconds / 1_000_000)."
      + String(repeating: "0", count: 6 - digits.utf8.count) + digits
  }

  private static func attribute(_ text: String) -> String {
    escaped(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: " "))
  }

  /// Text for XML 1.0, control characters in hexadecimal.
  static func escaped(_ text: String) -> String {
    XMLText.escaped(text) { scalar in
      XMLText.isAllowed(scalar) && !(0x7F..<0xA0).contains(scalar.value)
        ? nil : "\\x" + VisibleText.hex(UInt64(scalar.value), digits: 2)
    }
  }
}
