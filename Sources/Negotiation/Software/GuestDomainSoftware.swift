import Channels
import Hypervisor
import Sun4v

/// What a guest runs: boot code, the channel to the control domain, and its end of the `dvma` service.
///
/// A plain value; every call is given the domain's port and appends what happened to `events`.
public struct GuestDomainSoftware: Hashable, Sendable {
  /// Memory, versions, inboxes.
  public var base: DomainBase
  /// The channel to the control domain; `nil` before the boot.
  public internal(set) var connection: ServiceConnection?
  /// The guest's end of the service.
  public internal(set) var agent: GuestAgent
  /// Why the boot failed, if it did.
  public private(set) var bootError: BootError?
  /// When the connection is to be served; kept, since it is asked after every piece of work.
  private var linkDeadline: VirtualTime?
  private let attachment: ChannelAttachment
  private var spareEffects = SpareList<DomainServicesEffect>()
  private var spareOutput = GuestAgentOutput.Spare()

  /// Makes the software of a guest that has not booted; `timers` may change how its agent waits.
  public init(
    configuration: SoftwareConfiguration, channel: ChannelAttachment,
    timers: (inout GuestAgentConfiguration) -> Void = { _ in }
  ) {
    base = DomainBase(configuration: configuration)
    attachment = channel
    var agentConfiguration = GuestAgentConfiguration(
      domain: configuration.domain, windows: configuration.windows,
      generation: configuration.incarnation)
    timers(&agentConfiguration)
    agent = GuestAgent(configuration: agentConfiguration)
  }

  /// Boots: chooses versions, sets up queues, opens the channel.
  ///
  /// The windows are compared when the control domain answers; until then `agent.phase` is not `ready`,
  /// and where they differ `bootError` says so.
  ///
  /// - Throws: ``BootError``.
  public mutating func boot(
    _ port: DomainPort, events: inout [NegotiationEvent]
  ) throws(BootError) {
    do {
      try connect(port, events: &events)
    } catch {
      bootError = error
      throw error
    }
  }

  private mutating func connect(
    _ port: DomainPort, events: inout [NegotiationEvent]
  ) throws(BootError) {
    for window in base.configuration.windows {
      do {
        _ = try window.validate()
      } catch {
        throw .window(error)
      }
    }
    try base.boot(port)
    var opened = try base.makeConnection(attachment, role: .guest)
    var incoming: [DomainServicesEffect] = []
    do {
      try opened.open(
        port, hasBootedBefore: base.configuration.incarnation > 1, into: &incoming)
    } catch {
      throw .channel(attachment.channel, error)
    }
    connection = opened
    noteDeadline()
    handle(&incoming, port, events: &events)
  }

  /// Takes waiting mondos and serves the channel where one of them asks for it.
  public mutating func handleInterrupts(_ port: DomainPort, events: inout [NegotiationEvent]) {
    let channel = attachment.channel
    var signalled = base.takeMondos(port) { $0 == channel ? 0 : nil }
    if !signalled.isEmpty { service(port, events: &events) }
    base.finish(&signalled)
  }

  /// Does what is due at this moment; to be called at `nextDeadline`, harmless at any other time.
  public mutating func handleTimers(_ port: DomainPort, events: inout [NegotiationEvent]) {
    let now = port.now
    if let due = linkDeadline, due <= now { service(port, events: &events) }
    var output = spareOutput.take()
    agent.handleTimers(now: now, output: &output)
    flush(&output, port, events: &events)
    spareOutput.keep(&output)
  }

  /// When `handleTimers` must be called next; `nil` when nothing is waited for.
  @inline(__always) public var nextDeadline: VirtualTime? {
    guard let linkDeadline else { return agent.nextDeadline }
    return agent.nextDeadline.map { min($0, linkDeadline) } ?? linkDeadline
  }

  /// Asks for ranges; `outcome(of:)` tells what became of it.
  ///
  /// - Throws: ``GuestRequestError``; nothing is asked then.
  public mutating func requestGrant(
    _ wanted: GrantRequest, _ port: DomainPort, events: inout [NegotiationEvent]
  ) throws(GuestRequestError) -> RequestID {
    var output = spareOutput.take()
    let id = try agent.requestGrant(wanted, now: port.now, output: &output)
    flush(&output, port, events: &events)
    spareOutput.keep(&output)
    return id
  }

