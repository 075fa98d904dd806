import Benchmarks

/// Prints measurements as they come: a table, or a JSON array.
struct BenchReport {
  let json: Bool
  private var isFirst = true

  init(json: Bool) { self.json = json }

  func begin(tail: Bool) {
    if json {
      print("[", terminator: "")
    } else if tail {
      printRow("workload", "subject", ["p50", "p99", "p99.9", "p99.99", "longest"], "")
    } else {
      printRow("workload", "subject", ["ns median", "ns least", "÷ floor", "goal", "refused"], "")
    }
  }

  func end() { if json { print("\n]") } }

  mutating func add(_ rows: [Measurement]) {
    for row in rows {
      let floorName = row.subject.hasSuffix("+table") ? "floor+table" : "floor"
      let floor = rows.first { $0.subject == floorName }.map(\.median) ?? 0
      let ratio = floor > 0 && row.subject != floorName ? row.median / floor : nil
      let goal = SpeedGoal.goal(workload: row.workload, subject: row.subject)
      let isMet = goal.flatMap { goal in
        ratio.map { $0 <= goal.ratio && row.refused <= goal.refused }
      }
      if json {
        printObject([
          ("workload", quoted(row.workload)), ("subject", quoted(row.subject)),
          ("operations", "\(row.operations)"), ("median_ns", decimal(row.median, 3)),
          ("minimum_ns", decimal(row.minimum, 3)),
          ("ratio_to_floor", ratio.map { decimal($0, 3) } ?? "null"),
          ("goal_ratio", goal.map { decimal($0.ratio, 3) } ?? "null"),
          ("met", isMet.map { "\($0)" } ?? "null"),
          ("refused", "\(row.refused)"), ("bytes", "\(row.bytes)"),
          ("samples_ns", "[" + row.samples.map { decimal($0, 3) }.joined(separator: ", ") + "]"),
        ])
      } else {
        let verdict = isMet.map { $0 ? "met" : "MISSED" } ?? ""
        printRow(
          row.workload, row.subject,
          [
            decimal(row.median, 2), decimal(row.minimum, 2), ratio.map { decimal($0, 2) } ?? "",
            goal.map { "≤ " + decimal($0.ratio, 2) } ?? "", "\(row.refused)",
          ], verdict)
      }
    }
  }

  mutating func add(_ rows: [TailMeasurement]) {
    for row in rows {
      let values = [row.p50, row.p99, row.p999, row.p9999, row.longest]
      if json {
        let names = ["p50_ns", "p99_ns", "p99_9_ns", "p99_99_ns", "longest_ns"]
        printObject(
          [("workload", quoted(row.workload)), ("subject", quoted(row.subject))]
            + zip(names, values).map { ($0, "\($1)") })
      } else {
        printRow(row.workload, row.subject, values.map { "\($0)" }, "")
      }
    }
  }

  private func printRow(_ workload: String, _ subject: String, _ cells: [String], _ end: String) {
    let line =
      padded(workload, 9) + padded(subject, 18)
      + cells.map { String(repeating: " ", count: max(1, 11 - $0.count)) + $0 }.joined()
    print(end.isEmpty ? line : line + "  " + end)
  }

  private mutating func printObject(_ fields: [(String, String)]) {
    print(isFirst ? "\n  {" : ",\n  {", terminator: "")
    print(fields.map { "\(quoted($0)): \($1)" }.joined(separator: ", "), terminator: "}")
    isFirst = false
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// All strings here are our own names, without anything to escape.
  private func quoted(_ text: String) -> String { "\"\(text)\"" }

  /// A number with so many digits behind the point.
  private func decimal(_ value: Double, _ digits: Int) -> String {
    let scale = (0..<digits).reduce(1.0) { result, _ in result * 10 }
    let rounded = (value * scale).rounded()
    guard rounded.isFinite, abs(rounded) < 9e15 else { return "0" }
    let whole = String(Int(abs(rounded)))
    let padded = String(repeating: "0", count: max(0, digits + 1 - whole.count)) + whole
    let sign = rounded < 0 ? "-" : ""
    return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
  }
}
