/// Which end of Domain Services this is.
public enum DomainServicesRole: String, Hashable, Sendable {
  /// Opens the connection when the channel is up.
  case guest
  /// Waits for the guest to open it.
  case serviceEntity
}

/// Where a connection of Domain Services stands.
public enum DomainServicesPhase: String, Hashable, Sendable {
  /// The channel is down or was closed.
  case linkDown = "LDC_DOWN"
  /// The channel is up, and this end waits for the guest.
  case linkUp = "LDC_UP"
  /// This end has asked for a protocol version.
  case initSent = "INIT_SENT"
  /// A protocol version is agreed; services can be registered.
  case ready = "READY"
  /// There is no common protocol version.
  case failed = "FAILED"
}

/// One end of Domain Services 1.0 on one reliable channel.
///
/// Like the link below it, the peer is a pure state machine: datagrams and changes of the channel go
/// in, effects come out, and the value is all there is to the state. Many services share the
/// channel; each is declared with its id, its versions and the end that registers it, and lives
/// from the accepted registration until it is withdrawn or the channel goes down.
///
/// Invariants: a service is registered at most once per side; no two registrations have the same
/// handle; nothing is registered unless the phase is `ready`; a handle made here is not made again
/// while the channel stays up.
///
/// Choices where the text leaves one: what cannot be read is discarded and the channel closed, like
/// a message of unknown type; a peer that registers an id unknown here is refused with
/// DS_REG_VER_NACK and major 0; a handle in use already is refused with DS_INV_HDL; an opening
/// request on a ready connection starts it anew.
///
/// Source: FWARC 2006/055 (Domain Services 0.9.9), 2.3 to 2.5.
public struct DomainServicesPeer: Hashable, Sendable {
  /// Which end this is.
  public let role: DomainServicesRole
  /// The protocol versions that this end has.
  public let versions: SupportedVersions
  /// The longest datagram in bytes: the block size of the link below.
  public let maximumDatagram: Int
  /// Where the connection stands.
  public private(set) var phase = DomainServicesPhase.linkDown
  /// The agreed protocol version.
  public private(set) var version: ProtocolVersion?
  /// The declared services.
  public internal(set) var services: [DomainService] = []

  /// The opening request sent last, and the major numbers asked for so far.
  private var offered: ProtocolVersion?
  private var offeredMajors: [UInt16] = []
  var registrations: [ServiceRegistration] = []
  /// Handles made since the channel came up.
  var handlesMade: UInt64 = 0

  /// A peer whose channel is down.
  ///
  /// Of services with the same id and side the first counts, and one whose id is not 1 to 1023 ASCII
  /// characters is left out; `declare` reports both.
  public init(
    role: DomainServicesRole, services: [DomainService] = [],
    versions: [ProtocolVersion] = [ProtocolVersion(1, 0)], maximumDatagram: Int = 4096
  ) {
    self.role = role
    self.versions = SupportedVersions(versions)
    self.maximumDatagram = max(64, maximumDatagram)
    var effects: [DomainServicesEffect] = []
    for service in services { try? declare(service, into: &effects) }
  }

  /// The registered services, in order of id, those registered here first.
  public var registered: [RegisteredService] {
    registrations.compactMap { $0.registered(in: services) }
      .sorted { ($0.id, $0.handle) < ($1.id, $1.handle) }
  }

  /// The registration of a service, if it can be used.
  public func registration(of id: String) -> RegisteredService? {
    registrations.first { $0.version != nil && services[$0.service].id == id }?
      .registered(in: services)
  }

  /// The channel below is up.
  public mutating func linkUp(into effects: inout [DomainServicesEffect]) {
    if phase != .linkDown { linkDown(into: &effects) }
    phase = .linkUp
    guard role == .guest else { return }
    guard let highest = versions.highest else {
      phase = .failed
      effects.append(.failed)
      return
    }
    open(highest, into: &effects)
  }

