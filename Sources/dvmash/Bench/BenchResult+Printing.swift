import Benchmarks

extension BenchResult {
  /// The cells of a table behind workload and subject; the change since an earlier run is the last.
  var cells: [String] {
    [
      BenchText.time(row.median), BenchText.time(row.minimum), Self.number(ratio),
      own.map(Self.most) ?? "", Self.number(peer?.reached), peer.map(Self.most) ?? "",
      row.bytes == 0 ? "" : BenchText.size(Double(row.bytes)), "\(row.refused)",
      isMet.map { $0 ? "met" : "missed" } ?? "", Self.number(change),
    ]
  }

  /// A goal and what was reached of it, in words.
  func sentence(of judgement: Judgement) -> String {
    let goal = judgement.goal
    let reached =
      switch goal.limit {
      case .ratio: Self.number(judgement.reached) + " of the floor"
      case .peer(_, let peer): Self.number(judgement.reached) + " of \(peer.name)"
      case .nanoseconds: BenchText.time(row.median)
      case .bytes: BenchText.size(Double(row.bytes))
      }
    let refused = row.refused > goal.refused ? ", \(row.refused) refused (\(goal.refused))" : ""
    return "\(row.workload) \(row.subject): \(reached) (\(Self.most(judgement)))\(refused)"
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

  private static func number(_ value: Double?) -> String {
    value.map { BenchText.decimal($0, 2) } ?? ""
  }

  private static func most(_ judgement: Judgement) -> String {
    let most = judgement.goal.most
    return switch judgement.goal.limit {
    case .ratio, .peer: "≤ " + BenchText.decimal(most, 2)
    case .nanoseconds: "≤ " + BenchText.time(most)
    case .bytes: "≤ " + BenchText.size(most)
    }
  }

  private static func object(_ judgement: Judgement) -> String {
    let (against, unit) =
      switch judgement.goal.limit {
      case .ratio: ("floor", "ratio")
      case .peer(_, let peer): (peer.name, "ratio")
      case .nanoseconds: ("time", "ns")
      case .bytes: ("memory", "bytes")
      }
    let fields = [
      ("against", BenchText.quoted(against)), ("unit", BenchText.quoted(unit)),
      ("most", BenchText.decimal(judgement.goal.most, 3)),
      ("reached", BenchText.optional(judgement.reached)), ("met", "\(judgement.isMet)"),
    ]
    return "{" + fields.map { "\(BenchText.quoted($0)): \($1)" }.joined(separator: ", ") + "}"
  }
}
