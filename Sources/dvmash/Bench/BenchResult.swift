import Benchmarks

/// A measurement with what it is compared with.
struct BenchResult {
  /// One goal of the row, and how near the row came to it.
  struct Judgement {
    let goal: Goal
    /// What the row reached in the goal's own terms; `nil` where there is no floor to compare with.
    let reached: Double?
    let isMet: Bool
  }

  let row: Measurement
  /// The median divided by the floor's.
  let ratio: Double?
  /// How the row has changed since an earlier run.
  let change: Double?
  let judgements: [Judgement]

  /// The results of rows that have their floors among them.
  static func judge(_ rows: [Measurement], earlier: EarlierRun?) -> [BenchResult] {
    rows.map { row in
      let floor = rows.first { $0.subject == row.floor && $0.median > 0 }
      return BenchResult(row, floor: floor?.median, earlier: earlier)
    }
  }

  private init(_ row: Measurement, floor: Double?, earlier: EarlierRun?) {
    let ratio = floor.map { row.median / $0 }
    self.row = row
    self.ratio = ratio
    change = earlier?.change(of: row, ratio: ratio)
    judgements = Goal.goals(workload: row.workload, subject: row.subject).map {
      Judgement(
        goal: $0, reached: $0.reached(by: row, floor: floor), isMet: $0.isMet(by: row, floor: floor)
      )
    }
  }

  /// Whether every goal is met; `nil` where there is none.
  var isMet: Bool? { judgements.isEmpty ? nil : judgements.allSatisfy(\.isMet) }

  /// The goal in time that is not a peer's.
  var own: Judgement? {
    judgements.first {
      switch $0.goal.limit {
      case .ratio, .nanoseconds: true
      case .peer, .bytes: false
      }
    }
  }

  /// The comparison with the nearest peer.
  var peer: Judgement? {
    judgements.first { if case .peer = $0.goal.limit { true } else { false } }
  }

  /// What was reached of the goal that is hardest to meet, divided by the goal: up to 1 all are met.
  var hardest: Double? {
    judgements.compactMap { judgement in judgement.reached.map { $0 / judgement.goal.most } }.max()
  }
}
