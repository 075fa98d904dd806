import Sun4v

extension ControlAgent {
  /// The place that a custom policy has to choose now, or `nil` when none is awaited.
  public var question: PlacementQuestion? {
    guard let job = jobs.first, let free = job.offered, let session = session(job.channel) else {
      return nil
    }
    return PlacementQuestion(
      guest: session.peer.domain, request: job.request, handle: job.wanted.handle,
      allocation: job.allocation, free: free)
  }

  /// Answers `question` with the first page of the range, or `nil` to refuse.
  ///
  /// A place that is not free, or breaks a limit, denies the request. Without a question the answer
  /// is passed over.
  public mutating func resume(
    at page: Int?, now: VirtualTime, through hypervisor: some GrantInstalling,
    output: inout ControlAgentOutput
  ) {
    guard jobs.first?.offered != nil, let index = jobs.first.flatMap({ sessionIndex($0.channel) })
    else { return }
    var job = jobs.removeFirst()
    job.offered = nil
    if let page, let window = windowIndex(job.wanted.handle),
      (try? windows[window].allocator.place(job.allocation, at: page)) != nil
    {
      carryOut(&job, of: index, from: page, now: now, through: hypervisor, output: &output)
    } else {
      finish(
        job, of: index, DenialReason(.policy, asked: job.wanted.pages), now: now,
        through: hypervisor,
        output: &output)
    }
    if job.offered != nil { jobs.insert(job, at: 0) }
    runJobs(now: now, through: hypervisor, output: &output)
  }

  mutating func receiveAllocate(
    _ request: RequestID, _ wanted: GrantRequest, _ index: Int, now: VirtualTime,
    through hypervisor: some GrantInstalling, output: inout ControlAgentOutput
  ) {
    let peer = sessions[index].peer
    if let answer = sessions[index].answers[request] {
      output.send(request, answer, to: peer.channel)
      return
    }
    var waiting: UInt64 = 0
    for job in jobs where job.channel == peer.channel {
      if job.request == request { return }
      waiting &+= 1
    }
    let limit = configuration.openRequestLimit
    let flood =
      waiting < limit
      ? nil : DenialReason(.openRequests, limit: limit, asked: request.rawValue)
    if let reason = admission(of: request, index) ?? flood {
      output.send(request, .denied(reason), to: peer.channel)
      output.events.append(.denied(guest: peer.domain, request, reason))
      return
    }
    output.events.append(.requested(guest: peer.domain, request, wanted))
    do {
      var job = AllocationJob(
        channel: peer.channel, request: request, wanted: wanted,
        allocation: try checked(wanted, index))
      let isFirst = jobs.isEmpty
      if isFirst { carryOut(&job, of: index, now: now, through: hypervisor, output: &output) }
      if !isFirst || job.offered != nil { jobs.append(job) }
    } catch {
      answer(request, .denied(error), index, output: &output)
      output.events.append(.denied(guest: peer.domain, request, error))
    }
  }

  /// What can be said of a request without looking at what is free.
  @inline(__always)
  private func checked(
    _ wanted: GrantRequest, _ index: Int
  ) throws(DenialReason) -> AllocationRequest {
    guard let window = windowIndex(wanted.handle) else {
      throw DenialReason(.unknownHandle, asked: wanted.handle.rawValue)
    }
    guard sessions[index].agreed.contains(wanted.handle) else { throw DenialReason(.notAgreed) }
    let batchLimit = min(configuration.batchLimit, UInt32(DVMAMessage.maximumRecords))
    guard (1...max(1, batchLimit)).contains(wanted.count) else {
      throw DenialReason(.batch, limit: UInt64(batchLimit), asked: UInt64(wanted.count))
    }
    guard wanted.guardPages <= configuration.guardLimit else {
      throw DenialReason(
        .guardPages, limit: UInt64(configuration.guardLimit), asked: UInt64(wanted.guardPages))
    }
    return try windows[window].window.allocation(
      wanted, pageSize: windows[window].pageSize, requester: sessions[index].peer.domain.rawValue)
  }

