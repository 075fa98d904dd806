import Sun4v

extension ControlAgent {
  /// Takes a message of a guest.
  ///
  /// Any bytes are answered but damaged ones; a channel without a registered guest is passed over.
  public mutating func receive(
    _ bytes: [UInt8], from channel: ChannelID, now: VirtualTime,
    through hypervisor: some GrantInstalling, output: inout ControlAgentOutput
  ) {
    receive(bytes[...], from: channel, now: now, through: hypervisor, output: &output)
  }

  /// Takes a message of a guest that lies among other bytes.
  public mutating func receive(
    _ bytes: ArraySlice<UInt8>, from channel: ChannelID, now: VirtualTime,
    through hypervisor: some GrantInstalling, output: inout ControlAgentOutput
  ) {
    guard let index = sessionIndex(channel), sessions[index].isRegistered else { return }
    let guest = sessions[index].peer.domain
    let message: DVMAMessage
    do {
      message = try DVMAMessage(bytes)
    } catch  where error.isDamage {
      output.events.append(.damaged(guest: guest, error))
      return
    } catch {
      output.events.append(.malformed(guest: guest, error))
      // An ERROR that is itself malformed is not answered, else two ends could go on for ever.
      if error.type != DVMAMessageType.error.rawValue {
        output.send(
          error.request,
          .error(error.code, type: error.type, offset: UInt32(truncatingIfNeeded: error.offset)),
          to: channel)
      }
      return
    }
    let request = message.request
    switch message.body {
    case .info(let generation, let window):
      receiveInfo(
        request, generation, window, index, now: now, through: hypervisor, output: &output)
    case .allocate(let oldestOpen, let wanted):
      sessions[index].advance(to: oldestOpen)
      receiveAllocate(request, wanted, index, now: now, through: hypervisor, output: &output)
    case .release(let oldestOpen, let list):
      sessions[index].advance(to: oldestOpen)
      receiveRelease(request, list, index, through: hypervisor, output: &output)
    case .revoked(let grant, _):
      receiveRevoked(grant, index, now: now, through: hypervisor, output: &output)
    case .query(let oldestOpen, let list, let kind):
      sessions[index].advance(to: oldestOpen)
      receiveQuery(request, list, kind, index, now: now, through: hypervisor, output: &output)
    case .error(let code, _, _):
      output.events.append(.refusedByPeer(guest: guest, request, code))
    case .infoResult, .granted, .denied, .released, .revoke, .queryResult:
      output.send(
        request, .error(.wrongDirection, type: message.type.rawValue, offset: 8), to: channel)
      output.events.append(
        .malformed(guest: guest, DVMAMessageError(wrongDirection: message)))
    }
  }

  private mutating func receiveInfo(
    _ request: RequestID, _ generation: UInt64, _ theirs: DVMAWindow, _ index: Int,
    now: VirtualTime, through hypervisor: some GrantInstalling, output: inout ControlAgentOutput
  ) {
    let peer = sessions[index].peer
    if let known = sessions[index].generation, generation < known { return }
    if sessions[index].generation != generation {
      reclaimAll(of: index, now: now, through: hypervisor, output: &output)
      sessions[index].beginIncarnation(generation)
      for window in windows.indices { windows[window].ledger.forgetRequests(of: peer.domain) }
    }
    let ours = windows.first { $0.window.handle == theirs.handle }?.window
    let differences = ours.map(theirs.differences(from:)) ?? .handle
    let answer =
      ours
      ?? DVMAWindow(
        handle: DeviceHandle(rawValue: 0), base: DVMAAddress(0), pages: 0, pageBytes: 0,
        reservedBase: DVMAAddress(0), reservedPages: 0)
    if differences.isEmpty {
      renewals[index] = nil
      let isFirst = sessions[index].agreed.isEmpty
      if !sessions[index].agreed.contains(theirs.handle) {
        sessions[index].agreed.append(theirs.handle)
      }
      if isFirst { output.events.append(.sessionUp(guest: peer.domain)) }
    } else {
      output.events.append(
        .windowMismatch(
          guest: peer.domain,
          WindowMismatch(guest: theirs, control: answer, differences: differences)))
    }
    output.send(
      request,
      .infoResult(
        differences: differences, generation: configuration.generation,
        openRequestLimit: configuration.openRequestLimit, answer),
      to: peer.channel)
  }

