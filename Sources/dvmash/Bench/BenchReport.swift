import Benchmarks

/// How measurements are printed.
enum BenchFormat {
  case text, json, markdown
}

/// Prints measurements as they come, with their ratios, goals, and change since an earlier run.
struct BenchReport {
  let format: BenchFormat
  let isTail: Bool
  let earlier: EarlierRun?
  private var isFirst = true

  init(format: BenchFormat, isTail: Bool, earlier: EarlierRun?) {
    self.format = format
    self.isTail = isTail
    self.earlier = earlier
  }

  func begin() {
    if format == .json { print("[", terminator: "") } else { printHeading() }
  }

  func end() { if format == .json { print("\n]") } }

  mutating func add(_ rows: [Measurement]) {
    for row in rows {
      let floor = rows.first { $0.subject == row.floor && $0.median > 0 }
      let result = BenchResult(row, floor: floor?.median, earlier: earlier)
      if format == .json {
        printObject(result.fields)
      } else {
        printLine(row.workload, row.subject, result.cells(withChange: earlier != nil))
      }
    }
  }

  mutating func add(_ rows: [TailMeasurement]) {
    for row in rows {
      let values = [row.p50, row.p99, row.p999, row.p9999, row.longest]
      if format == .json {
        let names = ["p50_ns", "p99_ns", "p99_9_ns", "p99_99_ns", "longest_ns"]
        printObject(
          [
            ("workload", BenchText.quoted(row.workload)),
            ("subject", BenchText.quoted(row.subject)),
          ] + zip(names, values).map { ($0, "\($1)") })
      } else {
        printLine(row.workload, row.subject, values.map { "\($0)" })
      }
    }
  }

  // MARK: Tables

  private func printHeading() {
    let cells =
      isTail
      ? ["p50 ns", "p99", "p99.9", "p99.99", "longest"]
      : ["median", "least", "÷ floor", "goal", "÷ peer", "goal", "result", "refused"]
        + (earlier == nil ? [] : ["÷ before"])
    printLine("workload", "subject", cells)
    if format == .markdown {
      print("|---|---|" + String(repeating: "---:|", count: cells.count))
    }
  }

  private func printLine(_ workload: String, _ subject: String, _ cells: [String]) {
    if format == .markdown {
      print("| " + ([workload, subject] + cells).joined(separator: " | ") + " |")
    } else {
      print(
        padded(workload, 13) + padded(subject, 19)
          + cells.map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }.joined())
    }
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  // MARK: JSON

  private mutating func printObject(_ fields: [(String, String)]) {
    print(isFirst ? "\n  {" : ",\n  {", terminator: "")
    print(fields.map { "\(BenchText.quoted($0)): \($1)" }.joined(separator: ", "), terminator: "}")
    isFirst = false
  }
}