  /// Carries on with the requests in progress until all are answered or a place must be chosen.
  mutating func runJobs(
    now: VirtualTime, through hypervisor: some GrantInstalling, output: inout ControlAgentOutput
  ) {
    while jobs.first.map({ $0.offered == nil }) ?? false {
      var job = jobs.removeFirst()
      guard let index = sessionIndex(job.channel) else { continue }
      carryOut(&job, of: index, now: now, through: hypervisor, output: &output)
      if job.offered != nil { jobs.insert(job, at: 0) }
    }
  }

  /// Makes the ranges of a session's job that are to be made yet, the next one from a page that is allocated
  /// already, and answers it; or offers what is free where a place must be chosen.
  private mutating func carryOut(
    _ job: inout AllocationJob, of index: Int, from chosen: Int? = nil, now: VirtualTime,
    through hypervisor: some GrantInstalling, output: inout ControlAgentOutput
  ) {
    guard let window = windowIndex(job.wanted.handle) else { return }
    do {
      if let chosen {
        try take(chosen, for: &job, session: index, window: window, through: hypervisor)
      }
      while job.made.count < Int(job.wanted.count) {
        try checkLimits(of: index, job.allocation, window: window)
        switch try begin(job.allocation, window: window) {
        case .placed(let start):
          try take(start, for: &job, session: index, window: window, through: hypervisor)
        case .choose(let free):
          job.offered = free
          return
        }
      }
    } catch {
      finish(job, of: index, error, now: now, through: hypervisor, output: &output)
      return
    }
    finish(job, of: index, nil, now: now, through: hypervisor, output: &output)
  }

  private mutating func begin(
    _ allocation: AllocationRequest, window: Int
  ) throws(DenialReason) -> AllocationStep {
    do {
      return try windows[window].allocator.begin(allocation)
    } catch {
      throw DenialReason(error, window: windows[window])
    }
  }

  /// The number of grants, quota, reservations of others, and the fair share.
  @inline(__always)
  private func checkLimits(
    of index: Int, _ allocation: AllocationRequest, window: Int
  ) throws(DenialReason) {
    let guest = sessions[index].peer.domain
    var held = 0
    for place in windows.indices { held += windows[place].ledger.account(of: guest)?.grants ?? 0 }
    guard held < configuration.grantLimit else {
      throw DenialReason(
        .grantCount, limit: UInt64(clamping: configuration.grantLimit),
        asked: UInt64(clamping: held + 1))
    }
    do {
      try windows[window].ledger.accounts.admit(
        guest, pages: allocation.pages + allocation.guardPages)
    } catch {
      throw DenialReason(error)
    }
  }

  /// The pages of a job's next range are allocated: has the hypervisor install the grant.
  ///
  /// Throws why that cannot be; the pages are free again then.
  private mutating func take(
    _ start: Int, for job: inout AllocationJob, session index: Int, window: Int,
    through hypervisor: some GrantInstalling
  ) throws(DenialReason) {
    let id = nextGrant(of: index)
    do {
      try windows[window].ledger.record(
        domain: sessions[index].peer.domain, start: start, pages: job.allocation.pages,
        guardPages: job.allocation.guardPages, requestID: job.request,
        part: configuration.forgetsAnswers
          ? Int(truncatingIfNeeded: id.rawValue) : job.made.count,
        id: id)
    } catch {
      giveBack(start, job.allocation.pages, window: window)
      throw DenialReason(error)
    }
    let status = hypervisor.install(
      job.wanted.handle, channel: job.channel, index: windows[window].entry(of: start),
      pages: job.wanted.pages)
    guard status == .ok else {
      strike(id, window: window)
      throw DenialReason(.hypervisor, asked: status.rawValue)
    }
    noteGrant(of: index)
    job.made.append(
      GrantRecord(
        grant: id, address: windows[window].address(of: start), pages: job.wanted.pages))
  }

  private func nextGrant(of index: Int) -> GrantID {
    guard configuration.numbersGrantsByGuest else { return GrantID(lastGrant &+ 1) }
    let guest = UInt64(truncatingIfNeeded: sessions[index].peer.domain.rawValue)
    return GrantID(guest << 32 | (sessions[index].grantsMade &+ 1))
  }

