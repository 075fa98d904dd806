/// What a row should reach, of docs/performance.md.
///
/// The limit is so many times the floor of the same run, so many times the best peer's figure scaled
/// by that floor, or so many nanoseconds on the machine of the goals, at most.
public struct SpeedGoal: Hashable, Sendable {
  /// The most that the median may be.
  public enum Limit: Hashable, Sendable {
    /// As a multiple of the floor's median; holds on any machine.
    case ratio(Double)
    /// As a multiple of the peer's figure, scaled to this machine by the floor of the same run.
    case peer(Double, PeerFigure)
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

  /// The most nanoseconds an operation, given the floor of the same run; `nil` where the limit needs a
  /// floor and there is none.
  public func most(floor: Double?) -> Double? {
    switch limit {
    case .ratio(let most): floor.map { $0 * most }
    case .peer(let most, let peer): floor.map { most * peer.scaled(to: $0) }
    case .nanoseconds(let most): most
    }
  }

  /// Whether a measurement reaches the goal, given the median of its floor.
  public func isMet(by row: Measurement, floor: Double?) -> Bool {
    guard row.refused <= refused, let most = most(floor: floor) else { return false }
    return row.median <= most
  }
}

/// What the best public code of the kind cost on the same work, and what the floor of its run cost.
///
/// Source: the measurements of docs/performance.md, all of one machine.
public struct PeerFigure: Hashable, Sendable {
  /// Whose figure it is.
  public let name: String
  /// Nanoseconds an operation.
  public let nanoseconds: Double
  /// The floor of the same run, in nanoseconds an operation.
  public let floor: Double

  /// The figure that the peer would have on a machine whose floor is as given, in nanoseconds.
  public func scaled(to floor: Double) -> Double { nanoseconds / self.floor * floor }
}
