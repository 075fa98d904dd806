import Hypervisor
import Sun4v

/// Domain Services on one channel of a domain: the driver of the channel, the link protocol and the
/// peer, joined.
///
/// The link coming up brings the peer up, its end takes it down. What the peer sends goes to the link;
/// what the link has no room for waits here, in order, up to `maximumOutbox` datagrams, and beyond
/// that the connection is reset, since a datagram left out would break the promise of the channel.
///
/// Domain Services has no timers, for a reliable channel loses nothing; one whose packets are damaged
/// may. So this end watches: what stays unanswered, refused or untried for `patience` is tried
/// again, by a new connection where the other end may believe that all is well, up to `attemptLimit`
/// times in a row. Where the two ends are seen to disagree on what is registered, the connection is
/// reset at once.
///
/// Source: FWARC 2006/055, 2.1 and 2.3; reliable mode with blocks of 4096 bytes as in Linux.
public struct DomainServicesEndpoint: Hashable, Sendable {
  /// The driver below.
  public internal(set) var driver: LDCEndpointDriver
  /// The peer above.
  public internal(set) var peer: DomainServicesPeer
  /// The most datagrams that wait for the link.
  public let maximumOutbox: Int

  /// Nanoseconds that an answer may take before its question counts as lost; longer than the link
  /// needs to send a packet again as often as it does.
  public var patience: UInt64 = 500_000_000
  /// How often in a row something is tried again that has had no success.
  public var attemptLimit = 8

  var outbox: [[UInt8]] = []
  private var spareDeliveries = SpareList<LDCLinkDelivery>()
  /// When something that is still missing is tried again.
  @usableFromInline var watchDeadline: VirtualTime?
  /// How often that has happened since nothing was missing.
  var attempts = 0
  /// The services whose registration the other end has refused on this connection.
  var refused: [String] = []

  /// An endpoint that is not open.
  ///
  /// The link is in reliable mode, and its blocks hold any registration, whatever `link` says.
  public init(
    configuration: LDCEndpointConfiguration, link: LDCLinkConfiguration,
    role: DomainServicesRole, services: [DomainService] = [], maximumOutbox: Int = 1024
  ) {
    var link = link
    link.mode = .reliable
    link.blockSize = max(link.blockSize, DomainServicesMessage.longestRegistration)
    driver = LDCEndpointDriver(configuration: configuration, link: link)
    peer = DomainServicesPeer(role: role, services: services, maximumDatagram: link.blockSize)
    self.maximumOutbox = maximumOutbox
  }

  /// When `service` must be called next, interrupts apart.
  @inlinable @inline(__always) public var deadline: VirtualTime? {
    guard let watchDeadline else { return driver.deadline }
    return driver.deadline.map { min($0, watchDeadline) } ?? watchDeadline
  }

  /// Configures queues and interrupt, and begins.
  ///
  /// - Throws: `LDCEndpointError`; the endpoint stays closed then.
  public mutating func open(
    _ port: DomainPort, into effects: inout [DomainServicesEffect]
  ) throws(LDCEndpointError) {
    var deliveries: [LDCLinkDelivery] = []
    try driver.open(port, into: &deliveries)
    attempts = 0
    take(&deliveries, port, into: &effects)
    watch(port.now)
  }

  /// Stops, and gives the queues back.
  public mutating func close(_ port: DomainPort, into effects: inout [DomainServicesEffect]) {
    var deliveries: [LDCLinkDelivery] = []
    driver.close(port, into: &deliveries)
    take(&deliveries, port, into: &effects)
    watchDeadline = nil
  }

  /// Does everything that can be done now; to be called at `deadline` and on the receive interrupt.
  ///
  /// The effects do not contain what was sent or closed; that has been done.
  public mutating func service(_ port: DomainPort, into effects: inout [DomainServicesEffect]) {
    var deliveries = spareDeliveries.take()
    driver.service(port, into: &deliveries)
    if !deliveries.isEmpty { take(&deliveries, port, into: &effects) }
    spareDeliveries.keep(&deliveries)
    if !outbox.isEmpty { emptyOutbox(port, into: &effects) }
    watch(port.now)
    if let due = watchDeadline, due <= port.now {
      watchDeadline = nil
      attempts += 1
      tryAgain(port, into: &effects)
      watch(port.now)
    }
  }

  /// Sends a message to a registered service.
  ///
  /// - Throws: `ServiceSendError`.
  public mutating func send(
    _ payload: [UInt8], to handle: ServiceHandle, _ port: DomainPort,
    into effects: inout [DomainServicesEffect]
  ) throws(ServiceSendError) {
    try send(bytes: payload.count, to: handle, port, into: &effects) { writer in
      payload.withUnsafeBytes { writer.write($0) }
    }
  }

