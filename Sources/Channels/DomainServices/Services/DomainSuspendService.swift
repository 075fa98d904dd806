/// `domain-suspend` 1.0: asks a domain to suspend itself.
///
/// Source: FWARC 2009/559, 4.1.
public struct DomainSuspendRequest: Hashable, Sendable {
  /// The service id.
  public static let serviceID = "domain-suspend"
  /// The number of the only type, suspend.
  public static let suspendType: UInt64 = 0
  /// The number of the request, chosen by the sender.
  public var request: UInt64
  /// What is asked for; only `suspendType` has a meaning.
  public var type: UInt64

  /// Makes a request.
  public init(request: UInt64, type: UInt64 = suspendType) {
    self.request = request
    self.type = type
  }

  /// Reads a request, or returns `nil` for fewer than 16 bytes.
  public init?(payload: [UInt8]) {
    var reader = BigEndianReader(payload)
    guard let request: UInt64 = reader.read(), let type: UInt64 = reader.read() else {
      return nil
    }
    self.init(request: request, type: type)
  }

  /// The bytes of the request.
  public var payload: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: request)
    bytes.append(bigEndian: type)
    return bytes
  }

  /// The answer to a request that is not for suspending; `nil` when the domain must act.
  public var refusal: DomainSuspendResponse? {
    guard type != Self.suspendType else { return nil }
    return DomainSuspendResponse(request: request, result: .invalidMessage)
  }
}

/// The answer of `domain-suspend`.
///
/// Source: FWARC 2009/559, 4.1.4.
public struct DomainSuspendResponse: Hashable, Sendable {
  /// How far the request got.
  public enum Result: UInt32, Hashable, Sendable {
    /// Prepared; the domain suspends itself now.
    case prepared = 0
    /// Preparation failed.
    case preparationFailed = 1
    /// The request could not be understood.
    case invalidMessage = 2
    /// Another request is under way.
    case inProgress = 3
    /// Prepared, but suspending failed.
    case suspendFailed = 4
    /// Resumed.
    case resumed = 5
    /// Resumed, but setting things up again failed.
    case resumeFailed = 6
  }

  /// The number of the request that is answered.
  public var request: UInt64
  /// How far it got.
  public var result: Result
  /// Whether what was done could not be undone.
  public var recoveryFailed: Bool
  /// Why, in words: at most 511 bytes.
  public var reason: String

  /// Makes an answer.
  public init(
    request: UInt64, result: Result, recoveryFailed: Bool = false, reason: String = ""
  ) {
    self.request = request
    self.result = result
    self.recoveryFailed = recoveryFailed
    self.reason = reason
  }

  /// Reads an answer, or returns `nil` for too few bytes, a text without end, or an unknown result.
  public init?(payload: [UInt8]) {
    var reader = BigEndianReader(payload)
    guard let request: UInt64 = reader.read(), let number: UInt32 = reader.read(),
      let result = Result(rawValue: number), let recovery: UInt32 = reader.read(),
      let text = reader.readTerminated(), text.count <= 511
    else { return nil }
    self.init(
      request: request, result: result, recoveryFailed: recovery != 0,
      reason: String(decoding: text, as: UTF8.self))
  }

  /// The bytes of the answer; a longer reason is cut.
  public var payload: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: request)
    bytes.append(bigEndian: result.rawValue)
    bytes.append(bigEndian: recoveryFailed ? 1 : 0 as UInt32)
    bytes.append(contentsOf: reason.utf8.prefix(511))
    bytes.append(0)
    return bytes
  }
}
