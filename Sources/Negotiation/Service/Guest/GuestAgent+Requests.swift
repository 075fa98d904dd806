import Sun4v

extension GuestAgent {
  /// Takes a message of the control domain; any bytes are taken.
  public mutating func receive(
    _ bytes: [UInt8], now: VirtualTime, output: inout GuestAgentOutput
  ) {
    receive(bytes[...], now: now, output: &output)
  }

  /// Takes a message of the control domain that lies among other bytes.
  public mutating func receive(
    _ bytes: ArraySlice<UInt8>, now: VirtualTime, output: inout GuestAgentOutput
  ) {
    let message: DVMAMessage
    do {
      message = try DVMAMessage(bytes)
    } catch  where error.isDamage {
      output.events.append(.damaged(guest: configuration.domain, error))
      return
    } catch {
      output.events.append(.malformed(guest: configuration.domain, error))
      if error.type != DVMAMessageType.error.rawValue {
        output.messages.append(
          DVMAMessage(
            error.request,
            .error(error.code, type: error.type, offset: UInt32(truncatingIfNeeded: error.offset))))
      }
      return
    }
    let request = message.request
    switch message.body {
    case .infoResult(let differences, _, let limit, let window):
      receiveInfoResult(request, limit, window, differences, now: now, output: &output)
    case .queryResult(let use, let states):
      receiveQueryResult(request, use, states, now: now, output: &output)
    case .granted(let records): receiveGranted(request, records, now: now, output: &output)
    case .denied(let reason): receiveDenied(request, reason, now: now, output: &output)
    case .released(let records): receiveReleased(request, records, now: now, output: &output)
    case .revoke(let grant, let left, let isForced):
      receiveRevoke(request, grant, left, isForced: isForced, now: now, output: &output)
    case .error(let code, _, _): receiveError(request, code, now: now, output: &output)
    case .info, .allocate, .release, .revoked, .query:
      output.events.append(
        .malformed(guest: configuration.domain, DVMAMessageError(wrongDirection: message)))
      output.messages.append(
        DVMAMessage(request, .error(.wrongDirection, type: message.type.rawValue, offset: 8)))
    }
  }

  /// Does what is due at this moment; harmless at any other.
  public mutating func handleTimers(now: VirtualTime, output: inout GuestAgentOutput) {
    if var step = opening, step.nextSend <= now {
      step.delay = nextDelay(after: step.delay)
      step.nextSend = now.advanced(byNanoseconds: step.delay)
      opening = step
      output.messages.append(step.message)
    }
    for index in requests.indices.reversed()
    where requests[index].deadline <= now && !requests[index].isAbandoned {
      giveUp(index, output: &output)
    }
    sendDue(now: now, output: &output)
  }

  /// Nobody waits for a request any more; it stays open until answered if it may have been sent.
  private mutating func giveUp(_ index: Int, output: inout GuestAgentOutput) {
    let request = requests[index]
    if request.nextSend == nil {
      requests.remove(at: index)
      if case .release(let list) = request.kind {
        for grant in list where grants[grant]?.state == .releasing(request.id) {
          grants[grant]?.state = .live
        }
      }
    } else {
      requests[index].isAbandoned = true
    }
    settle(request.id, .timedOut)
    output.events.append(.timedOut(guest: configuration.domain, request.id))
  }

  mutating func open(
    _ id: RequestID, _ kind: OpenRequest.Kind, now: VirtualTime, output: inout GuestAgentOutput
  ) {
    requests.append(
      OpenRequest(
        id: id, kind: kind,
        deadline: now.advanced(byNanoseconds: configuration.requestTimeout), nextSend: nil,
        delay: configuration.retransmitDelay))
    sendDue(now: now, output: &output)
  }

  /// Sends what was not sent yet, or long ago, as far as the control domain takes it.
  mutating func sendDue(now: VirtualTime, output: inout GuestAgentOutput) {
    guard phase == .ready, let oldest = requests.first?.id else { return }
    for index in requests.indices {
      guard requests[index].id.rawValue &- oldest.rawValue < openRequestLimit else { break }
      if let due = requests[index].nextSend {
        guard due <= now else { continue }
        requests[index].delay = nextDelay(after: requests[index].delay)
      }
      requests[index].nextSend = now.advanced(byNanoseconds: requests[index].delay)
      let body: DVMAMessage.Body
      switch requests[index].kind {
      case .allocate(let wanted): body = .allocate(oldestOpen: oldest, wanted)
      case .release(let list): body = .release(oldestOpen: oldest, list)
      }
      output.messages.append(DVMAMessage(requests[index].id, body))
    }
  }

  private func nextDelay(after delay: UInt64) -> UInt64 {
    min(configuration.maximumRetransmitDelay, delay &+ min(delay, 1 << 62))
  }

  /// Takes an answered request out; `nil` where it is not open.
  private mutating func close(_ id: RequestID) -> OpenRequest? {
    guard let index = requests.index(of: id) else { return nil }
    let request = requests.remove(at: index)
    if requests.isEmpty { revokedUnseen = [] }
    return request
  }

