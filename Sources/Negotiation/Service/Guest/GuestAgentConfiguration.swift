import Channels
import Sun4v

/// What a guest's agent is made of.
public struct GuestAgentConfiguration: Hashable, Sendable {
  /// The guest itself.
  public var domain: DomainID
  /// The windows as its own machine description says.
  public var windows: [DVMAWindow]
  /// The guest's incarnation: a number that grows from boot to boot, such as the time of the boot.
  public var generation: UInt64
  /// Nanoseconds until a message without an answer is sent again; doubles at each attempt.
  public var retransmitDelay: UInt64 = 4_000_000
  /// The longest delay that doubling leads to, in nanoseconds.
  public var maximumRetransmitDelay: UInt64 = 64_000_000
  /// Nanoseconds until a request without an answer is given up.
  public var requestTimeout: UInt64 = 2_000_000_000
  /// How many outcomes are kept; the oldest go first.
  public var outcomeLimit: Int = 4096

  /// Makes a configuration; timers have defaults.
  public init(domain: DomainID, windows: [DVMAWindow], generation: UInt64) {
    self.domain = domain
    self.windows = windows
    self.generation = generation
  }
}

/// Where a guest's session stands.
public enum GuestAgentPhase: String, Hashable, Sendable {
  /// The service is not registered.
  case down
  /// INFO is sent for one window after the other.
  case comparing
  /// QUERY is sent for the grants held from before.
  case renewing
  /// Requests are answered.
  case ready
  /// The windows differ; nothing is asked any more.
  case refused
}

/// A grant as the guest keeps it.
public struct GuestGrant: Hashable, Sendable {
  /// The state of a grant.
  public enum State: Hashable, Sendable {
    /// It may be used.
    case live
    /// The control domain wants it back by `deadline`, then takes it.
    case revoking(RequestID, deadline: VirtualTime)
    /// It was given back, and the answer has not come.
    case releasing(RequestID)

    /// The state in the words of the model.
    public var name: String {
      switch self {
      case .live: "live"
      case .revoking, .releasing: "revoking"
      }
    }
  }

  /// The grant.
  public let id: GrantID
  /// The request that it answers.
  public let request: RequestID
  /// The root complex.
  public let handle: DeviceHandle
  /// The first DVA.
  public let address: DVMAAddress
  /// The size in pages.
  public let pages: UInt64
  /// The state.
  public internal(set) var state: State

  /// The grant as messages carry it.
  public var record: GrantRecord { GrantRecord(grant: id, address: address, pages: pages) }
}

/// What became of a request.
public enum RequestOutcome: Hashable, Sendable {
  /// No answer has come yet.
  case pending
  /// The ranges.
  case granted(GrantRecords)
  /// Why there are none.
  case denied(DenialReason)
  /// What became of each grant given back.
  case released([ReleaseRecord])
  /// No answer came in time.
  case timedOut
  /// The control domain could not understand the request.
  case refused(DVMAErrorCode)
}

/// Why a guest's agent does not take a request.
public enum GuestRequestError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The windows differ.
  case refused(WindowMismatch)
  /// The guest has no window of this root complex.
  case unknownHandle(DeviceHandle)
  /// The guest holds no such grant.
  case unknownGrant(GrantID)
  /// The grant was given back already.
  case releasing(GrantID)
  /// So many grants cannot be given back at once.
  case badCount(Int)

  /// A stable name for scripts.
  public var code: String {
    switch self {
    case .refused: "window_mismatch"
    case .unknownHandle: "unknown_handle"
    case .unknownGrant: "unknown_grant"
    case .releasing: "grant_releasing"
    case .badCount: "bad_count"
    }
  }

  /// One sentence: what was wrong, and what would be right.
  public var message: String {
    switch self {
    case .refused(let mismatch): mismatch.message
    case .unknownHandle(let handle): "the domain has no window of root complex \(handle)"
    case .unknownGrant(let grant): "the domain holds no grant \(grant)"
    case .releasing(let grant): "grant \(grant) was given back already"
    case .badCount(let count):
      "\(count) grants to give back at once; 1 to \(DVMAMessage.maximumRecords) are possible"
    }
  }

  /// The sentence.
  public var description: String { message }
}

/// What a guest's agent wants done and has to tell.
///
/// The caller owns one, gives it to each call, acts on it and clears it.
public struct GuestAgentOutput: Hashable, Sendable {
  /// Messages to send to the control domain, in order.
  public var messages: [DVMAMessage] = []
  /// What happened, in order.
  public var events: [NegotiationEvent] = []

  /// Empty.
  public init() {}

  /// The memory of an output between two uses; no part of a state.
  struct Spare: Hashable, Sendable {
    private var messages = SpareList<DVMAMessage>()
    private var events = SpareList<NegotiationEvent>()

    mutating func take() -> GuestAgentOutput {
      var output = GuestAgentOutput()
      output.messages = messages.take()
      output.events = events.take()
      return output
    }

    mutating func keep(_ output: inout GuestAgentOutput) {
      messages.keep(&output.messages)
      events.keep(&output.events)
    }
  }

  /// Forgets everything and keeps the memory.
  public mutating func clear() {
    messages.empty()
    events.empty()
  }
}
