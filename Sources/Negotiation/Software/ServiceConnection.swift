import Channels
import Hypervisor
import Sun4v

/// A channel with Domain Services, on which the `dvma` service is registered.
///
/// Whatever changes a connection returns when `service` must be called next.
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

  /// The channel.
  public let channel: ChannelID
  /// Whether the service is registered.
  public var isUp: Bool { handle != nil }
  /// When `service` must be called next, interrupts apart.
  @inline(__always) public var deadline: VirtualTime? { endpoint.deadline }

  init(
    _ configuration: LDCEndpointConfiguration, link: LDCLinkConfiguration, role: DomainServicesRole
  ) {
    channel = configuration.channel
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
    _ port: DomainPort, hasBootedBefore: Bool, into effects: inout [DomainServicesEffect]
  ) throws(LDCEndpointError) {
    if hasBootedBefore {
      let configuration = endpoint.driver.configuration
      port.fastTrap(
        HypercallNumber.ldcRxQConf, configuration.channel.rawValue,
        configuration.receiveQueue.rawValue, configuration.entries)
    }
    let first = effects.count
    try endpoint.open(port, into: &effects)
    note(effects, from: first)
  }

  mutating func close(
    _ port: DomainPort, into effects: inout [DomainServicesEffect]
  ) -> VirtualTime? {
    let first = effects.count
    endpoint.close(port, into: &effects)
    note(effects, from: first)
    return endpoint.deadline
  }

  mutating func service(
    _ port: DomainPort, into effects: inout [DomainServicesEffect]
  ) -> VirtualTime? {
    let first = effects.count
    endpoint.service(port, into: &effects)
    note(effects, from: first)
    return endpoint.deadline
  }

  mutating func send(
    _ message: DVMAMessage, _ port: DomainPort, into effects: inout [DomainServicesEffect]
  ) -> VirtualTime? {
    guard let handle else { return endpoint.deadline }
    let first = effects.count
    // The handle is dropped as soon as the service goes down, so it is known, and no message of the
    // service is longer than a datagram.
    try? endpoint.send(bytes: message.length, to: handle, port, into: &effects) {
      message.write(to: &$0)
    }
    note(effects, from: first)
    return endpoint.deadline
  }

  /// Takes note of the handle under which the service is registered, after what happened from a place on.
  @inline(__always)
  private mutating func note(_ effects: [DomainServicesEffect], from first: Int) {
    for place in first..<effects.count where !effects[place].isData {
      switch effects[place] {
      case .serviceUp(let service): handle = service.handle
      case .serviceDown: handle = nil
      default: break
      }
    }
  }
}
