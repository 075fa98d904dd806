import Benchmarks

/// How measurements are printed.
enum BenchFormat {
  case text, json, markdown
}

/// Prints results as they come; at the end of a table, which goals were met and missed.
struct BenchReport {
  /// A column behind workload and subject.
  private struct Column {
    let heading: String
    let width: Int
  }

  let format: BenchFormat
  private let columns: [Column]
  private var isFirst = true
  private var met = 0
  private var missed: [String] = []

  init(format: BenchFormat, hasChange: Bool) {
    self.format = format
    columns =
      [
        ("median", 11), ("least", 11), ("÷ floor", 9), ("goal", 13), ("÷ peer", 8), ("goal", 8),
        ("memory", 9), ("refused", 8), ("result", 8),
      ].map { Column(heading: $0.0, width: $0.1) }
      + (hasChange ? [Column(heading: "÷ before", width: 9)] : [])
  }

  func begin() {
    if format == .json { print("[", terminator: "") } else { printHeading() }
  }

  mutating func add(_ results: [BenchResult]) {
    for result in results {
      if format == .json {
        printObject(result.fields)
      } else {
        printLine(result.row.workload, result.row.subject, result.cells)
      }
      for judgement in result.judgements {
        if judgement.isMet { met += 1 } else { missed.append(result.sentence(of: judgement)) }
      }
    }
  }

  func end() {
    guard format != .json else { return print("\n]") }
    guard met + missed.count > 0 else { return }
    print("\ngoals: \(met) met, \(missed.count) missed")
    for sentence in missed { print("- \(sentence)") }
  }

  // MARK: Tables

  private func printHeading() {
    printLine("workload", "subject", columns.map(\.heading))
    if format == .markdown {
      print("|---|---|" + String(repeating: "---:|", count: columns.count))
    }
  }

  private func printLine(_ workload: String, _ subject: String, _ cells: [String]) {
    if format == .markdown {
      print(
        "| " + ([workload, subject] + cells.prefix(columns.count)).joined(separator: " | ") + " |")
      return
    }
    let text = zip(columns, cells).map { column, cell in
      String(repeating: " ", count: max(1, column.width - cell.count)) + cell
    }
    print(padded(workload, 22) + padded(subject, 27) + text.joined())
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  // MARK: JSON

  private mutating func printObject(_ fields: [(String, String)]) {
    print(isFirst ? "\n  {" : ",\n  {", terminator: "")
    print(fields.map { "\(BenchText.quoted($0)): \($1)" }.joined(separator: ", "), terminator: "}")
    isFirst = false
  }
}
