import Benchmarks

/// A measurement with what it is compared with.
struct BenchResult {
  /// One goal of the row, and how near the row came to it.
  struct Judgement {
    let goal: SpeedGoal
    /// The row's median in the goal's own terms; `nil` where there is no floor to scale by.
    let reached: Double?
    let isMet: Bool
  }

  let row: Measurement
  /// The median divided by the floor's.
  let ratio: Double?
  /// How the row has changed since an earlier run.
  let change: Double?
  let judgements: [Judgement]

  init(_ row: Measurement, floor: Double?, earlier: EarlierRun?) {
    let ratio = floor.map { row.median / $0 }
    self.row = row
    self.ratio = ratio
    change = earlier?.change(of: row, ratio: ratio)
    judgements = SpeedGoal.goals(workload: row.workload, subject: row.subject).map { goal in
      let reached: Double? =
        switch goal.limit {
        case .ratio: ratio
        case .peer(_, let peer): floor.map { row.median / peer.scaled(to: $0) }
        case .nanoseconds: row.median
        }
      return Judgement(goal: goal, reached: reached, isMet: goal.isMet(by: row, floor: floor))
    }
  }

  /// Whether every goal is met; `nil` where there is none.
  var isMet: Bool? { judgements.isEmpty ? nil : judgements.allSatisfy(\.isMet) }

  /// The goal that is not a peer's.
  var own: Judgement? {
    judgements.first { if case .peer = $0.goal.limit { false } else { true } }
  }

  /// The comparisons with peers, the nearest first.
  var peers: [Judgement] {
    judgements.filter { if case .peer = $0.goal.limit { true } else { false } }
  }
}
