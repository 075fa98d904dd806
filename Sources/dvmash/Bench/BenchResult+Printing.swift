import Benchmarks

extension BenchResult {
  /// The cells of a table behind workload and subject.
  func cells(withChange: Bool) -> [String] {
    let peer = peers.first
    return [
      BenchText.time(row.median), BenchText.time(row.minimum), number(ratio),
      own.map(Self.most) ?? "", number(peer?.reached), peer.map(Self.most) ?? "",
      isMet.map { $0 ? "met" : "missed" } ?? "", "\(row.refused)",
    ] + (withChange ? [number(change)] : [])
  }

  /// The fields of a JSON object, their values written as JSON.
  var fields: [(String, String)] {
    [
      ("workload", BenchText.quoted(row.workload)), ("subject", BenchText.quoted(row.subject)),
      ("operations", "\(row.operations)"), ("median_ns", BenchText.decimal(row.median, 3)),
      ("minimum_ns", BenchText.decimal(row.minimum, 3)),
      ("ratio_to_floor", BenchText.optional(ratio)),
      ("goals", "[" + judgements.map(Self.object).joined(separator: ", ") + "]"),
      ("met", isMet.map { "\($0)" } ?? "null"), ("change", BenchText.optional(change)),
      ("refused", "\(row.refused)"), ("bytes", "\(row.bytes)"),
      (
        "samples_ns",
        "[" + row.samples.map { BenchText.decimal($0, 3) }.joined(separator: ", ") + "]"
      ),
    ]
  }

  private func number(_ value: Double?) -> String { value.map { BenchText.decimal($0, 2) } ?? "" }

  private static func most(_ judgement: Judgement) -> String {
    switch judgement.goal.limit {
    case .ratio(let most), .peer(let most, _): "≤ " + BenchText.decimal(most, 2)
    case .nanoseconds(let most): "≤ " + BenchText.time(most)
    }
  }

  private static func object(_ judgement: Judgement) -> String {
    let (against, unit, most) =
      switch judgement.goal.limit {
      case .ratio(let most): ("floor", "ratio", most)
      case .peer(let most, let peer): (peer.name, "ratio", most)
      case .nanoseconds(let most): ("time", "ns", most)
      }
    let fields = [
      ("against", BenchText.quoted(against)), ("unit", BenchText.quoted(unit)),
      ("most", BenchText.decimal(most, 3)), ("reached", BenchText.optional(judgement.reached)),
      ("met", "\(judgement.isMet)"),
    ]
    return "{" + fields.map { "\(BenchText.quoted($0)): \($1)" }.joined(separator: ", ") + "}"
  }
}
