/// What came of a request to `md-update`, `domain-shutdown` or `domain-panic`.
///
/// Source: FWARC 2006/055, 3.1 to 3.3.
public enum ServiceOutcome: UInt32, Hashable, Sendable {
  /// Done, or will be.
  case done = 0
  /// Could not be done.
  case failed = 1
  /// The request could not be understood.
  case invalidMessage = 2
}

/// The answer of `md-update`, `domain-shutdown` and `domain-panic`: u64 number of the request, u32
/// outcome, and for the last two an optional reason as NUL-terminated text.
///
/// Source: FWARC 2006/055, 3.1.3, 3.2.3, 3.3.3.
public struct ServiceResponse: Hashable, Sendable {
  /// The number of the request that is answered.
  public var request: UInt64
  /// What came of it.
  public var outcome: ServiceOutcome
  /// Why, in words; `nil` when the answer has no text.
  public var reason: String?

  /// Makes an answer.
  public init(request: UInt64, outcome: ServiceOutcome, reason: String? = nil) {
    self.request = request
    self.outcome = outcome
    self.reason = reason
  }

  /// Reads an answer, or returns `nil` for too few bytes or an unknown outcome.
  public init?(payload: [UInt8]) {
    var reader = BigEndianReader(payload)
    guard let request: UInt64 = reader.read(), let number: UInt32 = reader.read(),
      let outcome = ServiceOutcome(rawValue: number)
    else { return nil }
    self.init(request: request, outcome: outcome)
    reason = reader.readTerminated().map { String(decoding: $0, as: UTF8.self) }
  }

  /// The bytes of the answer.
  public var payload: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: request)
    bytes.append(bigEndian: outcome.rawValue)
    if let reason { bytes.append(terminated: reason) }
    return bytes
  }
}
