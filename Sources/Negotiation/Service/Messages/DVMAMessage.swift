// Theory of operation
//
// One message of the `dvma` service, version 1.0, is the payload of one DS_DATA datagram. Every
// message begins with 16 bytes: the number of the request that it makes or answers, the type, and an
// argument whose meaning the type gives. What follows is a fixed record, or a count and so many fixed
// records. All numbers are big-endian and lie on multiples of their size; what is unused is zero. A
// message has exactly the length that its type and count say.
//
// The last four bytes are a checksum of all before them, since nothing below the service protects what
// packets say: damage would else become an answer to another request, or a grant of another range. A
// damaged message is as good as lost; nobody answers it, since not even its number can be trusted.
//
// Any bytes decode to a message or to one error that names the place; nothing of a malformed message
// is attempted. docs/dvma-service.md has the layouts.
//
// Source: the shape follows the conventions for new services of FWARC 2006/055, 2008/540 and 2010/058;
// the service itself is dvmash's own.

import Sun4v

/// The number that says what a message is.
public enum DVMAMessageType: UInt32, Hashable, Sendable, CaseIterable {
  /// A guest tells its view of a window.
  case info = 0x1
  /// The control domain compares and tells its own.
  case infoResult = 0x2
  /// A guest asks for ranges.
  case allocate = 0x3
  /// The ranges.
  case granted = 0x4
  /// Why there are none.
  case denied = 0x5
  /// A guest gives grants back.
  case release = 0x6
  /// What became of them.
  case released = 0x7
  /// The control domain wants a grant back, or has taken it.
  case revoke = 0x8
  /// The guest has given it up.
  case revoked = 0x9
  /// A guest lists the grants it holds.
  case query = 0xa
  /// What the control domain knows of them.
  case queryResult = 0xb
  /// A message could not be understood; nothing of it was attempted.
  case error = 0xc

  /// The name in the specification.
  public var name: String {
    switch self {
    case .info: "INFO"
    case .infoResult: "INFO_RESULT"
    case .allocate: "ALLOCATE"
    case .granted: "GRANTED"
    case .denied: "DENIED"
    case .release: "RELEASE"
    case .released: "RELEASED"
    case .revoke: "REVOKE"
    case .revoked: "REVOKED"
    case .query: "QUERY"
    case .queryResult: "QUERY_RESULT"
    case .error: "ERROR"
    }
  }

  /// Whether the guest sends it; the control domain sends the others, both send ERROR.
  public var isFromGuest: Bool {
    switch self {
    case .info, .allocate, .release, .revoked, .query, .error: true
    default: false
    }
  }

  /// Whether the control domain sends it.
  public var isFromControl: Bool { !isFromGuest || self == .error }
}

/// A message of the `dvma` service.
public struct DVMAMessage: Hashable, Sendable {
  /// What the message says, by type.
  public enum Body: Hashable, Sendable {
    /// INFO: the guest's incarnation and its view of one window.
    case info(generation: UInt64, DVMAWindow)
    /// INFO_RESULT: in what the views differ, the control domain's incarnation and own view, and how
    /// many requests a guest may have open at once.
    case infoResult(
      differences: DVMAWindowDifferences, generation: UInt64, openRequestLimit: UInt64, DVMAWindow)
    /// ALLOCATE: what is wanted; every request below `oldestOpen` has its answer.
    case allocate(oldestOpen: RequestID, GrantRequest)
    /// GRANTED: the ranges.
    case granted(GrantRecords)
    /// DENIED: why there are none.
    case denied(DenialReason)
    /// RELEASE: the grants given back; every request below `oldestOpen` has its answer.
    case release(oldestOpen: RequestID, [GrantID])
    /// RELEASED: what became of each.
    case released([ReleaseRecord])
    /// REVOKE: the grant is wanted back within so many nanoseconds, or, forced, is gone.
    case revoke(GrantID, nanosecondsLeft: UInt64, isForced: Bool)
    /// REVOKED: whether the guest held the grant; it no longer does.
    case revoked(GrantID, wasHeld: Bool)
    /// QUERY: grants the guest holds, as an inquiry or to renew a session.
    case query(oldestOpen: RequestID, [GrantRecord], DVMAQueryKind)
    /// QUERY_RESULT: the guest's limits, and the state of each grant it listed.
    case queryResult(DomainUse, [GrantStateRecord])
    /// ERROR: what was wrong with the request of this number.
    case error(DVMAErrorCode, type: UInt32, offset: UInt32)
  }

