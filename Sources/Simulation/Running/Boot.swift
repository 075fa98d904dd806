import Channels
import Hypervisor
import Negotiation
import Sun4v

/// Booting: the domains reserve their range, find each other, and compare.
extension Machine {
  /// How long, in nanoseconds of virtual time, guests have to reach agreement with the control domain.
  static let bootTime: UInt64 = 5_000_000_000

  /// Says which part of a window the domains reserve for negotiated DMA; the top half by default.
  public func reserve(
    _ range: BusAddressRange, of rootComplex: RootComplexID
  ) throws(MachineError) {
    try checkOpen()
    try checkNotBooted("choose the reserved range")
    let window = try self.rootComplex(rootComplex).window
    let whole = BusAddressRange(base: window.base, size: window.size)
    guard range.size > 0, whole.contains(range.base, size: range.size),
      range.base.isAligned(to: window.pageSize), range.size & (window.pageSize.bytes - 1) == 0
    else {
      throw MachineError(
        .invalidArgument,
        "reserved range of \(range.size) bytes at \(range.base): wanted whole pages inside the window "
          + "of \(ByteSize(window.size)) at \(window.base)")
    }
    software.reservedRanges[rootComplex] = range
  }

  /// The part of a window that the domains reserve for negotiated DMA.
  public func reservedRange(of rootComplex: RootComplexID) throws(MachineError) -> BusAddressRange {
    if let chosen = software.reservedRanges[rootComplex] { return chosen }
    let window = try self.rootComplex(rootComplex).window
    let pages = window.usableEntries
    let lower = pages / 2
    return BusAddressRange(
      base: window.address(of: lower), size: (pages - lower) << window.pageSize.shift)
  }

  /// Boots every domain: the control domain, then the guests.
  ///
  /// Throws code `reserved_range_mismatch` where a guest's range differs from the control domain's;
  /// nothing has booted then.
  public func boot() throws(MachineError) {
    try checkOpen()
    try checkNotBooted(
      "it can boot only once; to start again use a domain's reboot, or a new machine:")
    let before = (hypervisor.state, software)
    do {
      let descriptions = try self.descriptions()
      (hypervisor.state, software.channels) = try connected()
      for (domain, description) in zip(domains, descriptions.guests) {
        hypervisor.state.setMachineDescription(domain, description.bytes)
      }
      try bootControl()
      for domain in domains where domain != Self.control { try bootGuest(domain) }
      software.isBooted = true
      for domain in domains where domain != Self.control { try awaitSession(of: domain) }
    } catch {
      (hypervisor.state, software) = before
      throw error
    }
  }

  /// The hypervisor's state with every channel of the machine, and which joins each guest to the
  /// control domain: those that a machine description asked for, else the lowest free numbers.
  func connected() throws(MachineError) -> (HypervisorState, [DomainID: ChannelPair]) {
    guard !isBooted else { return (hypervisor.state, software.channels) }
    var state = hypervisor.state
    var pairs: [DomainID: ChannelPair] = [:]
    do {
      for plan in software.channelPlans {
        let numbers = try state.connectChannel(plan.first, plan.second)
        for guest in domains where guest != Self.control && pairs[guest] == nil {
          guard plan.ends(Self.control, guest) != nil else { continue }
          pairs[guest] =
            plan.first.domain == guest
            ? ChannelPair(guest: numbers.0, control: numbers.1)
            : ChannelPair(guest: numbers.1, control: numbers.0)
        }
      }
      let guests = domains
      for guest in guests where guest != Self.control && pairs[guest] == nil {
        let numbers = try state.connectChannel(Self.control, guest)
        pairs[guest] = ChannelPair(guest: numbers.1, control: numbers.0)
      }
    } catch {
      throw MachineError(.noMemory, error.description, name: error.code)
    }
    return (state, pairs)
  }

  private func attachment(_ channel: ChannelID, of domain: DomainID) -> ChannelAttachment {
    let endpoint = hypervisor.state.domain(domain)?.channels[channel]
    return ChannelAttachment(
      channel: channel, receiveInterrupt: endpoint?.receiveInterrupt.number)
  }

