import Benchmarks
import Charts
import Files

/// The charts of a run: a growth curve for each thing that grows, and how near the rows are to their
/// goals.
struct BenchCharts {
  /// Where the files go; the directory has to be there.
  let directory: String
  /// Throws unless the directory is there, before anything is measured for it.
  init(directory: String) throws(FileFailure) {
    try FileBytes.checkDirectory(directory)
    self.directory = directory
  }

  /// Writes every chart that the results are enough for, two points at the least; returns the
  /// files.
  ///
  /// Throws where a file cannot be written.
  func write(_ results: [BenchResult]) throws(FileFailure) -> [String] {
    var files: [String] = []
    let rows = results.map(\.row)
    for curve in GrowthCurve.all {
      guard let chart = chart(of: curve, rows) else { continue }
      try files.append(save(chart.svg(), curve.name))
    }
    let judged = results.compactMap { result in
      result.hardest.map { ("\(result.row.workload) \(result.row.subject)", $0) }
    }
    if !judged.isEmpty { try files.append(save(goals(judged).svg(), "goals")) }
    return files
  }

  private func save(_ source: String, _ name: String) throws(FileFailure) -> String {
    let file = "\(directory)/\(name).svg"
    try FileBytes.write(Array(source.utf8), to: file)
    return file
  }

  private func chart(of curve: GrowthCurve, _ rows: [Measurement]) -> LineChart? {
    let series = curve.lines.map { line in
      LineChart.Series(
        line.name,
        line.points.compactMap { point in
          rows.first { $0.workload == point.workload && $0.subject == point.subject }
            .map { (x: point.size, y: $0.median / point.share) }
        })
    }
    guard series.contains(where: { $0.points.count > 1 }) else { return nil }
    return LineChart(
      curve.title,
      x: Axis(
        curve.across, scale: .logarithmic, format: curve.unit == .bytes ? .bytes : .number),
      y: Axis(curve.operation, scale: .logarithmic, format: .nanoseconds), series: series)
  }

  /// The hardest goal of each row: up to 1 it is met.
  private func goals(_ judged: [(name: String, reached: Double)]) -> BarChart {
    BarChart(
      "Each row against its hardest goal; up to 1 it is met",
      axis: Axis("measured ÷ goal", maximum: 1), names: judged.map(\.name),
      series: [BarChart.Series("dvmash", judged.map(\.reached))])
  }
}
