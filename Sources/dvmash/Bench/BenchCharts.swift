import Benchmarks
import Charts
import Files

/// The charts of a run: a growth curve for each thing that grows, and how near the rows are to their
/// goals.
struct BenchCharts {
  /// Where the files go; the directory has to be there.
  let directory: String
  private var medians: [String: [String: Double]] = [:]
  private var judged: [(name: String, reached: Double)] = []

  /// Throws unless the directory is there, before anything is measured for it.
  init(directory: String) throws(FileFailure) {
    try FileBytes.checkDirectory(directory)
    self.directory = directory
  }

  /// Takes in the rows of one workload.
  mutating func add(_ rows: [Measurement]) {
    for row in rows {
      medians[row.workload, default: [:]][row.subject] = row.median
      let floor = rows.first { $0.subject == row.floor && $0.median > 0 }?.median
      let goals = SpeedGoal.goals(workload: row.workload, subject: row.subject)
      // The goal that is hardest to meet speaks for the row.
      let most = goals.compactMap { $0.most(floor: floor) }.min()
      if let most, most > 0 {
        judged.append((name: "\(row.workload) \(row.subject)", reached: row.median / most))
      }
    }
  }

  /// Writes every chart that the measured rows are enough for, two points at the least; returns the
  /// files.
  ///
  /// Throws where a file cannot be written.
  func write() throws(FileFailure) -> [String] {
    var files: [String] = []
    for curve in GrowthCurve.all {
      guard let chart = chart(of: curve) else { continue }
      try files.append(save(chart.svg(), curve.name))
    }
    if !judged.isEmpty { try files.append(save(goals.svg(), "goals")) }
    return files
  }

  private func save(_ source: String, _ name: String) throws(FileFailure) -> String {
    let file = "\(directory)/\(name).svg"
    try FileBytes.write(Array(source.utf8), to: file)
    return file
  }

  private func chart(of curve: GrowthCurve) -> LineChart? {
    let series = curve.lines.map { line in
      LineChart.Series(
        line.name,
        line.points.compactMap { point in
          medians[point.workload]?[point.subject].map { (x: point.size, y: $0 / point.share) }
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
  private var goals: BarChart {
    BarChart(
      "Each row against its hardest goal; up to 1 it is met",
      axis: Axis("measured ÷ goal", maximum: 1), names: judged.map(\.name),
      series: [BarChart.Series("dvmash", judged.map(\.reached))])
  }
}
