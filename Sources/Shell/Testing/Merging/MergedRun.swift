/// The parts of a run as one.
///
/// The parts must be those of one run: with one seed, each part there once, and no file twice. A part
/// that is missing or was cut off is an error, since nobody could say that the whole passed.
struct MergedRun {
  let plan: TestPlan
  let files: [FileResult]

  /// Reads the reports of the parts.
  init(_ paths: [String]) throws(CommandError) {
    var reports: [SavedReport] = []
    for path in paths { reports.append(try SavedReport(path)) }
    guard let first = reports.first else { throw CommandError("--merge needs reports to merge") }
    for report in reports where report.plan.seed != first.plan.seed {
      throw CommandError(
        "'\(first.path)' has the seed \(first.plan.seed) and '\(report.path)' "
          + "\(report.plan.seed); run all parts with the same --seed")
    }
    reports = try Self.ordered(reports)
    files = Self.alternating(reports.map(\.files))
    plan = TestPlan(files: files.count, seed: first.plan.seed, shard: nil)
    var origin: [String: String] = [:]
    for report in reports {
      for file in report.files {
        if let other = origin.updateValue(report.path, forKey: file.file) {
          throw CommandError("'\(file.file)' is in '\(other)' and in '\(report.path)'")
        }
      }
    }
  }

  /// The reports by part, where they are of parts.
  private static func ordered(_ reports: [SavedReport]) throws(CommandError) -> [SavedReport] {
    let counts = Set(reports.map { $0.plan.shard?.count })
    guard counts.count == 1 else {
      throw CommandError("the reports are of runs that were divided in different ways")
    }
    guard let count = reports.first?.plan.shard?.count else { return reports }
    var parts: [Int: SavedReport] = [:]
    for report in reports {
      guard let index = report.plan.shard?.index else { continue }
      if let other = parts.updateValue(report, forKey: index) {
        throw CommandError("'\(other.path)' and '\(report.path)' are both part \(index)/\(count)")
      }
    }
    if let missing = (1...count).first(where: { parts[$0] == nil }) {
      throw CommandError("the report of part \(missing)/\(count) is missing")
    }
    return (1...count).compactMap { parts[$0] }
  }

  /// The files in the order that they have in the whole: `--shard` deals them out in turn.
  private static func alternating(_ parts: [[FileResult]]) -> [FileResult] {
    let longest = parts.map(\.count).max() ?? 0
    return (0..<longest).flatMap { row in
      parts.compactMap { row < $0.count ? $0[row] : nil }
    }
  }
}
