/// Numbers against numbers, as lines: growth curves, and what changes with time.
///
/// A chart is plain data. ``svg()`` draws it for a file, ``text(on:)`` for a terminal; the same
/// chart is drawn the same way everywhere, byte for byte. Points that have no place, such as 0 on a
/// logarithmic axis, are left out.
public struct LineChart: Sendable {
  /// One line.
  public struct Series: Sendable {
    /// What it is.
    public var name: String
    /// Its points, in the order in which the line goes through them.
    public var points: [(x: Double, y: Double)]
    /// Whether each number holds until the next, as of something that is counted.
    public var isStepped: Bool

    /// Makes a line of its points.
    public init(_ name: String, _ points: [(x: Double, y: Double)], isStepped: Bool = false) {
      self.name = name
      self.points = points
      self.isStepped = isStepped
    }
  }

  /// What the chart shows, in one line.
  public var title: String
  /// The axis across.
  public var x: Axis
  /// The axis upwards.
  public var y: Axis
  /// The lines.
  public var series: [Series]

  /// Describes a chart.
  public init(_ title: String, x: Axis, y: Axis, series: [Series]) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
  }

  /// The two axes, fitted to all points that both can show.
  func fitted(ticksAcross: Int, ticksUp: Int) -> (x: FittedAxis, y: FittedAxis) {
    let points = series.flatMap(\.points).filter { x.shows($0.x) && y.shows($0.y) }
    return (
      FittedAxis(x, points.map(\.x), rounds: false, ticks: ticksAcross),
      FittedAxis(y, points.map(\.y), rounds: true, ticks: ticksUp)
    )
  }

  /// The corners of a line, in shares of the axes.
  func corners(of series: Series, _ across: FittedAxis, _ up: FittedAxis) -> [(
    x: Double, y: Double
  )] {
    var result: [(x: Double, y: Double)] = []
    for point in series.points {
      guard let x = across.place(point.x), let y = up.place(point.y) else { continue }
      if series.isStepped, let last = result.last { result.append((x, last.y)) }
      result.append((x, y))
    }
    return result
  }
}
