import Channels
import Hypervisor
import Sun4v

/// One guest as the control domain's software is told of it.
public struct GuestAttachment: Hashable, Sendable {
  /// The control domain's end of the channel to the guest.
  public var channel: ChannelAttachment
  /// The guest and its limits.
  public var peer: GuestPeer

  /// Describes a guest.
  public init(
    channel: ChannelAttachment, domain: DomainID, quotaPages: Int? = nil, reservationPages: Int = 0
  ) {
    self.channel = channel
    peer = GuestPeer(
      channel: channel.channel, domain: domain, quotaPages: quotaPages,
      reservationPages: reservationPages)
  }
}

/// What the control domain runs: boot code, the channels to its guests, its end of the `dvma` service,
/// and the private part of each window for its own DMA.
///
/// A plain value; every call is given the domain's port and appends what happened to `events`.
public struct ControlDomainSoftware: Hashable, Sendable {
  /// Memory, versions, inboxes.
  public var base: DomainBase
  /// The channels to guests, in the order in which they were added.
  public internal(set) var connections: [ServiceConnection] = []
  /// The control domain's end of the service.
  public internal(set) var agent: ControlAgent
  /// The private parts of the windows, in the order of the configuration.
  public var privateRanges: [PrivateRange] = []
  /// Why the boot failed, if it did.
  public private(set) var bootError: BootError?
  /// In the order of the connections.
  private var guests: [GuestAttachment]
  /// The places in `connections` by channel.
  private var places = NumberTable<ChannelID, Int>()
  /// The deadlines of the connections, by place.
  private var deadlines = DueTimes()
  private var isBooted = false
  private var spareEffects = SpareList<DomainServicesEffect>()
  private var spareOutput = ControlAgentOutput.Spare()

  /// Makes the software of a control domain that has not booted; `limits` may change what its agent
  /// allows.
  ///
  /// - Throws: ``DVMAWindowError`` where a window is none, or more is reserved than there is.
  public init(
    configuration: SoftwareConfiguration, guests: [GuestAttachment],
    limits: (inout ControlAgentConfiguration) -> Void = { _ in }
  ) throws(DVMAWindowError) {
    base = DomainBase(configuration: configuration)
    self.guests = guests
    var agentConfiguration = ControlAgentConfiguration(
      windows: configuration.windows, guests: guests.map(\.peer),
      generation: configuration.incarnation)
    limits(&agentConfiguration)
    agent = try ControlAgent(configuration: agentConfiguration)
    for window in configuration.windows { privateRanges.append(try PrivateRange(window)) }
  }

  /// Boots: chooses versions, sets up queues, takes back what an earlier incarnation granted, opens the
  /// channels.
  ///
  /// - Throws: ``BootError``.
  public mutating func boot(
    _ port: DomainPort, events: inout [NegotiationEvent]
  ) throws(BootError) {
    do {
      try base.boot(port)
      agent.keepOffUnusableEntries(port)
      if base.configuration.incarnation > 1 { agent.clearLeftovers(port) }
      isBooted = true
      for guest in guests { try connect(guest, port, events: &events) }
    } catch {
      bootError = error
      throw error
    }
  }

  /// Adds a guest: before the boot to those that it connects, later at once.
  ///
  /// - Throws: ``BootError`` where more is reserved than there is, or its channel cannot be opened.
  public mutating func addGuest(
    _ guest: GuestAttachment, _ port: DomainPort, events: inout [NegotiationEvent]
  ) throws(BootError) {
    do {
      try agent.addGuest(guest.peer)
    } catch {
      throw BootError.window(error)
    }
    guests.append(guest)
    if isBooted { try connect(guest, port, events: &events) }
  }

  private mutating func connect(
    _ guest: GuestAttachment, _ port: DomainPort, events: inout [NegotiationEvent]
  ) throws(BootError) {
    var opened = try base.makeConnection(guest.channel, role: .serviceEntity)
    var incoming: [DomainServicesEffect] = []
    do {
      try opened.open(
        port, hasBootedBefore: base.configuration.incarnation > 1, into: &incoming)
    } catch {
      throw BootError.channel(guest.channel.channel, error)
    }
    let index = connections.count
    connections.append(opened)
    if places[opened.channel] == nil { places[opened.channel] = index }
    deadlines[index] = opened.deadline
    handle(&incoming, index, port, events: &events)
  }

  /// Takes waiting mondos and serves the channels that they name.
  public mutating func handleInterrupts(_ port: DomainPort, events: inout [NegotiationEvent]) {
    var signalled = base.takeMondos(port) { channel in places[channel] }
    for index in signalled { service(index, port, events: &events) }
    base.finish(&signalled)
  }

