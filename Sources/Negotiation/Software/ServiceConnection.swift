// Theory of operation
//
// One channel with everything on it: the endpoint that moves packets, the link in it that makes
// messages of them, Domain Services that makes services of those, and the `dvma` service. What one layer
// tells goes to the next at once, until nobody has anything more to say; what concerns the agent is
// collected. A message that cannot be sent now is lost like one on the way: the agents repeat it.

import Channels
import Hypervisor
import Sun4v

/// What a connection tells its agent.
enum ConnectionEvent: Hashable, Sendable {
  case serviceUp
  case serviceDown
  case message([UInt8])
  case closed(DomainServicesFault)
}

/// A channel on which the `dvma` service runs.
public struct ServiceConnection: Hashable, Sendable {
  /// The service's name.
  public static let service = "dvma"
  /// The version of the service.
  public static let version = ProtocolVersion(1, 0)

  /// The end of the channel.
  public internal(set) var endpoint: LDCEndpointDriver
  /// The end of Domain Services.
  public internal(set) var peer: DomainServicesPeer
  /// Messages that could not be sent.
  public private(set) var unsent: UInt64 = 0
  private var handle: ServiceHandle?

  /// The channel.
  public var channel: ChannelID { endpoint.configuration.channel }
  /// Whether the service is registered.
  public var isUp: Bool { handle != nil }
  /// When `service` must be called next, interrupts apart.
  public var deadline: VirtualTime? { endpoint.deadline }

  init(endpoint: LDCEndpointDriver, role: DomainServicesRole) {
    self.endpoint = endpoint
    peer = DomainServicesPeer(
      role: role,
      services: [
        DomainService(
          id: Self.service, versions: [Self.version],
          side: role == .guest ? .registersHere : .acceptsPeer)
      ])
  }

  mutating func open(
    _ port: DomainPort, into events: inout [ConnectionEvent]
  ) throws(LDCEndpointError) {
    var deliveries: [LDCLinkDelivery] = []
    try endpoint.open(port, into: &deliveries)
    process(&deliveries, port, into: &events)
  }

  mutating func close(_ port: DomainPort, into events: inout [ConnectionEvent]) {
    var deliveries: [LDCLinkDelivery] = []
    endpoint.close(port, into: &deliveries)
    process(&deliveries, port, into: &events)
  }

  mutating func service(_ port: DomainPort, into events: inout [ConnectionEvent]) {
    var deliveries: [LDCLinkDelivery] = []
    endpoint.service(port, into: &deliveries)
    process(&deliveries, port, into: &events)
  }

  mutating func send(
    _ message: DVMAMessage, _ port: DomainPort, into events: inout [ConnectionEvent]
  ) {
    var effects: [DomainServicesEffect] = []
    guard let handle, (try? peer.send(message.bytes, to: handle, into: &effects)) != nil else {
      unsent &+= 1
      return
    }
    var deliveries: [LDCLinkDelivery] = []
    carryOut(effects, port, &deliveries, into: &events)
    process(&deliveries, port, into: &events)
  }

  private mutating func process(
    _ deliveries: inout [LDCLinkDelivery], _ port: DomainPort,
    into events: inout [ConnectionEvent]
  ) {
    var next = 0
    while next < deliveries.count {
      var effects: [DomainServicesEffect] = []
      switch deliveries[next] {
      case .message(let bytes): peer.receive(bytes, into: &effects)
      case .event(.up): peer.linkUp(into: &effects)
      case .event(.reset), .event(.down): peer.linkDown(into: &effects)
      }
      next += 1
      carryOut(effects, port, &deliveries, into: &events)
    }
  }

  private mutating func carryOut(
    _ effects: [DomainServicesEffect], _ port: DomainPort,
    _ deliveries: inout [LDCLinkDelivery], into events: inout [ConnectionEvent]
  ) {
    for effect in effects {
      switch effect {
      case .send(let datagram):
        do {
          try endpoint.send(datagram, port, into: &deliveries)
        } catch {
          unsent &+= 1
        }
      case .serviceUp(let service):
        handle = service.handle
        events.append(.serviceUp)
      case .serviceDown:
        handle = nil
        events.append(.serviceDown)
      case .data(_, _, let payload): events.append(.message(payload))
      case .closeChannel(let fault):
        events.append(.closed(fault))
        endpoint.reset(port, into: &deliveries)
      case .ready, .failed, .registrationRefused, .dataRefused, .ignored: break
      }
    }
  }
}
