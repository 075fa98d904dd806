/// What a row should reach, of docs/performance.md: so many times the floor of the same run, or so
/// many nanoseconds on the machine of the goals, at most.
public struct SpeedGoal: Hashable, Sendable {
  /// The most that the median may be.
  public enum Limit: Hashable, Sendable {
    /// As a multiple of the floor's median; holds on any machine.
    case ratio(Double)
    /// In nanoseconds an operation; means something on a like machine that is not busy.
    case nanoseconds(Double)
  }

  /// The limit of the median.
  public let limit: Limit
  /// The most allocations that may be refused.
  public let refused: Int

  /// Makes a goal.
  public init(_ limit: Limit, refused: Int = 0) {
    self.limit = limit
    self.refused = refused
  }

  /// Whether a measurement reaches the goal, given its ratio to its floor.
  public func isMet(by row: Measurement, ratio: Double?) -> Bool {
    guard row.refused <= refused else { return false }
    switch limit {
    case .ratio(let most): return ratio.map { $0 <= most } ?? false
    case .nanoseconds(let most): return row.median <= most
    }
  }

  /// The goal of a row; `nil` where there is none.
  public static func goal(workload: String, subject: String) -> SpeedGoal? {
    guard let limit = limits[workload]?[subject] else { return nil }
    return SpeedGoal(limit, refused: workload == "w2-90" ? 18 : 0)
  }

  private static let limits: [String: [String: Limit]] = [
    "w1": ["binned": .ratio(1.8), "binned+table": .ratio(1.35)],
    "w2-50": ["binned": .ratio(2.8)],
    "w2-90": ["binned": .ratio(4)],
    "w3-seg": ["binned": .ratio(2.3), "binned+table": .ratio(1.35)],
    "w3-list": ["binned": .ratio(7.5), "binned+table": .ratio(1.12)],
    "w5-20": ["binned": .ratio(5)],
    "w5-22": ["binned": .ratio(8)],
    "w5-24": ["binned": .ratio(5.5)],
    "w4-18": translation, "w4-20": translation, "w4-22": translation,
    "negotiation": [
      "10 live": .nanoseconds(3_000), "1000 live": .nanoseconds(3_000),
      "100000 live": .nanoseconds(3_000),
    ],
    "boot": ["200 guests": .nanoseconds(200e6)],
    "events": ["map+unmap": .nanoseconds(100)],
    "inspection": ["summary": .nanoseconds(10e6), "picture": .nanoseconds(50e6)],
    "lua": [
      "map+unmap": .nanoseconds(400), "map_single": .nanoseconds(400),
      "map_sg 128": .nanoseconds(6_000),
    ],
  ]

  private static let translation: [String: Limit] = [
    "access independent": .ratio(1.5), "access dependent": .ratio(1.1),
  ]
}
