import Sun4v

extension GuestAgent {
  /// The service is registered: the windows are compared.
  public mutating func serviceUp(now: VirtualTime, output: inout GuestAgentOutput) {
    guard phase != .refused else { return }
    guard !configuration.windows.isEmpty else {
      becomeReady(now: now, output: &output)
      return
    }
    phase = .comparing
    compare(0, now: now, output: &output)
  }

  /// The service is registered no more: open requests wait for the next session, grants stay.
  public mutating func serviceDown(output: inout GuestAgentOutput) {
    guard phase != .refused, phase != .down else { return }
    let wasReady = phase == .ready
    phase = .down
    opening = nil
    for index in requests.indices where requests[index].nextSend != nil {
      requests[index].nextSend = .zero
    }
    if wasReady { output.events.append(.sessionDown(guest: configuration.domain)) }
  }

  private mutating func compare(
    _ index: Int, now: VirtualTime, output: inout GuestAgentOutput
  ) {
    openStep(
      .info(generation: configuration.generation, configuration.windows[index]), progress: index,
      now: now, output: &output)
  }

  private mutating func openStep(
    _ body: DVMAMessage.Body, progress: Int, now: VirtualTime, output: inout GuestAgentOutput
  ) {
    let message = DVMAMessage(nextNumber(), body)
    opening = OpeningStep(
      message: message, progress: progress,
      nextSend: now.advanced(byNanoseconds: configuration.retransmitDelay),
      delay: configuration.retransmitDelay)
    output.messages.append(message)
  }

  mutating func receiveInfoResult(
    _ request: RequestID, _ limit: UInt64, _ theirs: DVMAWindow,
    _ differences: DVMAWindowDifferences, now: VirtualTime, output: inout GuestAgentOutput
  ) {
    guard phase == .comparing, let step = opening, step.message.request == request else { return }
    let ours = configuration.windows[step.progress]
    // Both sides compare, so that a control domain that does not cannot mislead its guests.
    let found = differences.union(
      differences.contains(.handle) ? .handle : ours.differences(from: theirs))
    guard found.isEmpty else {
      let mismatch = WindowMismatch(guest: ours, control: theirs, differences: found)
      phase = .refused
      opening = nil
      self.mismatch = mismatch
      output.events.append(.windowMismatch(guest: configuration.domain, mismatch))
      return
    }
    openRequestLimit = max(1, limit)
    let next = step.progress + 1
    if next < configuration.windows.count {
      compare(next, now: now, output: &output)
    } else {
      phase = .renewing
      renew(from: 0, now: now, output: &output)
    }
  }

  /// Lists the grants from a place on, as many as a message takes.
  private mutating func renew(
    from start: Int, now: VirtualTime, output: inout GuestAgentOutput
  ) {
    let all = grantList
    let end = min(all.count, start + DVMAMessage.maximumRecords)
    let part = start < end ? all[start..<end].map(\.record) : []
    openStep(
      .query(
        oldestOpen: requests.first?.id ?? lastRequest.next.next, part,
        end < all.count ? .renewalPart : .renewalEnd),
      progress: end, now: now, output: &output)
  }

  mutating func receiveQueryResult(
    _ request: RequestID, _ use: DomainUse, _ states: [GrantStateRecord], now: VirtualTime,
    output: inout GuestAgentOutput
  ) {
    self.use = use
    guard phase == .renewing, let step = opening, step.message.request == request,
      case .query(_, let listed, let kind) = step.message.body
    else { return }
    let known = Set(states.filter { $0.state != .unknown }.map(\.grant))
    var lost = 0
    for record in listed where !known.contains(record.grant) {
      if grants.removeValue(of: record.grant) != nil {
        lost += 1
        output.events.append(.lost(guest: configuration.domain, record.grant))
      }
    }
    if kind == .renewalEnd {
      becomeReady(now: now, output: &output)
    } else {
      renew(from: step.progress - lost, now: now, output: &output)
    }
  }

  private mutating func becomeReady(now: VirtualTime, output: inout GuestAgentOutput) {
    phase = .ready
    opening = nil
    output.events.append(.sessionUp(guest: configuration.domain))
    sendDue(now: now, output: &output)
  }
}
