/// A number for each of some names, as bars; with several series, a group of bars for each name.
///
/// A chart is plain data, drawn the same way everywhere, byte for byte. On a logarithmic axis bars
/// begin at the power below the smallest number; numbers up to 0 then have no bar.
public struct BarChart: Sendable {
  /// One set of bars.
  public struct Series: Sendable {
    /// What it is.
    public var name: String
    /// A number for each name; `nil` where there is none.
    public var values: [Double?]

    /// Makes a set of its numbers.
    public init(_ name: String, _ values: [Double?]) {
      self.name = name
      self.values = values
    }
  }

  /// What the chart shows, in one line.
  public var title: String
  /// The axis along the bars.
  public var axis: Axis
  /// The names, from top to bottom.
  public var names: [String]
  /// The sets of bars.
  public var series: [Series]

  /// Describes a chart.
  public init(_ title: String, axis: Axis, names: [String], series: [Series]) {
    self.title = title
    self.axis = axis
    self.names = names
    self.series = series
  }

  /// The axis, fitted to all numbers.
  func fitted(ticks: Int) -> FittedAxis {
    let values = series.flatMap { $0.values.prefix(names.count) }.compactMap(\.self)
    let from = axis.scale == .linear ? [0.0] : []
    return FittedAxis(axis, values + from, rounds: true, ticks: ticks)
  }

  /// The number of a bar, if there is one.
  func value(_ series: Series, _ index: Int) -> Double? {
    series.values.indices.contains(index) ? series.values[index] : nil
  }
}
