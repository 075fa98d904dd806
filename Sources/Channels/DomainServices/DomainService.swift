import Sun4v

/// A service that one end declares: its id, its versions, and who registers it.
public struct DomainService: Hashable, Sendable {
  /// Who registers the service.
  public enum Side: String, Hashable, Sendable {
    /// This end registers it as soon as the connection is ready.
    case registersHere
    /// The peer registers it; this end accepts.
    case acceptsPeer
  }

  /// The service id, such as `md-update`: 1 to 1023 ASCII characters.
  public let id: String
  /// The versions that this end has.
  public let versions: SupportedVersions
  /// Who registers the service.
  public let side: Side

  /// Makes a declaration.
  public init(id: String, versions: [ProtocolVersion], side: Side) {
    self.id = id
    self.versions = SupportedVersions(versions)
    self.side = side
  }
}

/// A service that is registered, and can be used.
public struct RegisteredService: Hashable, Sendable {
  /// The service id.
  public let id: String
  /// Under which handle messages go in both directions.
  public let handle: ServiceHandle
  /// The agreed version.
  public let version: ProtocolVersion
  /// Which end registered it.
  public let side: DomainService.Side
}

/// Why a service is not registered any more.
public enum ServiceDownReason: String, Hashable, Sendable {
  /// The channel went down.
  case channelDown = "channel-down"
  /// The connection was closed because of a message that made no sense.
  case connectionClosed = "connection-closed"
  /// The peer has opened the connection anew.
  case renegotiated = "renegotiated"
  /// The peer has withdrawn the service.
  case withdrawnByPeer = "withdrawn-by-peer"
  /// This end has withdrawn the service.
  case withdrawnHere = "withdrawn-here"
  /// The peer does not know the handle.
  case handleRefused = "handle-refused"
}

/// Why the connection is closed.
public enum DomainServicesFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// A datagram that is no message.
  case malformed(DomainServicesError)
  /// A message whose type is not defined before the protocol version is agreed.
  case notAgreed(DomainServicesMessageType)

  /// A stable name for scripts.
  public var code: String {
    switch self {
    case .malformed(let error): error.code
    case .notAgreed: "ds-not-agreed"
    }
  }

  /// What was wrong.
  public var description: String {
    switch self {
    case .malformed(let error): error.description
    case .notAgreed(let type):
      "a message of type \(type.rawValue) came before a protocol version was agreed"
    }
  }
}

/// What Domain Services wants done or has to tell, in order.
public enum DomainServicesEffect: Hashable, Sendable {
  /// Send this datagram to the peer.
  case send([UInt8])
  /// The protocol version is agreed.
  case ready(ProtocolVersion)
  /// There is no common protocol version; nothing more happens on this channel.
  case failed
  /// A service can be used.
  case serviceUp(RegisteredService)
  /// A service cannot be used any more.
  case serviceDown(RegisteredService, ServiceDownReason)
  /// The peer has refused to register a service for good.
  case registrationRefused(service: String, DomainServicesResult)
  /// The peer has sent a message to a service.
  case data(service: String, ServiceHandle, ArraySlice<UInt8>)
  /// The peer has refused a message to a service.
  case dataRefused(ServiceHandle, DomainServicesResult)
  /// Close the channel, which resets the connection; what follows is up to `linkUp`.
  case closeChannel(DomainServicesFault)
  /// A message made no sense at this point and was passed over.
  case ignored(DomainServicesMessageType)
}

/// Why a message or registration cannot be made.
public enum ServiceSendError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No service is registered under the handle.
  case unknownHandle(ServiceHandle)
  /// No service of this id is declared here.
  case unknownService(String)
  /// The id is declared already.
  case duplicateService(String)
  /// The id is not 1 to 1023 ASCII characters.
  case badServiceName(String)
  /// The payload has so many bytes and may have at most `limit`.
  case tooLong(count: Int, limit: Int)

  /// A stable name for scripts.
  public var code: String {
    switch self {
    case .unknownHandle: "ds-unknown-handle"
    case .unknownService: "ds-unknown-service"
    case .duplicateService: "ds-duplicate-service"
    case .badServiceName: "ds-service-name"
    case .tooLong: "ds-too-long"
    }
  }

  /// What was wrong and what would be right.
  public var description: String {
    switch self {
    case .unknownHandle(let handle):
      "no service is registered under handle \(handle.rawValue.paddedHexadecimal)"
    case .unknownService(let id): "no service \"\(id)\" is declared here"
    case .duplicateService(let id): "a service \"\(id)\" is declared already"
    case .badServiceName(let id):
      "\"\(id)\" is no service id; it has 1 to 1023 ASCII characters"
    case .tooLong(let count, let limit):
      "a message to a service has at most \(limit) bytes, not \(count)"
    }
  }
}
