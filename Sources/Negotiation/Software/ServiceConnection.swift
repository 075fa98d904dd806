import Channels
import Hypervisor
import Sun4v

/// What a connection tells its agent.
enum ConnectionEvent: Hashable, Sendable {
  case serviceUp
  case serviceDown
  case message(ArraySlice<UInt8>)
  case closed(DomainServicesFault)
  case refused
}

/// A channel with Domain Services, on which the `dvma` service is registered.
///
/// A message that cannot be sent now is lost like one on the way: the agents repeat it.
public struct ServiceConnection: Hashable, Sendable {
  /// The service's name.
  public static let service = "dvma"
  /// The version of the service.
  public static let version = ProtocolVersion(1, 0)

  /// Channel, link and Domain Services.
  public internal(set) var endpoint: DomainServicesEndpoint
  private var handle: ServiceHandle?
  private var spareEffects = SpareList<DomainServicesEffect>()

  /// The channel.
  public var channel: ChannelID { endpoint.driver.configuration.channel }
  /// Whether the service is registered.
  public var isUp: Bool { handle != nil }
  /// When `service` must be called next, interrupts apart.
  public var deadline: VirtualTime? { endpoint.deadline }

  init(
    _ configuration: LDCEndpointConfiguration, link: LDCLinkConfiguration, role: DomainServicesRole
  ) {
    endpoint = DomainServicesEndpoint(
      configuration: configuration, link: link, role: role,
      services: [
        DomainService(
          id: Self.service, versions: [Self.version],
          side: role == .guest ? .registersHere : .acceptsPeer)
      ])
  }

  /// Opens the channel.
  ///
  /// A domain that has booted before gives its receive queue twice: a peer that never looked while it was
  /// away would take the new queue for the old one, and believe in a session that nobody else knows of;
  /// a replaced queue it is told of.
  mutating func open(
    _ port: DomainPort, hasBootedBefore: Bool, into events: inout [ConnectionEvent]
  ) throws(LDCEndpointError) {
    if hasBootedBefore {
      let configuration = endpoint.driver.configuration
      port.fastTrap(
        HypercallNumber.ldcRxQConf, configuration.channel.rawValue,
        configuration.receiveQueue.rawValue, configuration.entries)
    }
    var effects: [DomainServicesEffect] = []
    try endpoint.open(port, into: &effects)
    note(effects, into: &events)
  }

  mutating func close(_ port: DomainPort, into events: inout [ConnectionEvent]) {
    var effects: [DomainServicesEffect] = []
    endpoint.close(port, into: &effects)
    note(effects, into: &events)
  }

  mutating func service(_ port: DomainPort, into events: inout [ConnectionEvent]) {
    var effects = spareEffects.take()
    endpoint.service(port, into: &effects)
    note(effects, into: &events)
    spareEffects.keep(&effects)
  }

  mutating func send(
    _ message: DVMAMessage, _ port: DomainPort, into events: inout [ConnectionEvent]
  ) {
    guard let handle else { return }
    var effects = spareEffects.take()
    // The handle is dropped as soon as the service goes down, so it is known, and no message of the
    // service is longer than a datagram.
    try? endpoint.send(bytes: message.length, to: handle, port, into: &effects) {
      message.write(to: &$0)
    }
    note(effects, into: &events)
    spareEffects.keep(&effects)
  }

  private mutating func note(
    _ effects: [DomainServicesEffect], into events: inout [ConnectionEvent]
  ) {
    for effect in effects {
      switch effect {
      case .serviceUp(let service):
        handle = service.handle
        events.append(.serviceUp)
      case .serviceDown:
        handle = nil
        events.append(.serviceDown)
      case .data(_, _, let payload): events.append(.message(payload))
      case .closeChannel(let fault): events.append(.closed(fault))
      case .failed, .registrationRefused: events.append(.refused)
      case .send, .ready, .dataRefused, .ignored: break
      }
    }
  }
}
