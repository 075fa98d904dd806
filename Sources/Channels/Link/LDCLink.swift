import Sun4v

/// One end of the link protocol that turns 64-byte packets into messages.
///
/// The link is a pure state machine. Everything that happens is an input (a packet came, the
/// channel changed, the client sends, a moment has come), everything it wants is written to an
/// `LDCLinkOutput`; it never touches a queue or a clock. So a copy is a snapshot, equality is
/// equality of state, and two links can be driven against each other without anything else.
///
/// A session is made in two steps: version request and acceptance, then RTS, RTR, RDX, which
/// exchange initial ids. From then on each packet takes the next id of its sender, modulo 2^32.
///
/// In reliable mode a packet stays in `outstanding` until its id, or a later one, is acknowledged.
/// The receiver accepts only the very next id, so that loss makes it discard what follows and
/// acknowledge the last id in order; the sender's timer then sends everything outstanding again
/// with the same ids. Packets that only acknowledge take ids too and are sent again with the rest,
/// but alone they do not arm the timer, else two idle ends would acknowledge each other for ever. An
/// unacknowledged one at the end of `outstanding` is brought up to date and sent again in place of a
/// new one, which bounds the list by twice the window.
///
/// Invariants: `outstanding` holds consecutive ids that end before `nextTransmit`; `waiting` is
/// empty unless the window is full; in any phase but `up` both are empty; a timer runs whenever the
/// peer owes something. Faults of any kind end in a new session or in silence, never in a wait
/// without a timer, and handshakes that keep failing stop after `failureLimit`.
///
/// Choices where the text is silent: a packet without meaning is dropped, so that corruption in
/// flight costs a retransmission and not the session; in unreliable mode the receiver resumes at
/// the next start flag after a gap; when both ends ask for a session at once, the one with the
/// lower initial id yields.
///
/// Source: FWARC 2006/571 (link protocol, version 3), 4.3; UltraSPARC Virtual Machine
/// Specification 28.3.
public struct LDCLink: Hashable, Sendable {
  /// How this end behaves.
  public let configuration: LDCLinkConfiguration
  /// Where the link stands.
  public internal(set) var phase = LDCLinkPhase.closed
  /// The agreed version of the link protocol, from `versed` on.
  public internal(set) var version: ProtocolVersion?
  /// The id of the next packet sent.
  public internal(set) var nextTransmit: UInt32 = 0
  /// The id that the next packet received must have.
  public internal(set) var nextReceive: UInt32 = 0

  var isStarted = false
  var channel = LDCChannelState.down
  /// Sessions torn down after ids were exchanged; moves the initial id of the next one.
  var sessions: UInt32 = 0
  /// Handshakes that failed in a row.
  var failures = 0

  /// The version asked for last, when this end has asked.
  var offered: ProtocolVersion?
  /// Whether RTS was sent in this handshake; when up, whether it was this end that sent RDX.
  var hasRequested = false
  var peerInitial: UInt32 = 0

  /// Sent and not acknowledged; `outstandingData` of them carry payload.
  var outstanding = PacketQueue()
  var outstandingData = 0
  /// Fragments that wait for the window.
  var waiting = PacketQueue()

  /// The message that is coming in.
  var assembly = MessageAssembly()

  /// The last id that the peer was told to have arrived.
  var acknowledged: UInt32 = 0
  /// Data packets received since.
  var unacknowledged = 0
  /// Whether the present gap was answered already.
  var hasReportedGap = false
  /// When an acknowledgement is due that nothing has carried until then.
  @usableFromInline var acknowledgeTime: VirtualTime?

  /// When to send the handshake packet or the outstanding packets again, or to begin anew.
  @usableFromInline var timer: VirtualTime?
  /// How often that happened without progress.
  var attempts = 0

  /// A link whose channel is down, not started.
  public init(configuration: LDCLinkConfiguration) {
    self.configuration = configuration
  }

  /// A link in the middle of a session, with the ids that its packets go on with.
  public static func established(
    configuration: LDCLinkConfiguration, nextTransmit: UInt32 = 1, nextReceive: UInt32 = 1
  ) -> LDCLink {
    var link = LDCLink(configuration: configuration)
    link.isStarted = true
    link.channel = .up
    link.phase = .up
    link.version = configuration.mode == .raw ? nil : configuration.versions.highest
    link.nextTransmit = nextTransmit
    link.nextReceive = nextReceive
    link.peerInitial = nextReceive &- 1
    link.acknowledged = nextReceive &- 1
    return link
  }