  private mutating func noteGrant(of index: Int) {
    if configuration.numbersGrantsByGuest {
      sessions[index].grantsMade &+= 1
    } else {
      lastGrant &+= 1
    }
  }

  /// Answers a session's job: all that was asked, a part where that is wanted, or a denial that leaves nothing
  /// behind.
  private mutating func finish(
    _ job: AllocationJob, of index: Int, _ reason: DenialReason?, now: VirtualTime,
    through hypervisor: some GrantInstalling, output: inout ControlAgentOutput
  ) {
    let guest = sessions[index].peer.domain
    if let reason, job.made.isEmpty || !job.wanted.acceptsPart {
      for record in job.made {
        if let grant = grant(record.grant) {
          _ = remove(grant, now: now, through: hypervisor, wasForced: false)
        }
      }
      answer(job.request, .denied(reason), index, output: &output)
      output.events.append(.denied(guest: guest, job.request, reason))
      return
    }
    answer(job.request, .granted(job.made), index, output: &output)
    for record in job.made {
      output.events.append(
        .granted(guest: guest, job.request, handle: job.wanted.handle, record))
    }
  }

  /// Keeps an answer until the guest says that it has it.
  mutating func keep(_ body: DVMAMessage.Body, for request: RequestID, _ index: Int) {
    if !configuration.forgetsAnswers { sessions[index].answers[request] = body }
  }

  private mutating func answer(
    _ request: RequestID, _ body: DVMAMessage.Body, _ index: Int, output: inout ControlAgentOutput
  ) {
    keep(body, for: request, index)
    output.send(request, body, to: sessions[index].peer.channel)
  }
}

extension DenialReason {
  /// The limit that the allocator met.
  init(_ error: AllocationError, window: ControlWindow) {
    switch error {
    case .noPages: self.init(.noPages)
    case .tooLarge(let requested, let limit):
      self.init(.tooLarge, limit: UInt64(limit), asked: UInt64(requested))
    case .badAlignment(let alignment):
      self.init(.badAlignment, asked: UInt64(truncatingIfNeeded: alignment))
    case .badBoundary(let boundary):
      self.init(.badBoundary, asked: UInt64(truncatingIfNeeded: boundary))
    case .boundaryTooSmall(let requested, let boundary):
      self.init(.boundaryTooSmall, limit: UInt64(boundary), asked: UInt64(requested))
    case .badGuard(let pages): self.init(.guardPages, asked: UInt64(truncatingIfNeeded: pages))
    case .limitTooLow(_, let highest):
      self.init(
        .highestAddressTooLow, limit: window.window.reservedBase.rawValue,
        asked: window.address(of: max(0, highest)).rawValue)
    case .alignmentImpossible(_, let alignment):
      self.init(.alignmentImpossible, asked: UInt64(alignment))
    case .noSpace(let requested, let largest):
      self.init(.noSpace, limit: UInt64(largest), asked: UInt64(requested))
    case .policyMustChoose, .badPlace: self.init(.policy)
    }
  }
}

extension DenialReason {
  /// The limit that a guest's account met.
  init(_ error: LedgerError) {
    switch error {
    case .quotaExceeded(let requested, let held, let quota):
      self.init(.quota, limit: UInt64(clamping: quota), asked: UInt64(clamping: held + requested))
    case .reservedForOthers(let requested, let available):
      self.init(
        .reservation, limit: UInt64(clamping: available), asked: UInt64(clamping: requested))
    case .fairShareExceeded(let requested, let held, let share):
      self.init(
        .fairShare, limit: UInt64(clamping: share), asked: UInt64(clamping: held + requested))
    case .unknownDomain, .duplicateDomain, .domainHoldsGrants, .badPages, .badLimit,
      .reservationUnavailable, .unknownGrant, .outsideWindow, .overlap, .duplicateRequest,
      .duplicateGrant:
      self.init(.unavailable)
    }
  }
}
