import Hypervisor
import Sun4v

/// The software of a domain that owns one end of a channel: it moves packets between the queues that
/// the hypervisor serves and a `LDCLink`.
///
/// The driver reaches the hypervisor only through the domain's port, which is given to each call, so
/// that the driver is a value like the link in it. It is called when the receive interrupt came and
/// when `deadline` has passed; both calls are `service`.
///
/// Packets that the link wants sent go to the backlog, and from there to the transmit queue as far
/// as it has room; its head is asked for only when the room last known is used up. A link tells the
/// end of a session by configuring the receive queue anew, which the peer's end sees as a reset.
/// Whoever sees that empties its own transmit queue too, so that nothing of an old session is left.
///
/// Invariants: the backlog never exceeds `maximumBacklog` (what comes beyond is dropped, as the
/// channel itself may drop it; reliable mode sends it again); one call takes at most
/// `packetsPerService` packets; a refused call closes the end and is kept in `fault`; a transmit
/// queue that nobody empties is tried again a limited number of times, and then the backlog is
/// dropped.
///
/// Source: UltraSPARC Virtual Machine Specification, chapter 22; FWARC 2006/571, 4.3.3.
public struct LDCEndpointDriver: Sendable {
  /// What the end is made of.
  public let configuration: LDCEndpointConfiguration
  /// The link protocol of this end.
  public internal(set) var link: LDCLink
  /// Whether the queues are configured.
  public internal(set) var isOpen = false
  /// What has closed the end, if it was not `close`.
  public internal(set) var fault: LDCEndpointError?
  /// Packets that were dropped because the backlog was full.
  public internal(set) var backlogDropped: UInt64 = 0

  var output = LDCLinkOutput()
  var backlog = PacketQueue()
  /// The offsets of the transmit queue; the head as it was when last asked for.
  var transmitHead: UInt64 = 0
  var transmitTail: UInt64 = 0
  /// When to try again what could not be done.
  @usableFromInline var retryTime: VirtualTime?
  /// Whether the receive queue is still to be configured anew for the peer to see a reset.
  var owesReset = false
  /// How often in a row the transmit queue was full.
  var stalls = 0

  /// An end that is not open.
  public init(configuration: LDCEndpointConfiguration, link: LDCLinkConfiguration) {
    self.configuration = configuration
    self.link = LDCLink(configuration: link)
  }

  /// What the link has done.
  public var counters: LDCLinkCounters { output.counters }

  /// Packets that wait for room in the transmit queue.
  public var backlogCount: Int { backlog.count }

  /// When `service` must be called next, interrupts apart; `nil` when nothing is waited for.
  @inlinable @inline(__always) public var deadline: VirtualTime? {
    guard isOpen else { return nil }
    guard let retryTime else { return link.deadline }
    return link.deadline.map { min($0, retryTime) } ?? retryTime
  }

  /// Configures queues and interrupt and starts the link.
  ///
  /// - Throws: `LDCEndpointError`; the end stays closed then.
  public mutating func open(
    _ port: DomainPort, into deliveries: inout [LDCLinkDelivery]
  ) throws(LDCEndpointError) {
    if let fault = configuration.fault { throw fault }
    if isOpen { close(port, into: &deliveries) }
    fault = nil
    let channel = configuration.channel.rawValue
    try call(
      port, HypercallNumber.ldcTxQConf, channel, configuration.transmitQueue.rawValue,
      configuration.entries)
    try call(
      port, HypercallNumber.ldcRxQConf, channel, configuration.receiveQueue.rawValue,
      configuration.entries)
    if let interrupt = configuration.interrupt { try arm(interrupt, port) }
    isOpen = true
    emptyTransmitQueue(port)
    link.start(now: port.now, output: &output)
    service(port, into: &deliveries)
    deliver(into: &deliveries)
    if let fault { throw fault }
  }

  /// Stops the link and gives the queues back.
  public mutating func close(_ port: DomainPort, into deliveries: inout [LDCLinkDelivery]) {
    guard isOpen else { return }
    link.stop(output: &output)
    link.channelChanged(to: .down, now: port.now, output: &output)
    shut(port)
    deliver(into: &deliveries)
  }

  /// Ends the session and makes a new one, as after a fault of the peer.
  public mutating func reset(_ port: DomainPort, into deliveries: inout [LDCLinkDelivery]) {
    guard isOpen else { return }
    link.reset(now: port.now, output: &output)
    settle(port, into: &deliveries)
  }

  /// Has a link that has given up try again.
  public mutating func restart(_ port: DomainPort, into deliveries: inout [LDCLinkDelivery]) {
    guard isOpen else { return }
    link.start(now: port.now, output: &output)
    settle(port, into: &deliveries)
  }

  /// Sends a message, or queues it behind others.
  ///
  /// - Throws: `LDCSendError`; nothing of the message is sent then.
  public mutating func send(
    _ message: [UInt8], _ port: DomainPort, into deliveries: inout [LDCLinkDelivery]
  ) throws(LDCSendError) {
    try message.withUnsafeBufferPointer { (bytes) throws(LDCSendError) in
      try send(UnsafeRawBufferPointer(bytes), port, into: &deliveries)
    }
  }