  private func configuration(of domain: DomainID) throws(MachineError) -> SoftwareConfiguration {
    let record = try record(of: domain)
    _ = hypervisor.state.setProcessors(of: domain, ids: [0])
    let memory = record.memoryMap.segments.filter { $0.kind == .memory }
    guard let block = memory.max(by: { $0.size < $1.size }) else {
      throw MachineError(.noMemory, "\(record.name) has no memory to boot in")
    }
    var windows: [DVMAWindow] = []
    for rootComplex in hypervisor.state.rootComplexes {
      let window = rootComplex.window
      let common = try reservedRange(of: rootComplex.id)
      let reserved = software.plans[domain.rawValue].reservedRange ?? common
      windows.append(
        DVMAWindow(
          handle: rootComplex.handle, base: window.base, pages: window.usableEntries,
          pageSize: window.pageSize, reservedBase: reserved.base,
          reservedPages: reserved.size >> window.pageSize.shift))
    }
    software.plans[domain.rawValue].boots += 1
    var result = SoftwareConfiguration(
      domain: domain, incarnation: software.plans[domain.rawValue].boots, memoryBase: block.base,
      memorySize: block.size, windows: windows)
    result.channelEntries = self.configuration.channelEntries
    result.mondoEntries = self.configuration.mondoEntries
    result.link.acknowledgeDelay = self.configuration.acknowledgeDelay
    return result
  }

  private static func pages(_ size: ByteSize) -> Int {
    Int(truncatingIfNeeded: PageSize.size8K.pages(for: size.bytes))
  }

  func bootControl() throws(MachineError) {
    var guests: [GuestAttachment] = []
    for guest in domains where guest != Self.control {
      guard let pair = software.channels[guest] else { continue }
      let plan = software.plans[guest.rawValue]
      guests.append(
        GuestAttachment(
          channel: attachment(pair.control, of: Self.control), domain: guest,
          quotaPages: plan.quota.map { Self.pages($0) },
          reservationPages: plan.reservation.map { Self.pages($0) } ?? 0))
    }
    let domain = try configuration(of: Self.control)
    var control: ControlDomainSoftware
    do {
      control = try ControlDomainSoftware(configuration: domain, guests: guests) { limits in
        limits.policy = software.hasOwnPolicy ? .custom : configuration.policy
        limits.quarantine = configuration.quarantine
        limits.numbersGrantsByGuest = configuration.numbersGrantsByGuest
        limits.forgetsAnswers = configuration.forgetsAnswers
      }
    } catch {
      throw MachineError(
        .invalidArgument, "\(Self.controlName): \(error.message)", name: error.code)
    }
    try start(Self.control) { port, events throws(BootError) in
      try control.boot(port, events: &events)
      return DomainSoftware(control: control)
    }
  }

  func bootGuest(_ domain: DomainID) throws(MachineError) {
    guard let pair = software.channels[domain] else { return }
    var guest = GuestDomainSoftware(
      configuration: try configuration(of: domain),
      channel: attachment(pair.guest, of: domain)
    ) { timers in timers.retransmitDelay = self.configuration.requestRetransmitDelay }
    try start(domain) { port, events throws(BootError) in
      try guest.boot(port, events: &events)
      return DomainSoftware(guest: guest)
    }
  }

  private func start(
    _ domain: DomainID,
    _ body: (DomainPort, inout [NegotiationEvent]) throws(BootError) -> DomainSoftware
  ) throws(MachineError) {
    let name = try record(of: domain).name
    _ = hypervisor.state.startDomain(domain)
    var failure: BootError?
    withSoftware(of: domain) { software, port, events in
      do throws(BootError) {
        software = try body(port, &events)
      } catch {
        failure = error
      }
    }
    if let failure {
      throw MachineError(
        .wrongState, "\(name) did not boot: \(failure.message)", name: failure.code)
    }
  }

  func awaitSession(of domain: DomainID) throws(MachineError) {
    guard !hypervisor.state.rootComplexes.isEmpty else { return }
    let name = try record(of: domain).name
    let limit = now.advanced(byNanoseconds: Self.bootTime)
    let isSettled = try run(until: limit) {
      let guest = software.software[domain.rawValue].guest?.change { $0.agent.phase }
      guard let phase = guest else { return false }
      return phase != .ready && phase != .refused
    }
    if let mismatch = software.software[domain.rawValue].guest?.change({ $0.agent.mismatch }) {
      throw MachineError(
        .reservedRangeMismatch, "\(name) refuses to boot: \(mismatch.message)",
        name: mismatch.code)
    }
    if !isSettled {
      throw MachineError(
        .timeout, "\(name) reached no agreement with the control domain in \(limit)")
    }
  }
}
