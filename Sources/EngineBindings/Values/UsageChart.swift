import Charts
import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

/// Samples of a window as lines over virtual time.
struct UsageChart {
  /// What can be drawn besides the holdings of guests.
  static let quantities = ["granted", "mapped", "guard", "quarantined", "fragmentation"]

  private let samples: [UsageSample]
  private let place: String
  private let names: [DomainID: String]

  init(_ samples: [UsageSample], of place: String, names: [DomainID: String]) {
    self.samples = samples
    self.place = place
    self.names = names
  }

  /// A chart of some quantities and of what some guests hold.
  func chart(of lines: [String]) throws -> LineChart {
    LineChart(
      "Use of the DVA window of \(place)",
      x: Axis("virtual time", format: .nanoseconds),
      y: Axis("part of the reserved range", format: .percent, minimum: 0),
      series: try lines.map { line in
        let share = try share(of: line)
        return LineChart.Series(
          line, samples.map { (x: Double($0.time.rawValue), y: share($0)) }, isStepped: true)
      })
  }

  /// How a line's number follows from a sample.
  private func share(of line: String) throws -> (UsageSample) -> Double {
    func part(_ pages: UInt64, _ sample: UsageSample) -> Double {
      sample.reserved == 0 ? 0 : Double(pages) / Double(sample.reserved)
    }
    switch line {
    case "granted": return { part($0.granted, $0) }
    case "mapped": return { part($0.mapped, $0) }
    case "guard": return { part($0.guards, $0) }
    case "quarantined": return { part($0.quarantined, $0) }
    case "fragmentation": return { $0.fragmentation }
    default:
      let guests = names.filter { $0.key != Machine.control }
      guard let guest = guests.first(where: { $0.value == line })?.key else {
        let ordered = guests.sorted { $0.key.rawValue < $1.key.rawValue }
        let known = Self.quantities + ordered.map(\.value)
        let hint = NearestName.find(line, in: known).map { "; did you mean '\($0)'?" } ?? ""
        throw LuaBindingError(
          code: "invalid_argument",
          message: "no line is named '\(line)'\(hint); there are " + known.joined(separator: ", "))
      }
      return { sample in
        part(sample.holdings.first { $0.domain == guest }?.pages ?? 0, sample)
      }
    }
  }
}