  /// Sends a message from where it lies, or queues it behind others.
  ///
  /// - Throws: `LDCSendError`; nothing of the message is sent then.
  public mutating func send(
    _ message: UnsafeRawBufferPointer, _ port: DomainPort,
    into deliveries: inout [LDCLinkDelivery]
  ) throws(LDCSendError) {
    guard isOpen else { throw .notUp(.closed) }
    if link.configuration.mode != .reliable {
      let capacity = link.configuration.mode.payloadCapacity
      let needed = max(1, (message.count + capacity - 1) / capacity)
      let free = configuration.maximumBacklog - backlog.count
      guard needed <= free else { throw .queueFull(needed: needed, free: free) }
    }
    try link.send(message, now: port.now, output: &output)
    settle(port, into: &deliveries)
  }

  /// Does everything that can be done now: takes packets, sends, lets timers run out.
  public mutating func service(_ port: DomainPort, into deliveries: inout [LDCLinkDelivery]) {
    guard isOpen else { return }
    retryTime = nil
    takePackets(port)
    link.advance(to: port.now, output: &output)
    settle(port, into: &deliveries)
    if isOpen, let interrupt = configuration.interrupt {
      // Setting it idle raises it again at once when packets are left.
      attempt(
        port, HypercallNumber.vintrSetState, UInt64(interrupt.device.rawValue), interrupt.number, 0)
    }
  }

  /// Hands over what the link has to tell.
  private mutating func deliver(into deliveries: inout [LDCLinkDelivery]) {
    if !output.deliveries.isEmpty {
      if deliveries.isEmpty {
        swap(&deliveries, &output.deliveries)
      } else {
        deliveries.append(contentsOf: output.deliveries)
      }
    }
    output.clear()
  }

  /// Carries out what the link wants, and hands over what it has to tell.
  private mutating func settle(_ port: DomainPort, into deliveries: inout [LDCLinkDelivery]) {
    if output.concernsQueues || owesReset { applyOutput(port) }
    if !backlog.isEmpty { transmit(port) }
    deliver(into: &deliveries)
  }

  /// Carries out a reset that the link wants, and sends its packets, or moves them to the backlog.
  mutating func applyOutput(_ port: DomainPort) {
    if output.wantsChannelReset {
      output.wantsChannelReset = false
      owesReset = true
      backlog.removeAll()
      emptyTransmitQueue(port)
    }
    if owesReset {
      let result = attempt(
        port, HypercallNumber.ldcRxQConf, configuration.channel.rawValue,
        configuration.receiveQueue.rawValue, configuration.entries)
      owesReset = isOpen && result == nil
    }
    if output.packets.isEmpty || sendAtOnce(port) { return }
    for packet in output.packets {
      if backlog.count < configuration.maximumBacklog {
        backlog.append(packet)
      } else {
        backlogDropped &+= 1
      }
    }
    output.packets.removeAll(keepingCapacity: true)
  }

  /// Tells the link of the channel's state.
  ///
  /// When the peer has begun anew, nothing of the old session is left to send.
  @inline(__always) mutating func observe(_ rawState: UInt64, _ port: DomainPort) {
    let state = LDCChannelState(rawValue: rawState) ?? .down
    if state != link.channel { channelChanged(to: state, port) }
  }

  @inline(never)
  private mutating func channelChanged(to state: LDCChannelState, _ port: DomainPort) {
    if state != .up {
      backlog.removeAll()
      output.packets.removeAll(keepingCapacity: true)
      link.channelChanged(to: state, now: port.now, output: &output)
      emptyTransmitQueue(port)
    }
    // A channel that was reset is up: the peer has a receive queue. The hypervisor says so once.
    if state != .down { link.channelChanged(to: .up, now: port.now, output: &output) }
  }

  /// A call that must not fail was refused: the end is closed.
  mutating func fail(_ error: LDCEndpointError, _ port: DomainPort) {
    fault = error
    output.wantsChannelReset = false
    link.channelChanged(to: .down, now: port.now, output: &output)
    shut(port)
  }

  /// Gives the queues back; the hypervisor may refuse, and nothing hangs on it.
  private mutating func shut(_ port: DomainPort) {
    isOpen = false
    backlog.removeAll()
    retryTime = nil
    owesReset = false
    stalls = 0
    output.packets.removeAll(keepingCapacity: true)
    output.wantsChannelReset = false
    port.fastTrap(HypercallNumber.ldcRxQConf, configuration.channel.rawValue, 0, 0)
    port.fastTrap(HypercallNumber.ldcTxQConf, configuration.channel.rawValue, 0, 0)
  }
}

/// Drivers are equal when they are in the same state, whatever they have counted on the way.
extension LDCEndpointDriver: Hashable {
  /// Compares everything but the counters.
  public static func == (a: Self, b: Self) -> Bool {
    a.configuration == b.configuration && a.link == b.link && a.isOpen == b.isOpen
      && a.fault == b.fault && a.backlog == b.backlog && a.transmitHead == b.transmitHead
      && a.transmitTail == b.transmitTail && a.retryTime == b.retryTime
      && a.owesReset == b.owesReset && a.stalls == b.stalls
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(configuration)
    hasher.combine(link)
    hasher.combine(isOpen)
    hasher.combine(fault)
    hasher.combine(backlog)
    hasher.combine(transmitHead)
    hasher.combine(transmitTail)
    hasher.combine(retryTime)
    hasher.combine(owesReset)
    hasher.combine(stalls)
  }
}
