/// The number of a message type of Domain Services.
public enum DomainServicesMessageType: UInt32, Hashable, Sendable, CaseIterable {
  /// Opens the connection: asks for a protocol version.
  case initRequest = 0x0
  /// Accepts a protocol version.
  case initAck = 0x1
  /// Refuses a protocol version.
  case initNack = 0x2
  /// Registers a service.
  case registerRequest = 0x3
  /// Accepts a registration.
  case registerAck = 0x4
  /// Refuses a registration.
  case registerNack = 0x5
  /// Withdraws a service.
  case unregister = 0x6
  /// Accepts a withdrawal.
  case unregisterAck = 0x7
  /// Refuses a withdrawal.
  case unregisterNack = 0x8
  /// Carries a service's own message.
  case data = 0x9
  /// Refuses a service's message.
  case nack = 0xa

  /// The fewest payload bytes; longer payloads are padded by C structures and accepted.
  public var minimumPayload: Int {
    switch self {
    case .initRequest: 4
    case .initAck, .initNack: 2
    case .registerRequest: 13
    case .registerAck: 10
    case .registerNack: 18
    case .unregister, .unregisterAck, .unregisterNack, .data: 8
    case .nack: 16
    }
  }
}

/// Why a registration or a message was refused.
public struct DomainServicesResult: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The number in the message.
  public let rawValue: UInt64
  /// Makes a result of its number; every number is one.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The major number of the service is not supported.
  public static let versionRefused = DomainServicesResult(rawValue: 1)
  /// The service is registered already.
  public static let duplicate = DomainServicesResult(rawValue: 2)
  /// The handle is not valid.
  public static let invalidHandle = DomainServicesResult(rawValue: 3)
  /// The message type is not known.
  public static let unknownType = DomainServicesResult(rawValue: 4)

  /// The name in the specification.
  public var description: String {
    switch self {
    case .versionRefused: "DS_REG_VER_NACK"
    case .duplicate: "DS_REG_DUP"
    case .invalidHandle: "DS_INV_HDL"
    case .unknownType: "DS_TYPE_UNKNOWN"
    default: "result \(rawValue)"
    }
  }
}

/// The opaque number under which a service is registered, chosen by the side that registers it.
public struct ServiceHandle: RawRepresentable, Hashable, Comparable, Sendable {
  /// The 64 bits in the messages.
  public let rawValue: UInt64
  /// Makes a handle of its number; every number is one.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// Makes a handle of its number; every number is one.
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  /// Orders by number.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A message of Domain Services 1.0.
///
/// A datagram is a header of 8 bytes (type, payload length) and the payload, all big-endian; one
/// datagram is one message of the reliable channel below.
///
/// Source: FWARC 2006/055 (Domain Services 0.9.9), 2.2 to 2.5.
public enum DomainServicesMessage: Hashable, Sendable {
  /// DS_INIT_REQ.
  case initRequest(ProtocolVersion)
  /// DS_INIT_ACK with the highest supported minor number.
  case initAck(minor: UInt16)
  /// DS_INIT_NACK with another major number, or 0.
  case initNack(major: UInt16)
  /// DS_REG_REQ.
  case registerRequest(ServiceHandle, ProtocolVersion, service: String)
  /// DS_REG_ACK with the highest supported minor number.
  case registerAck(ServiceHandle, minor: UInt16)
  /// DS_REG_NACK; another major number with `versionRefused`, or 0.
  case registerNack(ServiceHandle, DomainServicesResult, major: UInt16)
  /// DS_UNREG.
  case unregister(ServiceHandle)
  /// DS_UNREG_ACK.
  case unregisterAck(ServiceHandle)
  /// DS_UNREG_NACK.
  case unregisterNack(ServiceHandle)
  /// DS_DATA.
  case data(ServiceHandle, ArraySlice<UInt8>)
  /// DS_NACK.
  case nack(ServiceHandle, DomainServicesResult)

  /// The bytes before the payload.
  public static let headerLength = 8
  /// The bytes before a service's own message.
  public static let dataHeaderLength = 16
  /// The longest service id, with its NUL.
  public static let maximumServiceLength = 1024

  /// The length of a DS_REG_REQ with the longest service id.
  public static let longestRegistration = headerLength + 12 + maximumServiceLength

  /// The type of the message.
  public var type: DomainServicesMessageType {
    switch self {
    case .initRequest: .initRequest
    case .initAck: .initAck
    case .initNack: .initNack
    case .registerRequest: .registerRequest
    case .registerAck: .registerAck
    case .registerNack: .registerNack
    case .unregister: .unregister
    case .unregisterAck: .unregisterAck
    case .unregisterNack: .unregisterNack
    case .data: .data
    case .nack: .nack
    }
  }
}
