/// `domain-shutdown` 1.0: asks a domain to shut itself down.
///
/// Source: FWARC 2006/055, 3.2. The answer is a `ServiceResponse`.
public struct DomainShutdownRequest: Hashable, Sendable {
  /// The service id.
  public static let serviceID = "domain-shutdown"
  /// The number of the request, chosen by the sender.
  public var request: UInt64
  /// How many milliseconds the domain is to wait first.
  public var delayMilliseconds: UInt32

  /// Makes a request.
  public init(request: UInt64, delayMilliseconds: UInt32) {
    self.request = request
    self.delayMilliseconds = delayMilliseconds
  }

  /// Reads a request, or returns `nil` for fewer than 12 bytes.
  public init?(payload: [UInt8]) {
    var reader = BigEndianReader(payload)
    guard let request: UInt64 = reader.read(), let delay: UInt32 = reader.read() else {
      return nil
    }
    self.init(request: request, delayMilliseconds: delay)
  }

  /// The bytes of the request.
  public var payload: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: request)
    bytes.append(bigEndian: delayMilliseconds)
    return bytes
  }
}