  private mutating func receiveRelease(
    _ request: RequestID, _ list: [GrantID], _ index: Int,
    through hypervisor: some GrantInstalling, output: inout ControlAgentOutput
  ) {
    let peer = sessions[index].peer
    if let answer = sessions[index].answers[request] {
      output.send(request, answer, to: peer.channel)
      return
    }
    if let reason = admission(of: request, index) {
      output.send(request, .denied(reason), to: peer.channel)
      return
    }
    let records = list.map { id -> ReleaseRecord in
      guard let grant = grant(id), grant.guest == peer.domain, !grant.isReclaiming else {
        return ReleaseRecord(grant: id, result: .notHeld)
      }
      let status = hypervisor.remove(grant.handle, index: entry(of: grant), pages: grant.pages)
      guard status.isRemoved else {
        output.events.append(.releaseRefused(guest: peer.domain, id, status))
        return ReleaseRecord(
          grant: id, result: .refused, status: UInt32(truncatingIfNeeded: status.rawValue))
      }
      forget(grant)
      output.events.append(.released(guest: peer.domain, id))
      return ReleaseRecord(grant: id, result: .released)
    }
    keep(.released(records), for: request, index)
    output.send(request, .released(records), to: peer.channel)
  }

  private mutating func receiveQuery(
    _ request: RequestID, _ list: [GrantRecord], _ kind: DVMAQueryKind, _ index: Int,
    now: VirtualTime, through hypervisor: some GrantInstalling, output: inout ControlAgentOutput
  ) {
    let peer = sessions[index].peer
    let states = list.map { record -> GrantStateRecord in
      guard let grant = grant(record.grant), grant.guest == peer.domain,
        grant.record == record, !grant.isReclaiming
      else { return GrantStateRecord(grant: record.grant, state: .unknown) }
      return GrantStateRecord(
        grant: record.grant, state: grant.state == .live ? .live : .revoking)
    }
    if kind != .inquiry, request > sessions[index].renewal {
      sessions[index].renewal = request
      sessions[index].listed.formUnion(list.map(\.grant))
      if kind == .renewalEnd {
        let listed = sessions[index].listed
        let oldest = sessions[index].oldestOpen
        sessions[index].listed = []
        // A request that is still open will be sent again and answered with what it got.
        for grant in grants(of: peer.domain)
        where !listed.contains(grant.id) && grant.request < oldest && !grant.isReclaiming {
          reclaim(grant, now: now, through: hypervisor, output: &output)
        }
        for id in listed.sorted() { askAgain(id, now: now, output: &output) }
      }
    }
    output.send(request, .queryResult(use(of: sessions[index]), states), to: peer.channel)
  }

  /// Whether a request may be carried out at all: its number is neither settled nor too far ahead.
  @inline(__always) func admission(of request: RequestID, _ index: Int) -> DenialReason? {
    guard !sessions[index].agreed.isEmpty else { return DenialReason(.notAgreed) }
    let oldest = sessions[index].oldestOpen
    guard request >= oldest else {
      return DenialReason(.stale, limit: oldest.rawValue, asked: request.rawValue)
    }
    let limit = configuration.openRequestLimit
    guard request.rawValue &- oldest.rawValue < limit else {
      return DenialReason(.openRequests, limit: limit, asked: request.rawValue)
    }
    return nil
  }
}

extension DVMAMessageError {
  /// A well-formed message that only the other side sends.
  init(wrongDirection message: DVMAMessage) {
    self.init(
      code: .wrongDirection, request: message.request, type: message.type.rawValue, offset: 8,
      message: "\(message.type.name) is sent by the other side only")
  }
}
