/// Why a session ended or could not be made.
public enum LDCLinkFault: String, Error, Hashable, Sendable, CaseIterable {
  /// The peer has lost its receive queue.
  case channelDown = "channel-down"
  /// The peer has configured its receive queue anew.
  case channelReset = "channel-reset"
  /// The peer has asked for a new session.
  case peerRestarted = "peer-restarted"
  /// This end has ended the session.
  case closedHere = "closed-here"
  /// The handshake was not answered in time.
  case handshakeTimeout = "handshake-timeout"
  /// The two ends have no version of the link protocol in common.
  case noCommonVersion = "no-common-version"
  /// The peer has accepted a version that was not asked for.
  case versionMismatch = "version-mismatch"
  /// The peer wants another mode.
  case modeMismatch = "mode-mismatch"
  /// The peer has sent DATA with NACK: it has seen a sequence error.
  case refusedData = "refused-data"
  /// The peer has sent an error packet.
  case errorPacket = "error-packet"
  /// Start and stop flags of packets in sequence do not fit together.
  case brokenMessage = "broken-message"
  /// The peer has sent a message longer than a block.
  case messageTooLong = "message-too-long"
  /// Packets were sent again too often without an acknowledgement.
  case retransmitLimit = "retransmit-limit"

  /// A stable name for scripts.
  public var code: String { rawValue }

  /// What happened, in a few words.
  public var message: String {
    switch self {
    case .channelDown: "the peer has no receive queue"
    case .channelReset: "the peer has configured its receive queue anew"
    case .peerRestarted: "the peer has asked for a new session"
    case .closedHere: "this end has ended the session"
    case .handshakeTimeout: "the peer did not answer the handshake"
    case .noCommonVersion: "the two ends have no version of the link protocol in common"
    case .versionMismatch: "the peer has accepted a version that was not asked for"
    case .modeMismatch: "the peer wants another mode"
    case .refusedData: "the peer has refused data because of a sequence error"
    case .errorPacket: "the peer has sent an error packet"
    case .brokenMessage: "start and stop flags of the peer's packets do not fit together"
    case .messageTooLong: "the peer has sent a message longer than a block"
    case .retransmitLimit: "packets were sent again too often without an acknowledgement"
    }
  }
}

/// What a link tells its client about itself.
public enum LDCLinkEvent: Hashable, Sendable {
  /// A session stands; messages may be sent. No version in raw mode.
  case up(ProtocolVersion?)
  /// The session is gone and with it every message not yet delivered; a new one will be made.
  case reset(LDCLinkFault)
  /// There is no session, and this end does nothing to get one until the channel changes, the peer
  /// asks, or `start` is called.
  case down(LDCLinkFault)
}

/// What a link hands to its client, in order.
public enum LDCLinkDelivery: Hashable, Sendable {
  /// A message of the peer; in reliable mode a block.
  case message(ArraySlice<UInt8>)
  /// A change of the link.
  case event(LDCLinkEvent)
}

/// What a link has done since its output was made.
public struct LDCLinkCounters: Hashable, Sendable {
  /// Packets sent, of any kind, also again.
  public var packetsSent: UInt64 = 0
  /// Packets sent again after the timer has run out.
  public var packetsResent: UInt64 = 0
  /// Packets sent for an acknowledgement alone.
  public var acknowledgementsSent: UInt64 = 0
  /// Packets received, of any kind.
  public var packetsReceived: UInt64 = 0
  /// Packets without meaning: unknown type, count beyond the packet.
  public var malformed: UInt64 = 0
  /// Packets that made no sense at this point and were dropped.
  public var dropped: UInt64 = 0
  /// Packets received a second time.
  public var duplicates: UInt64 = 0
  /// Packets received ahead of a missing one.
  public var outOfOrder: UInt64 = 0
  /// Messages given to `send` and accepted.
  public var messagesSent: UInt64 = 0
  /// Messages delivered to the client.
  public var messagesDelivered: UInt64 = 0
  /// Sessions that ended with a reset.
  public var resets: UInt64 = 0

  /// All zero.
  public init() {}
}

/// What a link wants done.
///
/// The caller owns one, gives it to each call, acts on it and clears it.
///
/// The counters live here and not in the link, so that two links in the same state are equal
/// whatever way they took there.
public struct LDCLinkOutput: Hashable, Sendable {
  /// Packets for the transmit queue, in order.
  public var packets: [LDCPacket] = []
  /// Messages and events for the client, in order.
  public var deliveries: [LDCLinkDelivery] = []
  /// Whether the transmit and receive queues must be configured anew before `packets` is sent: that
  /// is how an end tells its peer that the session is over (FWARC 2006/571 4.3.3).
  public var wantsChannelReset = false
  /// What the link has done; stays when the rest is cleared.
  public var counters = LDCLinkCounters()

  /// Empty.
  public init() {}

  /// Forgets everything but the counters, and keeps the memory.
  public mutating func clear() {
    packets.empty()
    deliveries.empty()
    wantsChannelReset = false
  }

  /// Whether there is anything to do for the queues.
  var concernsQueues: Bool { wantsChannelReset || !packets.isEmpty }

  mutating func send(_ packet: LDCPacket) {
    counters.packetsSent &+= 1
    packets.append(packet)
  }

  mutating func report(_ event: LDCLinkEvent) { deliveries.append(.event(event)) }
}

/// Why a message cannot be sent.
public enum LDCSendError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no session; the link is in this phase.
  case notUp(LDCLinkPhase)
  /// The message has so many bytes; this mode takes at most, or in raw mode exactly, `limit`.
  case wrongLength(count: Int, mode: LDCMode, limit: Int)
  /// The message needs so many packets and the queue has room for `free`; try again later.
  case queueFull(needed: Int, free: Int)

  /// A stable name for scripts.
  public var code: String {
    switch self {
    case .notUp: "ldc-not-up"
    case .wrongLength: "ldc-message-length"
    case .queueFull: "ldc-queue-full"
    }
  }

  /// What was wrong and what would be right.
  public var description: String {
    switch self {
    case .notUp(let phase): "the link is \(phase.rawValue); messages can be sent when it is UP"
    case .wrongLength(let count, .raw, let limit):
      "a message has exactly \(limit) bytes in raw mode, not \(count)"
    case .wrongLength(let count, let mode, let limit):
      "a message has at most \(limit) bytes in \(mode.name) mode, not \(count)"
    case .queueFull(let needed, let free):
      "the message needs \(needed) packets and \(free) may be queued; send it again later"
    }
  }
}