  /// The initial id of the present session.
  public var localInitial: UInt32 {
    configuration.initialSequence &+ sessions &* 0x0100_0001
  }

  /// How many packets are sent and not acknowledged, or wait for the window.
  public var queuedPackets: Int { outstanding.count + waiting.count }

  /// The ids of packets that carry payload and are not acknowledged.
  public var outstandingSequences: [UInt32] {
    outstanding.packets.filter { $0.subtype.contains(.info) }.map(\.sequence)
  }

  /// Whether this end opens sessions, could have one, and has given up trying.
  @inline(__always) public var hasGivenUp: Bool {
    isStarted && channel == .up && configuration.role == .initiator && configuration.mode != .raw
      && phase != .up && deadline == nil
  }

  /// When `advance` must be called next; `nil` when nothing is waited for.
  @inlinable @inline(__always) public var deadline: VirtualTime? {
    guard let timer else { return acknowledgeTime }
    guard let acknowledgeTime else { return timer }
    return min(timer, acknowledgeTime)
  }

  /// Takes note of what the hypervisor says of the channel.
  public mutating func channelChanged(
    to state: LDCChannelState, now: VirtualTime, output: inout LDCLinkOutput
  ) {
    guard state != channel || state == .resetting else { return }
    channel = state
    switch state {
    case .up:
      if isStarted { open(now: now, output: &output) }
    case .down:
      failures = 0
      if phase != .closed { output.report(.down(.channelDown)) }
      tearDown(output: &output)
    case .resetting:
      if phase == .up {
        output.counters.resets &+= 1
        output.report(.reset(.channelReset))
      } else if offered == nil, !hasRequested, phase == .closed || phase == .open {
        // The peer shows itself after this end had given up: that is worth one more try.
        failures = min(failures, max(0, configuration.failureLimit - 1))
      } else if phase != .closed {
        failures += 1
      }
      tearDown(output: &output)
    }
  }

  /// Begins: makes or awaits sessions from now on, whenever the channel is up.
  public mutating func start(now: VirtualTime, output: inout LDCLinkOutput) {
    failures = 0
    isStarted = true
    let isIdle = phase == .closed || phase == .open && timer == nil
    if isIdle, channel == .up { open(now: now, output: &output) }
  }

  /// Ends the session, if there is one, and makes none until `start`.
  public mutating func stop(output: inout LDCLinkOutput) {
    isStarted = false
    guard phase != .closed else { return }
    tearDown(output: &output)
    output.wantsChannelReset = true
    output.report(.down(.closedHere))
  }

  /// Ends the session and goes on to the next one, as after a fault.
  public mutating func reset(now: VirtualTime, output: inout LDCLinkOutput) {
    guard phase != .closed else { return }
    fail(.closedHere, now: now, output: &output)
  }

  /// Takes a packet of the peer.
  public mutating func receive(
    _ packet: LDCPacket, now: VirtualTime, output: inout LDCLinkOutput
  ) {
    output.counters.packetsReceived &+= 1
    if configuration.mode == .raw {
      guard phase == .up else {
        output.counters.dropped &+= 1
        return
      }
      output.counters.messagesDelivered &+= 1
      output.deliveries.append(.message(packet.bytes[...]))
      return
    }
    do {
      if phase == .up, packet.typeCode == LDCFrame.dataType {
        let header = try LDCDataHeader(packet, mode: configuration.mode)
        receiveData(header, packet, now: now, output: &output)
      } else {
        let frame = try LDCFrame(packet, mode: configuration.mode)
        receiveControl(frame, now: now, output: &output)
      }
    } catch {
      output.counters.malformed &+= 1
    }
  }

  /// Does what is due at this moment; to be called at `deadline`, harmless at any other time.
  public mutating func advance(to now: VirtualTime, output: inout LDCLinkOutput) {
    if let due = acknowledgeTime, due <= now { sendAcknowledgement(output: &output) }
    guard let due = timer, due <= now else { return }
    timer = nil
    switch phase {
    case .up: retransmit(now: now, output: &output)
    case .closed: if isStarted, channel == .up { open(now: now, output: &output, delayed: true) }
    case .open, .versed, .waitingForDataExchange: repeatHandshake(now: now, output: &output)
    }
  }
}
