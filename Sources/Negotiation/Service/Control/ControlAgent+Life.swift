import Hypervisor
import Sun4v

extension ControlAgent {
  /// Takes back the grants that an earlier incarnation of the control domain left with the hypervisor;
  /// to be called once, before any guest registers.
  ///
  /// Guests find in the next session that such a grant is unknown, and forget it.
  public mutating func clearLeftovers(_ port: DomainPort) {
    for window in windows {
      let handle = window.window.handle.rawValue
      var entry = window.entry(of: 0)
      let end = window.entry(of: window.allocator.pageCount)
      while entry < end {
        let found = port.fastTrap(HypercallNumber.dvmaInfo, handle, entry)
        entry &+= 1
        guard found.status == .ok else { continue }
        port.fastTrap(HypercallNumber.dvmaRevoke, handle, found.ret1, found.ret2)
        entry = max(entry, found.ret1 &+ found.ret2)
      }
    }
  }

  /// Keeps entries at the end of the reserved range that no call reaches, as t1 has them, from being
  /// granted; to be called once, before any guest registers.
  public mutating func keepOffUnusableEntries(_ port: DomainPort) {
    for index in windows.indices {
      let handle = windows[index].window.handle.rawValue
      for page in (0..<windows[index].allocator.pageCount).reversed() {
        let status = port.fastTrap(
          HypercallNumber.dvmaInfo, handle, windows[index].entry(of: page)
        ).status
        guard status == .invalid else { break }
        try? windows[index].allocator.reserve(start: page, pages: 1)
      }
    }
  }

  /// A guest has registered the service on its channel.
  public mutating func serviceUp(_ channel: ChannelID) {
    guard let index = sessionIndex(channel) else { return }
    disconnect(index)
    sessions[index].isRegistered = true
  }

  /// A guest's service is registered no more; its grants stay until it comes back or the time for
  /// that is over.
  public mutating func serviceDown(
    _ channel: ChannelID, now: VirtualTime, output: inout ControlAgentOutput
  ) {
    guard let index = sessionIndex(channel), sessions[index].isRegistered else { return }
    let wasUp = !sessions[index].agreed.isEmpty
    disconnect(index)
    renewals[index] = now.advanced(byNanoseconds: configuration.renewalTime)
    if wasUp { output.events.append(.sessionDown(guest: sessions[index].peer.domain)) }
  }

  /// A guest has stopped or crashed: everything of it is reclaimed now.
  public mutating func guestGone(
    _ channel: ChannelID, now: VirtualTime, through hypervisor: some GrantInstalling,
    output: inout ControlAgentOutput
  ) {
    guard let index = sessionIndex(channel) else { return }
    serviceDown(channel, now: now, output: &output)
    reclaimAll(of: index, now: now, through: hypervisor, output: &output)
    renewals[index] = nil
    sessions[index].beginIncarnation(nil)
  }

  /// Wants a grant back: the guest has so many nanoseconds to give it up, then it is taken.
  ///
  /// Returns false where there is no such grant, or it is being revoked already.
  @discardableResult
  public mutating func revoke(
    _ id: GrantID, within nanoseconds: UInt64, now: VirtualTime,
    through hypervisor: some GrantInstalling, output: inout ControlAgentOutput
  ) -> Bool {
    guard let grant = grant(id), grant.state == .live else { return false }
    lastRequest = lastRequest.next
    let deadline = now.advanced(byNanoseconds: nanoseconds)
    setState(
      .revoking(
        lastRequest, deadline: deadline,
        nextAsk: now.advanced(byNanoseconds: configuration.revokeInterval)), of: id)
    output.events.append(.revokeAsked(guest: grant.guest, id, deadline: deadline))
    guard nanoseconds > 0 else {
      force(id, now: now, through: hypervisor, output: &output)
      return true
    }
    send(lastRequest, .revoke(id, nanosecondsLeft: nanoseconds, isForced: false), grant, &output)
    return true
  }

  mutating func receiveRevoked(
    _ id: GrantID, _ index: Int, now: VirtualTime, through hypervisor: some GrantInstalling,
    output: inout ControlAgentOutput
  ) {
    if notices[id]?.channel == sessions[index].peer.channel { notices[id] = nil }
    guard let grant = grant(id), grant.guest == sessions[index].peer.domain,
      case .revoking = grant.state
    else { return }
    if remove(grant, now: now, through: hypervisor, wasForced: false).isRemoved {
      output.events.append(.revoked(guest: grant.guest, id, isForced: false))
    }
  }

  /// Does what is due at this moment; harmless at any other.
  public mutating func handleTimers(
    now: VirtualTime, through hypervisor: some GrantInstalling, output: inout ControlAgentOutput
  ) {
    var next = renewals.first(from: 0, dueBy: now)
    while let index = next {
      renewals[index] = nil
      reclaimAll(of: index, now: now, through: hypervisor, output: &output)
      // Nothing of it is left to protect; a number that was too high would lock the guest out for ever.
      sessions[index].generation = nil
      next = renewals.first(from: index + 1, dueBy: now)
    }
    for id in timed.keys.sorted() {
      switch timed[id] {
      case .revoking(_, let deadline, _) where deadline <= now:
        force(id, now: now, through: hypervisor, output: &output)
      case .revoking(_, _, let nextAsk) where nextAsk <= now:
        askAgain(id, now: now, output: &output)
      case .reclaiming(let due, let wasForced) where due <= now:
        guard let grant = grant(id),
          remove(grant, now: now, through: hypervisor, wasForced: wasForced).isRemoved
        else { continue }
        output.events.append(
          wasForced
            ? .revoked(guest: grant.guest, id, isForced: true)
            : .reclaimed(guest: grant.guest, id))
      case .live, .revoking, .reclaiming, nil: break
      }
    }
    repeatNotices(now: now, output: &output)
  }

