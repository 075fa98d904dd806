// Theory of operation
//
// The control domain's end of the `dvma` service: one value that holds the windows with their
// allocators, the grants, and what is known of each guest. Messages, changes of a session and moments
// of the clock go in; messages and events come out; in between it asks the hypervisor, through
// `GrantInstalling`, to install or remove grants. So it runs over real channels and in a test alike.
//
// What makes it safe against anything that messages do. A grant exists, in this order: its pages are
// allocated, the hypervisor has installed it, GRANTED is sent. It ends in the opposite order: the
// hypervisor has removed it with all that was mapped there, its pages are free, RELEASED is sent. A
// failure half-way goes back the way it came. Requests are numbered by the guest; an answer is kept
// until the guest says that it has it (GuestSession), so that a request is carried out at most once.
//
// A guest that loses its session keeps its grants for a while, since its devices may be at work; it
// comes back with INFO, tells by its incarnation whether it is still itself, and lists in QUERY what
// it holds. What it does not list, and cannot still be waiting for, is taken back. A guest that is gone
// loses everything at once. What the hypervisor refuses to remove stays allocated, belongs to nobody,
// and is tried again until it is removed: an address that a device may still reach is never given away.
//
// What was taken by force the guest is told until it confirms, or its session ends: in the next one QUERY
// tells it. So both sides come to the same list of grants whatever becomes of single messages.
//
// Invariants: the ranges in use of each window's allocator are exactly those in its ledger, and the
// hypervisor has an entry for each of them; no two grants answer the same range of a request; `timed`
// names exactly the grants that are not live.
//
// Source: dvmash's own, after CN102521054A (control domain allocates, guest maps) and the conventions
// for services of FWARC 2006/055.

import Sun4v

/// The control domain's end of the `dvma` service.
public struct ControlAgent: Hashable, Sendable {
  /// How it was made.
  public let configuration: ControlAgentConfiguration
  /// The windows with the allocators of their reserved ranges.
  public internal(set) var windows: [ControlWindow] = []
  /// The states of the grants that are not live.
  var timed: [GrantID: ControlGrant.State] = [:]
  var sessions: [GuestSession] = []
  /// The grants taken by force whose guests have not confirmed that they know.
  var notices: [GrantID: ForcedNotice] = [:]
  /// The places in `sessions` by the guest's channel, and by the guest.
  private var sessionsByChannel = NumberTable<ChannelID, Int>()
  private var sessionsByGuest = NumberTable<DomainID, Int>()
  /// When the grants of lost sessions are reclaimed, by place in `sessions`.
  var renewals = DueTimes()
  /// Requests in progress; all but the first wait for it.
  var jobs: [AllocationJob] = []
  var lastGrant: UInt64 = 0
  var lastRequest = RequestID(0)

  /// Makes an agent that has granted nothing.
  ///
  /// - Throws: ``DVMAWindowError`` where a window is none, or two have the same handle.
  public init(configuration: ControlAgentConfiguration) throws(DVMAWindowError) {
    self.configuration = configuration
    for window in configuration.windows {
      guard !windows.contains(where: { $0.window.handle == window.handle }) else {
        throw DVMAWindowError(window.handle, "two windows have this handle")
      }
      windows.append(try ControlWindow(window, configuration))
    }
    for guest in configuration.guests { addSession(guest) }
    // Each incarnation counts in a range of its own, so that no number is used twice.
    lastGrant = (max(1, configuration.generation) &- 1) &<< 32
  }

  /// Adds a guest, or changes the limits of one; a guest is known by its channel.
  ///
  /// - Throws: ``DVMAWindowError`` where more is reserved than there is; nothing changes then.
  public mutating func addGuest(_ peer: GuestPeer) throws(DVMAWindowError) {
    var changed = windows
    for index in changed.indices { try changed[index].open(peer) }
    windows = changed
    if let index = sessionIndex(peer.channel) {
      sessions[index].peer = peer
      sessionsByGuest = NumberTable()
      for place in sessions.indices.reversed() {
        sessionsByGuest[sessions[place].peer.domain] = place
      }
    } else {
      addSession(peer)
    }
  }

  private mutating func addSession(_ peer: GuestPeer) {
    let index = sessions.count
    sessions.append(GuestSession(peer: peer))
    if sessionsByChannel[peer.channel] == nil { sessionsByChannel[peer.channel] = index }
    if sessionsByGuest[peer.domain] == nil { sessionsByGuest[peer.domain] = index }
  }