  /// Does what is due at this moment; to be called at `nextDeadline`, harmless at any other time.
  public mutating func handleTimers(_ port: DomainPort, events: inout [NegotiationEvent]) {
    let now = port.now
    var next = deadlines.first(from: 0, dueBy: now)
    while let index = next {
      service(index, port, events: &events)
      next = deadlines.first(from: index + 1, dueBy: now)
    }
    var output = ControlAgentOutput()
    agent.handleTimers(now: now, through: HypercallGrants(port), output: &output)
    flush(&output, port, events: &events)
  }

  /// Takes the deadlines of the connections again, after something else has changed them.
  mutating func refreshDeadlines() {
    for index in connections.indices { deadlines[index] = connections[index].deadline }
  }

  /// When `handleTimers` must be called next; `nil` when nothing is waited for.
  @inline(__always) public var nextDeadline: VirtualTime? {
    guard let due = deadlines.earliest else { return agent.nextDeadline }
    return agent.nextDeadline.map { min($0, due) } ?? due
  }

  /// As ``nextDeadline``; mutating, and a function of its own, to be asked in place: of what lies in an
  /// object or behind an optional, the compiler makes a copy first.
  @inline(never) public mutating func deadline() -> VirtualTime? { nextDeadline }

  /// Wants a grant back: the guest has so many nanoseconds to give it up, then it is taken.
  ///
  /// 0 takes it at once. Returns false where there is no such grant, or it is being revoked already.
  @discardableResult
  public mutating func revoke(
    _ grant: GrantID, within nanoseconds: UInt64, _ port: DomainPort,
    events: inout [NegotiationEvent]
  ) -> Bool {
    var output = ControlAgentOutput()
    let isAccepted = agent.revoke(
      grant, within: nanoseconds, now: port.now, through: HypercallGrants(port), output: &output)
    flush(&output, port, events: &events)
    return isAccepted
  }

  /// Takes note that a guest has stopped or crashed: everything of it is reclaimed now.
  public mutating func guestGone(
    _ domain: DomainID, _ port: DomainPort, events: inout [NegotiationEvent]
  ) {
    var output = ControlAgentOutput()
    for guest in guests where guest.peer.domain == domain {
      agent.guestGone(
        guest.peer.channel, now: port.now, through: HypercallGrants(port), output: &output)
    }
    flush(&output, port, events: &events)
  }

  /// Answers `agent.question` with the first page of the range, or `nil` to refuse.
  public mutating func resume(
    at page: Int?, _ port: DomainPort, events: inout [NegotiationEvent]
  ) {
    var output = ControlAgentOutput()
    agent.resume(at: page, now: port.now, through: HypercallGrants(port), output: &output)
    flush(&output, port, events: &events)
  }

  /// Closes the channels, as a domain does that stops in good order; grants stay with the hypervisor.
  public mutating func shutDown(_ port: DomainPort, events: inout [NegotiationEvent]) {
    for index in connections.indices {
      var incoming: [DomainServicesEffect] = []
      deadlines[index] = connections[index].close(port, into: &incoming)
      handle(&incoming, index, port, events: &events)
    }
  }

  private mutating func service(
    _ index: Int, _ port: DomainPort, events: inout [NegotiationEvent]
  ) {
    var incoming = spareEffects.take()
    deadlines[index] = connections[index].service(port, into: &incoming)
    if !incoming.isEmpty { handle(&incoming, index, port, events: &events) }
    spareEffects.keep(&incoming)
  }

  private mutating func handle(
    _ incoming: inout [DomainServicesEffect], _ index: Int, _ port: DomainPort,
    events: inout [NegotiationEvent]
  ) {
    let channel = connections[index].channel
    let guest = guests.indices.contains(index) ? guests[index].peer.domain : nil
    var output = spareOutput.take()
    incoming.drain { effect in
      switch effect {
      case .serviceUp: agent.serviceUp(channel)
      case .serviceDown: agent.serviceDown(channel, now: port.now, output: &output)
      case .data(_, _, let payload):
        agent.receive(
          payload, from: channel, now: port.now, through: HypercallGrants(port), output: &output)
      case .closeChannel(let fault):
        if let guest { output.events.append(.connectionClosed(guest: guest, fault)) }
      case .failed, .registrationRefused:
        if let guest { output.events.append(.serviceRefused(guest: guest)) }
      case .send, .ready, .dataRefused, .ignored: break
      }
    }
    flush(&output, port, events: &events)
    spareOutput.keep(&output)
  }

  private mutating func flush(
    _ output: inout ControlAgentOutput, _ port: DomainPort, events: inout [NegotiationEvent]
  ) {
    move(&output.events, to: &events)
    output.messages.drain { outgoing in
      guard let index = places[outgoing.channel] else { return }
      var incoming = spareEffects.take()
      deadlines[index] = connections[index].send(outgoing.message, port, into: &incoming)
      if !incoming.isEmpty { handle(&incoming, index, port, events: &events) }
      spareEffects.keep(&incoming)
    }
  }
}
