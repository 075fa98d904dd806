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
      let floor = rows.first { $0.subject == row.floor }.map(\.median) ?? 0
      let ratio = floor > 0 ? row.median / floor : nil
      let goal = SpeedGoal.goal(workload: row.workload, subject: row.subject)
      let isMet = goal.map { $0.isMet(by: row, ratio: ratio) }
      let change = earlier?.change(of: row, ratio: ratio)
      if format == .json {
        printObject([
          ("workload", quoted(row.workload)), ("subject", quoted(row.subject)),
          ("operations", "\(row.operations)"), ("median_ns", decimal(row.median, 3)),
          ("minimum_ns", decimal(row.minimum, 3)), ("ratio_to_floor", optional(ratio)),
          ("goal_ratio", optional(goal?.ratio)), ("goal_ns", optional(goal?.nanoseconds)),
          ("met", isMet.map { "\($0)" } ?? "null"), ("change", optional(change)),
          ("refused", "\(row.refused)"), ("bytes", "\(row.bytes)"),
          ("samples_ns", "[" + row.samples.map { decimal($0, 3) }.joined(separator: ", ") + "]"),
        ])
      } else {
        printLine(
          row.workload, row.subject,
          [
            time(row.median), time(row.minimum), ratio.map { decimal($0, 2) } ?? "",
            goal.map(text) ?? "", isMet.map { $0 ? "met" : "missed" } ?? "", "\(row.refused)",
          ] + (earlier == nil ? [] : [change.map { decimal($0, 2) } ?? ""]))
      }
    }
  }

  mutating func add(_ rows: [TailMeasurement]) {
    for row in rows {
      let values = [row.p50, row.p99, row.p999, row.p9999, row.longest]
      if format == .json {
        let names = ["p50_ns", "p99_ns", "p99_9_ns", "p99_99_ns", "longest_ns"]
        printObject(
          [("workload", quoted(row.workload)), ("subject", quoted(row.subject))]
            + zip(names, values).map { ($0, "\($1)") })
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
      : ["median", "least", "÷ floor", "goal", "result", "refused"]
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
        padded(workload, 13) + padded(subject, 20)
          + cells.map { String(repeating: " ", count: max(1, 11 - $0.count)) + $0 }.joined())
    }
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private func text(_ goal: SpeedGoal) -> String {
    switch goal.limit {
    case .ratio(let most): "≤ " + decimal(most, 2)
    case .nanoseconds(let most): "≤ " + time(most)
    }
  }

  /// Nanoseconds in the unit that suits them.
  private func time(_ nanoseconds: Double) -> String {
    switch nanoseconds {
    case ..<1e4: decimal(nanoseconds, 2) + " ns"
    case ..<1e7: decimal(nanoseconds / 1e3, 1) + " µs"
    default: decimal(nanoseconds / 1e6, 1) + " ms"
    }
  }

  // MARK: JSON

  private mutating func printObject(_ fields: [(String, String)]) {
    print(isFirst ? "\n  {" : ",\n  {", terminator: "")
    print(fields.map { "\(quoted($0)): \($1)" }.joined(separator: ", "), terminator: "}")
    isFirst = false
  }

  private func optional(_ value: Double?) -> String { value.map { decimal($0, 3) } ?? "null" }

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
    return digits == 0
      ? sign + padded : sign + padded.dropLast(digits) + "." + padded.suffix(digits)
  }
}

extension SpeedGoal {
  fileprivate var ratio: Double? { if case .ratio(let most) = limit { most } else { nil } }
  fileprivate var nanoseconds: Double? {
    if case .nanoseconds(let most) = limit { most } else { nil }
  }
}