  /// The number of the request that is made or answered.
  public var request: RequestID
  /// What the message says.
  public var body: Body

  /// Makes a message.
  public init(_ request: RequestID, _ body: Body) {
    self.request = request
    self.body = body
  }

  /// The type that the body has.
  public var type: DVMAMessageType {
    switch body {
    case .info: .info
    case .infoResult: .infoResult
    case .allocate: .allocate
    case .granted: .granted
    case .denied: .denied
    case .release: .release
    case .released: .released
    case .revoke: .revoke
    case .revoked: .revoked
    case .query: .query
    case .queryResult: .queryResult
    case .error: .error
    }
  }

  /// The most bytes that a message has: what a link block of 4096 bytes leaves after the header and
  /// the handle of Domain Services.
  public static let maximumLength = 4080
  /// The number of bytes at the end that hold the checksum.
  public static let checksumLength = 4
  /// The most grants that one message carries.
  public static let maximumRecords = 160
}

/// What a list of grants in QUERY is.
public enum DVMAQueryKind: UInt32, Hashable, Sendable, CaseIterable {
  /// A question about these grants; nothing changes.
  case inquiry = 0
  /// A part of all the grants that a guest holds when a session begins; more follow.
  case renewalPart = 1
  /// The last part: what the guest did not list it does not hold.
  case renewalEnd = 2
}

/// What was wrong with a message, as ERROR says it.
public struct DVMAErrorCode: RawRepresentable, Hashable, Sendable {
  /// The number on the wire.
  public let rawValue: UInt32
  /// Makes a code of its number; every number is one.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The checksum is not that of the bytes before it; never sent, since a damaged message is not
  /// answered.
  public static let damaged = DVMAErrorCode(rawValue: 0)
  /// Fewer bytes than header or type need.
  public static let tooShort = DVMAErrorCode(rawValue: 1)
  /// A type that the version does not have.
  public static let unknownType = DVMAErrorCode(rawValue: 2)
  /// More bytes than type and count say.
  public static let tooLong = DVMAErrorCode(rawValue: 3)
  /// A field that must be zero, or a flag that the version does not have.
  public static let reservedBits = DVMAErrorCode(rawValue: 4)
  /// A count of no records or of too many.
  public static let badCount = DVMAErrorCode(rawValue: 5)
  /// A type that only the other side sends.
  public static let wrongDirection = DVMAErrorCode(rawValue: 6)
  /// A value that its field does not have.
  public static let badValue = DVMAErrorCode(rawValue: 7)

  /// A stable name for scripts.
  public var name: String {
    switch self {
    case .damaged: "damaged"
    case .tooShort: "too-short"
    case .unknownType: "unknown-type"
    case .tooLong: "too-long"
    case .reservedBits: "reserved-bits"
    case .badCount: "bad-count"
    case .wrongDirection: "wrong-direction"
    case .badValue: "bad-value"
    default: "error-\(rawValue)"
    }
  }
}

/// Why bytes are no message of the service.
public struct DVMAMessageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public let code: DVMAErrorCode
  /// The request number in the header; 0 where not even that was there.
  public let request: RequestID
  /// The type in the header; 0 where it was not there.
  public let type: UInt32
  /// The place in the message, in bytes.
  public let offset: Int
  /// One sentence: what was wrong, and what would be right.
  public let message: String

  /// The sentence.
  public var description: String { message }

  /// Whether the bytes are not what was sent, so that nothing in them can be trusted.
  public var isDamage: Bool { code == .damaged }
}

extension DVMAMessageError {
  /// Bytes whose checksum is wrong or missing.
  init(damaged message: String) {
    self.init(code: .damaged, request: RequestID(0), type: 0, offset: 0, message: message)
  }
}