  /// Sends a REVOKE that stands once more.
  mutating func askAgain(_ id: GrantID, now: VirtualTime, output: inout ControlAgentOutput) {
    guard let grant = grant(id), case .revoking(let request, let deadline, _) = grant.state,
      let left = deadline.rawValue > now.rawValue ? deadline.rawValue &- now.rawValue : nil
    else { return }
    setState(
      .revoking(
        request, deadline: deadline,
        nextAsk: now.advanced(byNanoseconds: configuration.revokeInterval)), of: id)
    send(request, .revoke(id, nanosecondsLeft: left, isForced: false), grant, &output)
  }

  /// Takes a grant whose time to be given up is over.
  private mutating func force(
    _ id: GrantID, now: VirtualTime, through hypervisor: some GrantInstalling,
    output: inout ControlAgentOutput
  ) {
    guard let grant = grant(id), case .revoking(let request, _, _) = grant.state else { return }
    if remove(grant, now: now, through: hypervisor, wasForced: true).isRemoved {
      output.events.append(.revoked(guest: grant.guest, id, isForced: true))
    }
    notify(id, request, grant, now: now, output: &output)
  }

  /// Sends a message about a grant to its guest, where the session stands.
  private func send(
    _ request: RequestID, _ body: DVMAMessage.Body, _ grant: ControlGrant,
    _ output: inout ControlAgentOutput
  ) {
    guard let index = sessionIndex(of: grant.guest), !sessions[index].agreed.isEmpty else { return }
    output.send(request, body, to: sessions[index].peer.channel)
  }

  /// Takes back every grant of a guest, and drops what it has asked for.
  mutating func reclaimAll(
    of index: Int, now: VirtualTime, through hypervisor: some GrantInstalling,
    output: inout ControlAgentOutput
  ) {
    let channel = sessions[index].peer.channel
    jobs.removeAll { $0.channel == channel }
    for grant in grants(of: sessions[index].peer.domain) where !grant.isReclaiming {
      reclaim(grant, now: now, through: hypervisor, output: &output)
    }
    sessions[index].answers = KeptAnswers()
    runJobs(now: now, through: hypervisor, output: &output)
  }

  mutating func reclaim(
    _ grant: ControlGrant, now: VirtualTime, through hypervisor: some GrantInstalling,
    output: inout ControlAgentOutput
  ) {
    let status = remove(grant, now: now, through: hypervisor, wasForced: false)
    output.events.append(
      status.isRemoved
        ? .reclaimed(guest: grant.guest, grant.id)
        : .reclaimRefused(guest: grant.guest, grant.id, status))
  }

  /// Has the hypervisor remove a grant, then frees its pages, and returns its answer; where it refuses, the grant belongs to
  /// nobody and the removal is tried again later.
  mutating func remove(
    _ grant: ControlGrant, now: VirtualTime, through hypervisor: some GrantInstalling,
    wasForced: Bool
  ) -> HypervisorStatus {
    let status = hypervisor.remove(grant.handle, index: entry(of: grant), pages: grant.pages)
    guard status.isRemoved else {
      setState(
        .reclaiming(
          next: now.advanced(byNanoseconds: configuration.reclaimInterval), wasForced: wasForced),
        of: grant.id)
      return status
    }
    forget(grant)
    return status
  }

  /// Frees the pages of a grant that the hypervisor has removed.
  ///
  /// A GRANTED that the guest may not have yet must not name it any more when it is repeated.
  mutating func forget(_ grant: ControlGrant) {
    timed[grant.id] = nil
    if let index = sessionIndex(of: grant.guest),
      case .granted(let records) = sessions[index].answers[grant.request]
    {
      let left = GrantRecords(records.filter { $0.grant != grant.id })
      sessions[index].answers[grant.request] =
        left.isEmpty ? .denied(DenialReason(.revoked)) : .granted(left)
    }
    if let window = windowIndex(grant.handle) { strike(grant.id, window: window) }
  }

  /// Strikes a grant out of the ledger and frees its pages.
  mutating func strike(_ id: GrantID, window: Int) {
    guard let grant = try? windows[window].ledger.release(id) else { return }
    giveBack(grant.start, grant.pages, window: window)
  }

  /// Frees pages that this agent allocated; the allocator cannot refuse, as `checkInvariants` proves.
  mutating func giveBack(_ start: Int, _ pages: Int, window: Int) {
    try? windows[window].allocator.free(start: start, pages: pages)
  }

  func entry(of grant: ControlGrant) -> UInt64 {
    guard let window = windowIndex(grant.handle) else { return .max }
    return windows[window].entry(of: windows[window].page(of: grant.address))
  }

  private mutating func setState(_ state: ControlGrant.State, of id: GrantID) {
    timed[id] = state
    for window in windows.indices where windows[window].ledger[id] != nil {
      try? windows[window].ledger.beginRevoke(id)
    }
  }
}

extension ControlGrant {
  /// Whether the guest has lost it already.
  var isReclaiming: Bool {
    if case .reclaiming = state { return true }
    return false
  }
}

extension HypervisorStatus {
  /// Whether nothing is left to remove: the call worked, or found no such grant any more.
  var isRemoved: Bool { self == .ok || self == .noMapping }
}
