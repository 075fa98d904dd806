import Hypervisor
import Sun4v

/// Domain Services on one channel of a domain: the driver of the channel, the link protocol and the
/// peer, joined.
///
/// The link coming up brings the peer up, its end takes it down. What the peer sends goes to the link;
/// what the link has no room for waits here, in order, up to `maximumOutbox` datagrams, and beyond
/// that the connection is reset, since a datagram left out would break the promise of the channel.
///
/// Source: FWARC 2006/055, 2.1 and 2.3; reliable mode with blocks of 4096 bytes as in Linux.
public struct DomainServicesEndpoint: Hashable, Sendable {
  /// The driver below.
  public private(set) var driver: LDCEndpointDriver
  /// The peer above.
  public private(set) var peer: DomainServicesPeer
  /// The most datagrams that wait for the link.
  public let maximumOutbox: Int

  private var outbox: [[UInt8]] = []

  /// An endpoint that is not open.
  ///
  /// The link is in reliable mode, whatever `link` says.
  public init(
    configuration: LDCEndpointConfiguration, link: LDCLinkConfiguration,
    role: DomainServicesRole, services: [DomainService] = [], maximumOutbox: Int = 1024
  ) {
    var link = link
    link.mode = .reliable
    driver = LDCEndpointDriver(configuration: configuration, link: link)
    peer = DomainServicesPeer(role: role, services: services, maximumDatagram: link.blockSize)
    self.maximumOutbox = maximumOutbox
  }

  /// When `service` must be called next, interrupts apart.
  public var deadline: VirtualTime? { driver.deadline }

  /// Configures queues and interrupt, and begins.
  ///
  /// - Throws: `LDCEndpointError`; the endpoint stays closed then.
  public mutating func open(
    _ port: DomainPort, into effects: inout [DomainServicesEffect]
  ) throws(LDCEndpointError) {
    var deliveries: [LDCLinkDelivery] = []
    try driver.open(port, into: &deliveries)
    take(deliveries, port, into: &effects)
  }

  /// Stops, and gives the queues back.
  public mutating func close(_ port: DomainPort, into effects: inout [DomainServicesEffect]) {
    var deliveries: [LDCLinkDelivery] = []
    driver.close(port, into: &deliveries)
    take(deliveries, port, into: &effects)
  }

  /// Does everything that can be done now; to be called at `deadline` and on the receive interrupt.
  ///
  /// The effects do not contain what was sent or closed; that has been done.
  public mutating func service(_ port: DomainPort, into effects: inout [DomainServicesEffect]) {
    var deliveries: [LDCLinkDelivery] = []
    driver.service(port, into: &deliveries)
    take(deliveries, port, into: &effects)
    post([], port, into: &effects)
  }

  /// Sends a message to a registered service.
  ///
  /// - Throws: `ServiceSendError`.
  public mutating func send(
    _ payload: [UInt8], to handle: ServiceHandle, _ port: DomainPort,
    into effects: inout [DomainServicesEffect]
  ) throws(ServiceSendError) {
    var wanted: [DomainServicesEffect] = []
    try peer.send(payload, to: handle, into: &wanted)
    carryOut(wanted, port, into: &effects)
  }

  /// Declares a further service.
  ///
  /// - Throws: `ServiceSendError`.
  public mutating func declare(
    _ service: DomainService, _ port: DomainPort, into effects: inout [DomainServicesEffect]
  ) throws(ServiceSendError) {
    var wanted: [DomainServicesEffect] = []
    try peer.declare(service, into: &wanted)
    carryOut(wanted, port, into: &effects)
  }

  /// Withdraws a registered service.
  ///
  /// - Throws: `ServiceSendError`.
  public mutating func unregister(
    _ handle: ServiceHandle, _ port: DomainPort, into effects: inout [DomainServicesEffect]
  ) throws(ServiceSendError) {
    var wanted: [DomainServicesEffect] = []
    try peer.unregister(handle, into: &wanted)
    carryOut(wanted, port, into: &effects)
  }

  /// Ends the connection and makes a new one.
  public mutating func reset(_ port: DomainPort, into effects: inout [DomainServicesEffect]) {
    var deliveries: [LDCLinkDelivery] = []
    driver.reset(port, into: &deliveries)
    take(deliveries, port, into: &effects)
  }

  /// Gives the peer what the link has delivered.
  private mutating func take(
    _ deliveries: [LDCLinkDelivery], _ port: DomainPort,
    into effects: inout [DomainServicesEffect]
  ) {
    var wanted: [DomainServicesEffect] = []
    for delivery in deliveries {
      switch delivery {
      case .message(let datagram): peer.receive(datagram, into: &wanted)
      case .event(.up):
        outbox.removeAll()
        peer.linkUp(into: &wanted)
      case .event(.reset), .event(.down):
        outbox.removeAll()
        // What the peer wanted to send belongs to the session that is gone.
        effects += wanted.filter { if case .send = $0 { false } else { true } }
        wanted.removeAll()
        if peer.phase != .linkDown { peer.linkDown(into: &wanted) }
      }
    }
    carryOut(wanted, port, into: &effects)
  }

  /// Sends and closes as the peer wants, and passes the rest on.
  private mutating func carryOut(
    _ wanted: [DomainServicesEffect], _ port: DomainPort,
    into effects: inout [DomainServicesEffect]
  ) {
    var datagrams: [[UInt8]] = []
    var closes = false
    for effect in wanted {
      switch effect {
      case .send(let datagram): datagrams.append(datagram)
      case .closeChannel:
        closes = true
        effects.append(effect)
      default: effects.append(effect)
      }
    }
    if closes {
      outbox.removeAll()
      reset(port, into: &effects)
    } else {
      post(datagrams, port, into: &effects)
    }
  }

  /// Sends datagrams behind those that wait, as far as the link takes them.
  private mutating func post(
    _ datagrams: [[UInt8]], _ port: DomainPort, into effects: inout [DomainServicesEffect]
  ) {
    var rest = outbox.isEmpty ? datagrams[...] : (outbox + datagrams)[...]
    var deliveries: [LDCLinkDelivery] = []
    while let datagram = rest.first {
      do {
        try driver.send(datagram, port, into: &deliveries)
      } catch .notUp, .wrongLength {
        rest = []
        break
      } catch {
        break
      }
      rest = rest.dropFirst()
    }
    outbox = Array(rest)
    if !deliveries.isEmpty { take(deliveries, port, into: &effects) }
    if outbox.count > maximumOutbox {
      outbox.removeAll()
      reset(port, into: &effects)
    }
  }
}