  /// The channel below is down or was reset: nothing is registered any more.
  public mutating func linkDown(into effects: inout [DomainServicesEffect]) {
    disconnect(.channelDown, into: &effects)
    phase = .linkDown
    handlesMade = 0
  }

  /// Takes a datagram of the peer.
  public mutating func receive(
    _ datagram: [UInt8], into effects: inout [DomainServicesEffect]
  ) {
    receive(datagram[...], into: &effects)
  }

  /// Takes a datagram of the peer that lies among other bytes.
  public mutating func receive(
    _ datagram: ArraySlice<UInt8>, into effects: inout [DomainServicesEffect]
  ) {
    guard phase != .linkDown else { return }
    // Nearly all are messages to services, which are passed on as they lie.
    if phase == .ready, let (handle, payload) = DomainServicesMessage.data(in: datagram) {
      receiveData(handle, payload, into: &effects)
      return
    }
    let message: DomainServicesMessage
    do {
      message = try DomainServicesMessage(datagram)
    } catch {
      close(.malformed(error), into: &effects)
      return
    }
    switch message {
    case .initRequest(let asked): opened(asked, into: &effects)
    case .initAck(let minor): accepted(minor: minor, into: &effects)
    case .initNack(let major): refused(major: major, into: &effects)
    case _ where phase != .ready: close(.notAgreed(message.type), into: &effects)
    default: receiveService(message, into: &effects)
    }
  }

  private mutating func open(
    _ version: ProtocolVersion, into effects: inout [DomainServicesEffect]
  ) {
    offered = version
    offeredMajors.append(version.major)
    phase = .initSent
    effects.append(.send(DomainServicesMessage.initRequest(version).bytes))
  }

  private mutating func opened(
    _ asked: ProtocolVersion, into effects: inout [DomainServicesEffect]
  ) {
    if phase == .ready {
      disconnect(.renegotiated, into: &effects)
      phase = .linkUp
    }
    guard let own = versions.version(major: asked.major) else {
      let closest = versions.closestMajor(to: asked.major)
      effects.append(.send(DomainServicesMessage.initNack(major: closest).bytes))
      return
    }
    effects.append(.send(DomainServicesMessage.initAck(minor: own.minor).bytes))
    agree(ProtocolVersion(asked.major, min(asked.minor, own.minor)), into: &effects)
  }

  private mutating func accepted(minor: UInt16, into effects: inout [DomainServicesEffect]) {
    guard phase == .initSent, let offered else {
      effects.append(.ignored(.initAck))
      return
    }
    agree(ProtocolVersion(offered.major, min(offered.minor, minor)), into: &effects)
  }

  private mutating func refused(major: UInt16, into effects: inout [DomainServicesEffect]) {
    guard phase == .initSent, let offered else {
      effects.append(.ignored(.initNack))
      return
    }
    guard let next = versions.next(major: major, after: offered, tried: offeredMajors) else {
      phase = .failed
      effects.append(.failed)
      return
    }
    open(next, into: &effects)
  }

  private mutating func agree(
    _ agreed: ProtocolVersion, into effects: inout [DomainServicesEffect]
  ) {
    version = agreed
    phase = .ready
    effects.append(.ready(agreed))
    for index in services.indices where services[index].side == .registersHere {
      register(index, into: &effects)
    }
  }

  private mutating func disconnect(
    _ reason: ServiceDownReason, into effects: inout [DomainServicesEffect]
  ) {
    for registration in registrations {
      guard let service = registration.registered(in: services) else { continue }
      effects.append(.serviceDown(service, reason))
    }
    registrations.removeAll()
    version = nil
    offered = nil
    offeredMajors.removeAll()
  }

  private mutating func close(
    _ fault: DomainServicesFault, into effects: inout [DomainServicesEffect]
  ) {
    disconnect(.connectionClosed, into: &effects)
    phase = .linkDown
    handlesMade = 0
    effects.append(.closeChannel(fault))
  }
}
