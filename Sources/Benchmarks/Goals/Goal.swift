/// What a row should reach, of docs/performance.md.
public struct Goal: Hashable, Sendable {
  /// The most that a row may take, in the terms of what it is compared with.
  public enum Limit: Hashable, Sendable {
    /// The median as a multiple of the floor's; holds on any machine.
    case ratio(Double)
    /// The median as a multiple of the peer's figure, scaled to this machine by the floor of the same
    /// run.
    case peer(Double, PeerFigure)
    /// Nanoseconds an operation; means something on a like machine that is not busy.
    case nanoseconds(Double)
    /// Bytes of memory written; holds on any machine.
    case bytes(Double)
  }

  /// What is limited, and to what.
  public let limit: Limit
  /// The most allocations that may be refused.
  public let refused: Int

  /// Makes a goal.
  public init(_ limit: Limit, refused: Int = 0) {
    self.limit = limit
    self.refused = refused
  }

  /// The most that the row may reach.
  public var most: Double {
    switch limit {
    case .ratio(let most), .peer(let most, _), .nanoseconds(let most), .bytes(let most): most
    }
  }

  /// What a measurement reaches in the limit's terms, given the median of its floor; `nil` where the
  /// limit needs a floor and there is none.
  public func reached(by row: Measurement, floor: Double?) -> Double? {
    switch limit {
    case .ratio: floor.map { row.median / $0 }
    case .peer(_, let peer): floor.map { row.median / peer.scaled(to: $0) }
    case .nanoseconds: row.median
    case .bytes: Double(row.bytes)
    }
  }

  /// Whether a measurement reaches the goal, given the median of its floor.
  public func isMet(by row: Measurement, floor: Double?) -> Bool {
    guard row.refused <= refused, let reached = reached(by: row, floor: floor) else { return false }
    return reached <= most
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
