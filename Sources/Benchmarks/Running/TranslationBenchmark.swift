/// Measures the flat table on the lookups of w4: the floor of every translation.
public struct TranslationBenchmark {
  /// How often each job is run.
  public let runs: Int

  /// A benchmark of so many runs, at least 1.
  public init(runs: Int = 7) { self.runs = max(1, runs) }

  /// Nanoseconds a lookup, independent and dependent; `nil` without memory, or when the sum of the
  /// answers is wrong.
  public func measure(_ workload: TranslationWorkload) -> [Measurement]? {
    guard let table = FlatTable(pageCount: 1 << workload.bits) else { return nil }
    table.fill()
    let name = "w4-\(workload.bits)"
    var independent: [Double] = []
    var dependent: [Double] = []
    let count = Double(workload.lookups.count)
    let expected = workload.sum
    for _ in 0..<runs {
      let start = ThreadClock.now
      let first = lookUp(workload.lookups, table)
      let middle = ThreadClock.now
      let second = lookUpInTurn(workload.lookups, table, mask: start == 0 ? 1 : 0)
      let end = ThreadClock.now
      guard first == expected, second == expected else { return nil }
      independent.append(Double(middle - start) / count)
      dependent.append(Double(end - middle) / count)
    }
    func row(_ subject: String, _ samples: [Double]) -> Measurement {
      Measurement(
        workload: name, subject: subject, operations: workload.lookups.count,
        samples: samples.sorted(), refused: 0, bytes: 8 << workload.bits)
    }
    return [row("flat independent", independent), row("flat dependent", dependent)]
  }

  @inline(never)
  private func lookUp(_ pages: [UInt32], _ table: FlatTable) -> UInt64 {
    var sum: UInt64 = 0
    for page in pages { sum &+= table.translate(Int(page)) }
    return sum
  }

  /// Each lookup waits for the one before: its page depends on the answer, by a mask that is 0.
  @inline(never)
  private func lookUpInTurn(_ pages: [UInt32], _ table: FlatTable, mask: UInt64) -> UInt64 {
    var sum: UInt64 = 0
    var previous: UInt64 = 0
    for page in pages {
      previous = table.translate(Int(UInt64(page) ^ (previous & mask)))
      sum &+= previous
    }
    return sum
  }
}