  /// The grants in order of number.
  public var grantList: [ControlGrant] {
    windows.indices.flatMap { index in windows[index].ledger.grants.map { view($0, in: index) } }
      .sorted { $0.id < $1.id }
  }

  /// The grants of a guest, in order of number.
  func grants(of guest: DomainID) -> [ControlGrant] {
    windows.indices.flatMap { index in
      windows[index].ledger.grants(of: guest).map { view($0, in: index) }
    }
    .sorted { $0.id < $1.id }
  }

  /// A grant by its number, or `nil` where there is none.
  public func grant(_ id: GrantID) -> ControlGrant? {
    for index in windows.indices {
      if let grant = windows[index].ledger[id] { return view(grant, in: index) }
    }
    return nil
  }

  /// A grant of the window at an index.
  func view(_ grant: Grant, in index: Int) -> ControlGrant {
    ControlGrant(
      id: grant.id, guest: grant.domain, request: grant.requestID,
      handle: windows[index].window.handle, address: windows[index].address(of: grant.start),
      pages: UInt64(grant.pages), guardPages: grant.guardPages,
      state: timed.isEmpty ? .live : timed[grant.id] ?? .live)
  }

  /// What a guest holds and may hold, or `nil` for a channel without a guest.
  public func use(of channel: ChannelID) -> DomainUse? {
    guard let session = session(channel) else { return nil }
    return use(of: session)
  }

  /// Whether a guest's service is registered and its windows agree.
  public func isConnected(_ channel: ChannelID) -> Bool {
    session(channel).map { $0.isRegistered && !$0.agreed.isEmpty } ?? false
  }

  /// When `handleTimers` must be called next; `nil` when nothing is waited for.
  @inline(__always) public var nextDeadline: VirtualTime? {
    var next: VirtualTime?
    func consider(_ time: VirtualTime) { next = next.map { min($0, time) } ?? time }
    if let due = renewals.earliest { consider(due) }
    // Nearly always nothing else is waited for, and this is asked after every piece of work.
    if timed.isEmpty && notices.isEmpty { return next }
    for state in timed.values {
      switch state {
      case .revoking(_, let deadline, let nextAsk): consider(min(deadline, nextAsk))
      case .reclaiming(let due, _): consider(due)
      case .live: break
      }
    }
    for notice in notices.values { consider(notice.next) }
    return next
  }

  func use(of session: GuestSession) -> DomainUse {
    let held = windows.reduce(0) { $0 + ($1.ledger.account(of: session.peer.domain)?.held ?? 0) }
    let quota = session.peer.quotaPages.map { UInt64(clamping: $0) }
    return DomainUse(quotaPages: quota ?? .max, usedPages: UInt64(clamping: held))
  }

  func sessionIndex(_ channel: ChannelID) -> Int? {
    sessionsByChannel[channel]
  }

  /// The place of the session of a guest.
  func sessionIndex(of guest: DomainID) -> Int? { sessionsByGuest[guest] }

  func session(_ channel: ChannelID) -> GuestSession? {
    sessionIndex(channel).map { sessions[$0] }
  }

  @inline(__always) func windowIndex(_ handle: DeviceHandle) -> Int? {
    // By place: a closure would copy each window to look at it.
    windows.indices.first { windows[$0].window.handle == handle }
  }

  /// Everything that contradicts the agent's own rules, in words.
  public func checkInvariants() -> [String] {
    var found: [String] = []
    for window in windows {
      found += window.allocator.checkInvariants() + window.ledger.checkInvariants()
      let inUse = window.allocator.runs.filter { $0.kind == .used }
      let booked = window.ledger.grants.sorted { $0.start < $1.start }
      if inUse.map(\.start) != booked.map(\.start) || inUse.map(\.pages) != booked.map(\.pages) {
        found.append(
          "root complex \(window.window.handle): \(inUse.count) ranges in use, "
            + "\(booked.count) grants")
      }
      for domain in window.ledger.domains {
        if let account = window.ledger.account(of: domain), let quota = account.quota,
          account.held > quota
        {
          found.append("domain \(domain) holds \(account.held) pages; its quota is \(quota)")
        }
      }
    }
    for id in timed.keys.sorted() where grant(id) == nil {
      found.append("grant \(id) is waited for and does not exist")
    }
    for id in notices.keys.sorted() {
      guard let notice = notices[id], session(notice.channel)?.agreed.isEmpty != false else {
        continue
      }
      found.append("a guest without a session is to be told that grant \(id) was taken")
    }
    return found
  }
}
