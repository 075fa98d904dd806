/// One row of a benchmark: what was measured, how often, and what came out.
public struct Measurement: Hashable, Sendable {
  /// The workload, such as `w2-90`.
  public let workload: String
  /// What was driven: `floor`, `floor+table`, the name of a policy, or that with `+table`.
  public let subject: String
  /// The subject of the row that this one is compared with; `nil` for floors.
  public let floor: String?
  /// The operations of one run.
  public let operations: Int
  /// Nanoseconds an operation, one value a run, ascending.
  public let samples: [Double]
  /// Allocations refused in one run.
  public let refused: Int
  /// Bytes that the allocator had written at the end; 0 for floors.
  public let bytes: Int

  /// Makes a measurement of samples in ascending order.
  public init(
    workload: String, subject: String, floor: String?, operations: Int, samples: [Double],
    refused: Int = 0, bytes: Int = 0
  ) {
    self.workload = workload
    self.subject = subject
    self.floor = floor
    self.operations = operations
    self.samples = samples
    self.refused = refused
    self.bytes = bytes
  }

  /// The same row with the samples of another pass too; of refusals and bytes the most counts.
  public func adding(_ other: Measurement) -> Measurement {
    Measurement(
      workload: workload, subject: subject, floor: floor, operations: operations,
      samples: (samples + other.samples).sorted(), refused: max(refused, other.refused),
      bytes: max(bytes, other.bytes))
  }

  /// The middle of the samples; 0 without any.
  public var median: Double {
    guard !samples.isEmpty else { return 0 }
    let middle = samples.count / 2
    return samples.count % 2 == 1
      ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2
  }

  /// The least of the samples; 0 without any.
  public var minimum: Double { samples.first ?? 0 }
}
