/// How far a long operation has come.
public struct Progress: Hashable, Sendable {
  /// What is done, such as `exploring`.
  public let task: String
  /// How much of it is done.
  public let done: UInt64
  /// How much there is to do at most; `nil` where nobody knows.
  public let limit: UInt64?
  /// What is counted, in the plural.
  public let unit: String

  /// Makes a report; `.max` as the limit means none.
  public init(_ task: String, _ done: UInt64, of limit: UInt64? = nil, _ unit: String) {
    self.task = task
    self.done = done
    self.limit = limit == .max ? nil : limit
    self.unit = unit
  }

  /// The report as one line.
  public var text: String {
    let most = limit.map { " of at most \($0)" } ?? ""
    return "\(task): \(done)\(most) \(unit)"
  }
}