  /// Gives grants back; nothing may be mapped in them any more.
  ///
  /// - Throws: ``GuestRequestError``; nothing is given back then.
  public mutating func release(
    _ grants: [GrantID], _ port: DomainPort, events: inout [NegotiationEvent]
  ) throws(GuestRequestError) -> RequestID {
    var output = spareOutput.take()
    let id = try agent.release(grants, now: port.now, output: &output)
    flush(&output, port, events: &events)
    spareOutput.keep(&output)
    return id
  }

  /// Gives up a grant that the control domain wants back; nothing may be mapped in it any more.
  ///
  /// - Throws: ``GuestRequestError`` where the guest does not hold it.
  public mutating func surrender(
    _ grant: GrantID, _ port: DomainPort, events: inout [NegotiationEvent]
  ) throws(GuestRequestError) {
    var output = GuestAgentOutput()
    try agent.surrender(grant, output: &output)
    flush(&output, port, events: &events)
  }

  /// What became of a request; `nil` for a number never given out, or too long ago.
  public func outcome(of request: RequestID) -> RequestOutcome? { agent.outcome(of: request) }

  // The questions below change nothing. They are mutating, and functions of their own, to be asked in
  // place: of what lies in an object or behind an optional, the compiler makes a copy first.

  /// As ``nextDeadline``.
  @inline(never) public mutating func deadline() -> VirtualTime? { nextDeadline }

  /// Whether a request waits for its answer, and somebody for the request.
  @inline(never)
  public mutating func isPending(_ request: RequestID) -> Bool { agent.isPending(request) }

  /// As ``outcome(of:)``.
  @inline(never)
  public mutating func currentOutcome(of request: RequestID) -> RequestOutcome? {
    agent.outcome(of: request)
  }

  /// What the guest holds under a number.
  @inline(never) public mutating func grant(_ id: GrantID) -> GuestGrant? { agent.grant(id) }

  /// Closes the channel, as a domain does that stops in good order.
  public mutating func shutDown(_ port: DomainPort, events: inout [NegotiationEvent]) {
    var incoming: [DomainServicesEffect] = []
    linkDeadline = connection?.close(port, into: &incoming)
    handle(&incoming, port, events: &events)
  }

  private mutating func service(_ port: DomainPort, events: inout [NegotiationEvent]) {
    var incoming = spareEffects.take()
    linkDeadline = connection?.service(port, into: &incoming)
    if !incoming.isEmpty { handle(&incoming, port, events: &events) }
    spareEffects.keep(&incoming)
  }

  /// Lets the agent know what happened, and of what comes of its answers.
  private mutating func handle(
    _ effects: inout [DomainServicesEffect], _ port: DomainPort,
    events: inout [NegotiationEvent]
  ) {
    var next = 0
    var output = spareOutput.take()
    while next < effects.count {
      switch effects[next] {
      case .serviceUp: agent.serviceUp(now: port.now, output: &output)
      case .serviceDown: agent.serviceDown(output: &output)
      case .data(_, _, let payload): agent.receive(payload, now: port.now, output: &output)
      case .closeChannel(let fault):
        events.append(.connectionClosed(guest: base.configuration.domain, fault))
      case .failed, .registrationRefused:
        events.append(.serviceRefused(guest: base.configuration.domain))
      case .send, .ready, .dataRefused, .ignored: break
      }
      next += 1
      send(&output.messages, port, into: &effects)
      report(&output, &events)
    }
    spareOutput.keep(&output)
  }

  private mutating func flush(
    _ output: inout GuestAgentOutput, _ port: DomainPort, events: inout [NegotiationEvent]
  ) {
    var incoming: [DomainServicesEffect] = []
    send(&output.messages, port, into: &incoming)
    report(&output, &events)
    if !incoming.isEmpty { handle(&incoming, port, events: &events) }
  }

  private mutating func send(
    _ messages: inout [DVMAMessage], _ port: DomainPort,
    into effects: inout [DomainServicesEffect]
  ) {
    messages.drain { linkDeadline = connection?.send($0, port, into: &effects) }
  }

  /// Takes the deadline of the connection again, after something has changed it.
  mutating func noteDeadline() { linkDeadline = connection?.deadline }

  private mutating func report(
    _ output: inout GuestAgentOutput, _ events: inout [NegotiationEvent]
  ) {
    move(&output.events, to: &events)
    if let mismatch = agent.mismatch { bootError = .mismatch(mismatch) }
    output.clear()
  }
}
