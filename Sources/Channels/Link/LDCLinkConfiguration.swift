/// How one end of a link behaves.
///
/// Both ends must have the same mode and block size.
///
/// The protocol's text leaves window, timers and retry limits open (FWARC 2006/571 4.3.3); the
/// figures here are dvmash's own choice.
public struct LDCLinkConfiguration: Hashable, Sendable {
  /// Which end opens the session.
  public enum Role: String, Hashable, Sendable {
    /// Sends the version request when the channel is up.
    case initiator
    /// Waits for the version request of the peer.
    case responder
  }

  /// The mode of the link.
  public var mode: LDCMode
  /// Which end opens the session.
  public var role: Role
  /// The versions of the link protocol that this end speaks.
  public var versions: SupportedVersions
  /// The initial id of the first session.
  ///
  /// Later sessions start elsewhere, so that a packet left over from an earlier session never fits
  /// into a later one.
  public var initialSequence: UInt32
  /// The largest message in unreliable mode and the size of a block in reliable mode, in bytes;
  /// the peer's messages may not be longer either.
  ///
  /// At least 1.
  public var blockSize: Int { didSet { blockSize = max(1, blockSize) } }
  /// How many unacknowledged data packets may be on their way in reliable mode; at least 1.
  public var window: Int { didSet { window = max(1, window) } }
  /// How many packets may wait for the window to open.
  public var maximumQueuedPackets: Int
  /// Nanoseconds until unacknowledged packets are sent again; doubles at each attempt.
  public var retransmitDelay: UInt64
  /// The longest delay that doubling leads to, in nanoseconds.
  public var maximumRetransmitDelay: UInt64
  /// How often packets are sent again without any progress before the session ends.
  public var retransmitLimit: Int
  /// Nanoseconds that an acknowledgement waits for data to ride on.
  public var acknowledgeDelay: UInt64
  /// After so many data packets an acknowledgement is due at once.
  public var acknowledgeEvery: Int
  /// Nanoseconds until a handshake packet is sent again.
  public var handshakeDelay: UInt64
  /// How often that happens before the handshake counts as failed.
  public var handshakeLimit: Int
  /// After so many failed handshakes in a row the initiator gives up.
  public var failureLimit: Int

  /// Makes a configuration; everything but the mode has a default.
  public init(
    mode: LDCMode, role: Role = .initiator,
    versions: [ProtocolVersion] = [ProtocolVersion(1, 0)],
    initialSequence: UInt32 = 0, blockSize: Int = 4096
  ) {
    self.mode = mode
    self.role = role
    self.versions = SupportedVersions(versions)
    self.initialSequence = initialSequence
    self.blockSize = max(1, blockSize)
    window = 64
    maximumQueuedPackets = 1024
    retransmitDelay = 1_000_000
    maximumRetransmitDelay = 16_000_000
    retransmitLimit = 24
    acknowledgeDelay = 10_000
    acknowledgeEvery = 16
    handshakeDelay = 10_000_000
    handshakeLimit = 8
    failureLimit = 8
  }
}

/// What the hypervisor says of a channel's transmit direction.
///
/// Source: UltraSPARC Virtual Machine Specification 22.4.3; 2 from deployed code.
public enum LDCChannelState: UInt64, Hashable, Sendable {
  /// The peer has no receive queue.
  case down = 0
  /// The peer has a receive queue.
  case up = 1
  /// The peer has configured its receive queue anew; said once.
  case resetting = 2
}

/// Where a link stands between nothing and a session.
///
/// Source: the state machine of FWARC 2006/571 4.3.3.
public enum LDCLinkPhase: String, Hashable, Sendable {
  /// No session, and none is being made.
  case closed = "CLOSED"
  /// Waits for agreement on a version.
  case open = "OPEN"
  /// A version is agreed; the handshake has begun.
  case versed = "VERSED"
  /// RTR has been sent.
  case waitingForDataExchange = "WAIT_RDX"
  /// Messages may flow.
  case up = "UP"
}
