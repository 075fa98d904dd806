/// How the cost of one operation grows with the size of something: rows of the benchmark that belong
/// together, and the size that each of them has.
public struct GrowthCurve: Hashable, Sendable {
  /// A line of the curve.
  public struct Line: Hashable, Sendable {
    /// What it is.
    public let name: String
    /// The rows, from the smallest size.
    public let points: [Point]
  }

  /// A row, its size, and the number of operations that count as one in the curve.
  public struct Point: Hashable, Sendable {
    /// The workload of the row.
    public let workload: String
    /// The subject of the row.
    public let subject: String
    /// The size that the curve is drawn over.
    public let size: Double
    /// What the row's time is divided by.
    public let share: Double
  }

  /// What the sizes are.
  public enum Unit: Hashable, Sendable {
    case bytes
    case count
  }

  /// The name of the curve's file, without its ending.
  public let name: String
  /// What the curve shows, in one line.
  public let title: String
  /// What grows.
  public let across: String
  /// What the sizes are.
  public let unit: Unit
  /// What one operation is.
  public let operation: String
  /// The lines.
  public let lines: [Line]

  /// The curves that `dvmash bench` draws: window, live grants and mappings, domains, devices.
  public static let all = [window, translation, grants, mappings, domains, devices]

  /// Where a line ends, compared with where it begins, as rows of the workload `growth of` and the
  /// curve's name: the row of the smallest size is the floor of the row of the largest.
  ///
  /// Lines of which an end was not measured have no rows.
  public func ends(in rows: [Measurement]) -> [Measurement] {
    lines.flatMap { line -> [Measurement] in
      guard let first = line.points.first.flatMap({ end($0, in: rows, floor: nil) }),
        let last = line.points.last.flatMap({ end($0, in: rows, floor: first.subject) })
      else { return [] }
      return [first, last]
    }
  }

  private func end(_ point: Point, in rows: [Measurement], floor: String?) -> Measurement? {
    guard
      let row = rows.first(where: { $0.workload == point.workload && $0.subject == point.subject })
    else { return nil }
    let isCounted = lines.flatMap(\.points).allSatisfy { $0.workload == point.workload }
    return Measurement(
      workload: "growth of \(name)",
      subject: isCounted ? point.subject : "\(point.subject) \(point.workload)", floor: floor,
      operations: row.operations, samples: row.samples.map { $0 / point.share })
  }

  private static let window = GrowthCurve(
    name: "window", title: "Allocating and freeing DVA, nine tenths of the window full",
    across: "size of the window", unit: .bytes, operation: "one allocation or free",
    lines: ["floor", "binned"].map { subject in
      Line(
        name: subject == "floor" ? "no bookkeeping" : "dvmash",
        points: [(18, "w2-90"), (20, "w5-20"), (22, "w5-22"), (24, "w5-24")].map {
          Point(workload: $0.1, subject: subject, size: bytes(ofPages: $0.0), share: 1)
        })
    })

  private static let translation = GrowthCurve(
    name: "translation", title: "A device's access to a random page of a table",
    across: "size of the window", unit: .bytes, operation: "one access",
    lines: [
      ("flat independent", "flat table"), ("series independent", "dvmash"),
      ("flat dependent", "flat table, each waits"), ("series dependent", "dvmash, each waits"),
    ].map { subject, name in
      Line(
        name: name,
        points: TranslationWorkload.publishedBits.map {
          Point(workload: "w4-\($0)", subject: subject, size: bytes(ofPages: $0), share: 1)
        })
    })

  private static let grants = counted(
    "grants", "From a guest's request to its grant", across: "live grants",
    operation: "one negotiation", workload: "negotiation", "live", [10, 1_000, 100_000])

  private static let mappings = counted(
    "mappings", "A buffer allocated, mapped, unmapped and freed", across: "live mappings",
    operation: "one buffer", workload: "mappings", "live", MappingRows.counts)

  private static let domains = counted(
    "domains", "A machine's boot, for each of its guests", across: "guests",
    operation: "one guest", workload: "boot", "guests", BootRows.guests, perItem: true)

  private static let devices = counted(
    "devices", "A read of 64 bytes by each device in turn", across: "devices",
    operation: "one read", workload: "devices", "devices", DeviceCountRows.counts)

  /// A curve of one line, whose rows are named after their sizes.
  private static func counted(
    _ name: String, _ title: String, across: String, operation: String, workload: String,
    _ noun: String, _ sizes: [Int], perItem: Bool = false
  ) -> GrowthCurve {
    GrowthCurve(
      name: name, title: title, across: across, unit: .count, operation: operation,
      lines: [
        Line(
          name: "dvmash",
          points: sizes.map {
            Point(
              workload: workload, subject: "\($0) \(noun)", size: Double($0),
              share: perItem ? Double($0) : 1)
          })
      ])
  }

  private static func bytes(ofPages bits: Int) -> Double { Double(1 << (bits + 13)) }
}