  /// Sends a message of at most so many bytes to a registered service; `write` writes it to where the
  /// link takes it from, without a list of bytes in between.
  ///
  /// - Throws: `ServiceSendError`; nothing is written then.
  public mutating func send(
    bytes count: Int, to handle: ServiceHandle, _ port: DomainPort,
    into effects: inout [DomainServicesEffect], _ write: (inout BigEndianWriter) -> Void
  ) throws(ServiceSendError) {
    try peer.admit(count, to: handle)
    let header = DomainServicesMessage.dataHeaderLength
    withUnsafeTemporaryAllocation(byteCount: header + count, alignment: 8) { memory in
      var body = BigEndianWriter(UnsafeMutableRawBufferPointer(rebasing: memory[header...]))
      write(&body)
      var front = BigEndianWriter(memory)
      DomainServicesMessage.writeDataHeader(handle, payloadBytes: body.offset, to: &front)
      let datagram = UnsafeRawBufferPointer(rebasing: memory[..<(header + body.offset)])
      var deliveries: [LDCLinkDelivery] = []
      if !outbox.isEmpty || !post(datagram, port, into: &deliveries) {
        outbox.append([UInt8](datagram))
      }
      if !deliveries.isEmpty { take(&deliveries, port, into: &effects) }
    }
    if outbox.count > maximumOutbox {
      outbox.removeAll()
      reset(port, into: &effects)
    }
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
    take(&deliveries, port, into: &effects)
  }

  /// Gives the peer what the link has delivered.
  mutating func take(
    _ deliveries: inout [LDCLinkDelivery], _ port: DomainPort,
    into effects: inout [DomainServicesEffect]
  ) {
    var first = effects.count
    deliveries.drain { delivery in
      switch delivery {
      case .message(let datagram): peer.receive(datagram, into: &effects)
      case .event(.up):
        outbox.removeAll()
        peer.linkUp(into: &effects)
      case .event(.reset), .event(.down):
        outbox.removeAll()
        // What the peer wanted to send belongs to the session that is gone.
        let past = effects[first...].filter { if case .send = $0 { false } else { true } }
        effects.replaceSubrange(first..., with: past)
        first = effects.count
        if peer.phase != .linkDown { peer.linkDown(into: &effects) }
      }
    }
    // Most often there is nothing to carry out: a message to a service, and nothing else.
    guard !(first..<effects.count).allSatisfy({ effects[$0].isData }) else { return }
    let wanted = Array(effects[first...])
    effects.removeSubrange(first...)
    carryOut(wanted, port, into: &effects)
  }

  /// Sends and closes as the peer wants, and passes the rest on.
  mutating func carryOut(
    _ wanted: [DomainServicesEffect], _ port: DomainPort,
    into effects: inout [DomainServicesEffect]
  ) {
    let closes = wanted.contains(where: \.endsConnection)
    var deliveries: [LDCLinkDelivery] = []
    for effect in wanted {
      note(effect)
      guard case .send(let datagram) = effect else {
        effects.append(effect)
        continue
      }
      guard !closes else { continue }
      let isPosted =
        outbox.isEmpty && datagram.withUnsafeBytes { post($0, port, into: &deliveries) }
      if !isPosted { outbox.append(datagram) }
    }
    if !deliveries.isEmpty { take(&deliveries, port, into: &effects) }
    if closes || outbox.count > maximumOutbox {
      outbox.removeAll()
      reset(port, into: &effects)
    }
  }

  /// Sends what waits, as far as the link takes it.
  private mutating func emptyOutbox(
    _ port: DomainPort, into effects: inout [DomainServicesEffect]
  ) {
    var deliveries: [LDCLinkDelivery] = []
    let datagrams = outbox
    outbox = []
    let refused = datagrams.firstIndex { datagram in
      datagram.withUnsafeBytes { !post($0, port, into: &deliveries) }
    }
    let sent = refused ?? datagrams.count
    outbox = Array(datagrams.dropFirst(sent))
    if !deliveries.isEmpty { take(&deliveries, port, into: &effects) }
  }

  /// Gives the link a datagram; false when it has no room now.
  ///
  /// Without a session the datagram is dropped: the peer learns of that next, and begins anew.
  private mutating func post(
    _ datagram: UnsafeRawBufferPointer, _ port: DomainPort,
    into deliveries: inout [LDCLinkDelivery]
  ) -> Bool {
    do {
      try driver.send(datagram, port, into: &deliveries)
    } catch .queueFull {
      return false
    } catch {
      return true
    }
    return true
  }
}
