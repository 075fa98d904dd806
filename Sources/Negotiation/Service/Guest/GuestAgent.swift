// Theory of operation
//
// A guest's end of the `dvma` service: one value that holds its requests, its grants, and where its
// session stands. When the service is registered it compares every window with the control domain
// (INFO), then lists the grants it already holds (QUERY), and only then sends requests.
//
// Every request has a number, is sent again until answered, and is answered once: what comes for a
// number that is not open changes nothing. Requests carry the number of the oldest open one, by which
// the control domain forgets answers. A request that is given up is not forgotten here: it goes on
// being sent, since it may have been granted, and what comes of it is given back at once. So whatever
// happens to messages, no grant is held by nobody.
//
// The guest never has more requests open than the control domain said it takes; the rest wait here.
//
// Invariants: `requests` is in order of number, each number once; a grant belongs to exactly one
// request; in any phase but `ready` no ALLOCATE or RELEASE is sent.
//
// Source: dvmash's own; docs/dvma-service.md.

import Sun4v

/// A guest's end of the `dvma` service.
public struct GuestAgent: Hashable, Sendable {
  /// How it was made.
  public let configuration: GuestAgentConfiguration
  /// Where the session stands.
  public internal(set) var phase = GuestAgentPhase.down
  /// In what the windows differ, in phase `refused`.
  public internal(set) var mismatch: WindowMismatch?
  /// What the guest may hold, as the control domain said last.
  public internal(set) var use: DomainUse?
  var requests = OpenRequests()
  var grants = NumberTable<GrantID, GuestGrant>()
  var outcomes = NumberTable<RequestID, RequestOutcome>()
  /// The numbers in `outcomes`, a ring once it is full: oldest first from `oldestOutcome` on.
  var outcomeOrder: [RequestID] = []
  var oldestOutcome = 0
  /// Grants that were revoked before GRANTED arrived; kept while a request is open.
  var revokedUnseen: Set<GrantID> = []
  var lastRequest = RequestID(0)
  var openRequestLimit: UInt64 = 1
  /// The INFO or QUERY that waits for its answer.
  var opening: OpeningStep?

  /// Makes an agent whose service is not registered.
  public init(configuration: GuestAgentConfiguration) { self.configuration = configuration }

  /// The grants in order of number.
  public var grantList: [GuestGrant] { grants.values.sorted { $0.id < $1.id } }

  /// A grant by its number, or `nil` where the guest holds none such.
  public func grant(_ id: GrantID) -> GuestGrant? { grants[id] }

  /// What became of a request; `nil` for a number never given out, or too long ago.
  @inline(__always)
  public func outcome(of request: RequestID) -> RequestOutcome? {
    isPending(request) ? .pending : outcomes[request]
  }

  /// Whether a request waits for its answer, and somebody for the request.
  @inline(__always) public func isPending(_ request: RequestID) -> Bool {
    requests.index(of: request).map { !requests[$0].isAbandoned } ?? false
  }

  /// What an open request for ranges wants, or `nil` where the number is not that of one.
  public func openRequest(_ id: RequestID) -> GrantRequest? {
    guard let index = requests.index(of: id),
      case .allocate(let wanted) = requests[index].kind
    else { return nil }
    return wanted
  }

  /// The number of requests that wait for an answer, those given up included.
  public var openRequests: Int { requests.count }

  /// When `handleTimers` must be called next; `nil` when nothing is waited for.
  @inline(__always) public var nextDeadline: VirtualTime? {
    var next: VirtualTime?
    func consider(_ time: VirtualTime) { next = next.map { min($0, time) } ?? time }
    if let opening { consider(opening.nextSend) }
    for place in requests.indices {
      if !requests[place].isAbandoned { consider(requests[place].deadline) }
      // Those behind one that was not sent were not sent either, and are given up no earlier.
      guard let due = requests[place].nextSend else { break }
      if phase == .ready { consider(due) }
    }
    return next
  }

  /// Asks for ranges.
  ///
  /// - Returns: the number under which `outcome(of:)` tells what became of it.
  /// - Throws: ``GuestRequestError`` where it makes no sense to ask; nothing is sent then.
  public mutating func requestGrant(
    _ wanted: GrantRequest, now: VirtualTime, output: inout GuestAgentOutput
  ) throws(GuestRequestError) -> RequestID {
    if let mismatch { throw .refused(mismatch) }
    guard configuration.windows.contains(where: { $0.handle == wanted.handle }) else {
      throw .unknownHandle(wanted.handle)
    }
    let id = nextNumber()
    output.events.append(.requested(guest: configuration.domain, id, wanted))
    open(id, .allocate(wanted), now: now, output: &output)
    return id
  }

  /// Gives grants back; nothing may be mapped in them any more.
  ///
  /// - Returns: the number under which `outcome(of:)` tells what became of it.
  /// - Throws: ``GuestRequestError`` where the guest does not hold one of them, or they are none or too
  ///   many for a message; nothing is sent then.
  public mutating func release(
    _ list: [GrantID], now: VirtualTime, output: inout GuestAgentOutput
  ) throws(GuestRequestError) -> RequestID {
    guard (1...DVMAMessage.maximumRecords).contains(list.count) else {
      throw .badCount(list.count)
    }
    for id in list {
      guard let grant = grants[id] else { throw .unknownGrant(id) }
      if case .releasing = grant.state { throw .releasing(id) }
    }
    let id = nextNumber()
    for grant in list { grants[grant]?.state = .releasing(id) }
    open(id, .release(list), now: now, output: &output)
    return id
  }

  /// Gives a grant up that the control domain wants back; nothing may be mapped in it any more.
  ///
  /// - Throws: ``GuestRequestError`` where the guest does not hold it.
  public mutating func surrender(
    _ id: GrantID, output: inout GuestAgentOutput
  ) throws(GuestRequestError) {
    guard let grant = grants[id] else { throw .unknownGrant(id) }
    guard case .revoking(let request, _) = grant.state else { return }
    grants[id] = nil
    output.messages.append(DVMAMessage(request, .revoked(id, wasHeld: true)))
    output.events.append(.revoked(guest: configuration.domain, id, isForced: false))
  }

  mutating func nextNumber() -> RequestID {
    lastRequest = lastRequest.next
    return lastRequest
  }

  /// Every request below this one has its answer.
  var oldestOpen: RequestID { requests.first?.id ?? lastRequest.next }
}

/// A request without an answer.
struct OpenRequest: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case allocate(GrantRequest)
    case release([GrantID])
  }

  let id: RequestID
  let kind: Kind
  /// When it is given up.
  var deadline: VirtualTime
  /// When it is sent again; `nil` until it was sent.
  var nextSend: VirtualTime?
  /// How long the wait after the next sending is, in nanoseconds.
  var delay: UInt64
  /// Whether nobody waits for the answer any more.
  var isAbandoned = false
}

/// INFO or QUERY on the way to a session.
struct OpeningStep: Hashable, Sendable {
  let message: DVMAMessage
  /// The window of an INFO, or the number of grants listed with a QUERY and those before it.
  let progress: Int
  var nextSend: VirtualTime
  var delay: UInt64
}
