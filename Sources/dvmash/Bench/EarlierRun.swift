import Benchmarks
import Files
import FoundationEssentials

/// The rows of an earlier run, read from what `--json` printed.
struct EarlierRun {
  private struct Key: Hashable {
    let workload: String
    let subject: String
  }

  private struct Row: Decodable {
    let workload: String
    let subject: String
    let median: Double
    let ratio: Double?

    enum CodingKeys: String, CodingKey {
      case workload, subject
      case median = "median_ns"
      case ratio = "ratio_to_floor"
    }
  }

  private let rows: [Key: Row]

  /// Reads a file.
  ///
  /// Throws `FileFailure` where it cannot be read, `BenchmarkError` where it is not the JSON of a
  /// run.
  init(file: String) throws {
    do {
      let list = try JSONDecoder().decode([Row].self, from: Data(FileBytes.read(file)))
      rows = Dictionary(list.map { (Key(workload: $0.workload, subject: $0.subject), $0) }) {
        _, later in later
      }
    } catch let failure as FileFailure {
      throw failure
    } catch {
      throw BenchmarkError("\(file): wanted the output of dvmash bench --json")
    }
  }

  /// How a row has changed: its ratio to the floor, or its median where it has no floor, divided by
  /// the earlier run's; `nil` where that has no such row.
  func change(of row: Measurement, ratio: Double?) -> Double? {
    guard let before = rows[Key(workload: row.workload, subject: row.subject)] else { return nil }
    if let ratio, let earlier = before.ratio, earlier > 0 { return ratio / earlier }
    return before.median > 0 ? row.median / before.median : nil
  }
}
