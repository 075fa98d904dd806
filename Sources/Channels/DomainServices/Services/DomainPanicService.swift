/// `domain-panic` 1.0: makes a domain panic.
///
/// Source: FWARC 2006/055, 3.3. The answer is a `ServiceResponse`.
public struct DomainPanicRequest: Hashable, Sendable {
  /// The service id.
  public static let serviceID = "domain-panic"
  /// The number of the request, chosen by the sender.
  public var request: UInt64

  /// Makes a request.
  public init(request: UInt64) { self.request = request }

  /// Reads a request, or returns `nil` for fewer than 8 bytes.
  public init?(payload: [UInt8]) {
    var reader = BigEndianReader(payload)
    guard let request: UInt64 = reader.read() else { return nil }
    self.request = request
  }

  /// The bytes of the request.
  public var payload: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: request)
    return bytes
  }
}