  private mutating func settle(_ id: RequestID, _ outcome: RequestOutcome) {
    guard outcomeOrder.count >= configuration.outcomeLimit else {
      outcomes.enter(outcome, for: id)
      outcomeOrder.append(id)
      return
    }
    guard outcomeOrder.indices.contains(oldestOutcome) else { return }
    outcomes.enter(outcome, for: id, insteadOf: outcomeOrder[oldestOutcome])
    outcomeOrder[oldestOutcome] = id
    oldestOutcome = (oldestOutcome + 1) % outcomeOrder.count
  }

  private mutating func receiveGranted(
    _ id: RequestID, _ granted: GrantRecords, now: VirtualTime, output: inout GuestAgentOutput
  ) {
    guard let index = requests.index(of: id),
      case .allocate(let wanted) = requests[index].kind
    else { return }
    let request = requests.remove(at: index)
    let records =
      revokedUnseen.isEmpty
      ? granted : GrantRecords(granted.filter { !revokedUnseen.contains($0.grant) })
    if requests.isEmpty { revokedUnseen = [] }
    for record in records {
      grants.enter(
        GuestGrant(
          id: record.grant, request: id, handle: wanted.handle, address: record.address,
          pages: record.pages, state: .live),
        for: record.grant)
    }
    if records.isEmpty {
      if !request.isAbandoned { settle(id, .denied(DenialReason(.revoked))) }
    } else if request.isAbandoned {
      let back = nextNumber()
      for record in records { grants[record.grant]?.state = .releasing(back) }
      open(back, .release(records.map(\.grant)), now: now, output: &output)
    } else {
      settle(id, .granted(records))
      for record in records {
        output.events.append(
          .granted(guest: configuration.domain, id, handle: wanted.handle, record))
      }
    }
    sendDue(now: now, output: &output)
  }

  private mutating func receiveDenied(
    _ id: RequestID, _ reason: DenialReason, now: VirtualTime, output: inout GuestAgentOutput
  ) {
    guard let request = close(id) else { return }
    if case .release(let list) = request.kind {
      for grant in list where grants[grant]?.state == .releasing(id) {
        grants[grant]?.state = .live
      }
    }
    if !request.isAbandoned { settle(id, .denied(reason)) }
    output.events.append(.denied(guest: configuration.domain, id, reason))
    sendDue(now: now, output: &output)
  }

  private mutating func receiveReleased(
    _ id: RequestID, _ records: [ReleaseRecord], now: VirtualTime, output: inout GuestAgentOutput
  ) {
    guard let request = close(id), case .release(let list) = request.kind else { return }
    for record in records where list.contains(record.grant) {
      guard grants[record.grant]?.state == .releasing(id) else { continue }
      if record.result == .refused {
        grants[record.grant]?.state = .live
        output.events.append(
          .releaseRefused(
            guest: configuration.domain, record.grant,
            HypervisorStatus(rawValue: UInt64(record.status))))
      } else {
        grants[record.grant] = nil
        output.events.append(.released(guest: configuration.domain, record.grant))
      }
    }
    if !request.isAbandoned { settle(id, .released(records)) }
    sendDue(now: now, output: &output)
  }

  private mutating func receiveRevoke(
    _ request: RequestID, _ id: GrantID, _ left: UInt64, isForced: Bool, now: VirtualTime,
    output: inout GuestAgentOutput
  ) {
    let guest = configuration.domain
    guard let grant = grants[id] else {
      // An open request may be answered with it yet.
      if !requests.isEmpty { revokedUnseen.insert(id) }
      output.messages.append(DVMAMessage(request, .revoked(id, wasHeld: false)))
      return
    }
    if isForced {
      grants[id] = nil
      output.messages.append(DVMAMessage(request, .revoked(id, wasHeld: false)))
      output.events.append(.revoked(guest: guest, id, isForced: true))
      return
    }
    switch grant.state {
    case .live:
      let deadline = now.advanced(byNanoseconds: left)
      grants[id]?.state = .revoking(request, deadline: deadline)
      output.events.append(.revokeAsked(guest: guest, id, deadline: deadline))
    case .revoking: break
    case .releasing:
      // Nothing is mapped in it any more, so the control domain need not wait for RELEASE.
      output.messages.append(DVMAMessage(request, .revoked(id, wasHeld: true)))
    }
  }

  private mutating func receiveError(
    _ id: RequestID, _ code: DVMAErrorCode, now: VirtualTime, output: inout GuestAgentOutput
  ) {
    output.events.append(.refusedByPeer(guest: configuration.domain, id, code))
    guard let request = close(id) else { return }
    if case .release(let list) = request.kind {
      for grant in list where grants[grant]?.state == .releasing(id) {
        grants[grant]?.state = .live
      }
    }
    if !request.isAbandoned { settle(id, .refused(code)) }
    sendDue(now: now, output: &output)
  }
}
