import Sun4v

/// The state of a channel as its queue calls report it.
///
/// Source: OpenSPARC hypervisor, hypervisor.h; the specification knows only down and up.
public enum ChannelState: UInt64, Hashable, Sendable {
  /// The far end has no receive queue.
  case down = 0
  /// The far end has a receive queue.
  case up = 1
  /// The far end replaced its receive queue since the last look; reported once.
  case reset = 2
}

extension HypervisorState {
  /// Checks the arguments of a queue configuration and gives the queue, or the status that refuses.
  private func checkedQueue(
    _ domain: Int, _ arguments: HypercallArguments
  ) -> Checked<(base: RealAddress, size: UInt64, physical: PhysicalAddress)> {
    let entries = arguments.a2
    let least: UInt64 = followsSpecification ? 2 : 1
    guard entries >= least, entries & (entries &- 1) == 0 else { return .refused(.invalid) }
    let size = entries &<< 6
    let base = RealAddress(arguments.a1)
    guard base.isAligned(to: size) else { return .refused(.badAlignment) }
    guard let physical = domains[domain].memoryMap.physical(base, guestSize: size) else {
      return .refused(.noRealAddress)
    }
    return .value((base, size, physical))
  }

  mutating func configureTransmitQueue(
    _ domain: Int, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard let channel = domains[domain].channels.usable(arguments.a0) else {
      return HypercallResult(.badChannel)
    }
    if arguments.a2 == 0 {
      domains[domain].channels.endpoints[channel].transmit.size = 0
      return HypercallResult(.ok)
    }
    switch checkedQueue(domain, arguments) {
    case .refused(let status): return HypercallResult(status)
    case .value(let checked):
      domains[domain].channels.endpoints[channel].transmit.configure(checked)
      return HypercallResult(.ok)
    }
  }

  mutating func configureReceiveQueue(
    _ domain: Int, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard let channel = domains[domain].channels.usable(arguments.a0),
      case let old = domains[domain].channels.endpoints[channel]
    else { return HypercallResult(.badChannel) }
    guard old.target != .serviceProcessor else { return HypercallResult(.invalid) }
    if arguments.a2 == 0 {
      guard old.receive.isConfigured else { return HypercallResult(.ok) }
      domains[domain].channels.endpoints[channel].receive.size = 0
    } else {
      switch checkedQueue(domain, arguments) {
      case .refused(let status): return HypercallResult(status)
      case .value(let checked):
        domains[domain].channels.endpoints[channel].receive.configure(checked)
      }
    }
    if old.receive.isConfigured { domains[domain].channels.endpoints[channel].isUpdated = true }
    dropHeldPackets(domain, channel)
    notifyPeer(of: domain, channel)
    return HypercallResult(.ok)
  }

  /// The state of a channel; looking at it takes the far end's note that its queue was replaced.
  @inline(__always) private mutating func takeState(_ domain: Int, _ channel: Int) -> ChannelState {
    switch domains[domain].channels.endpoints[channel].target {
    case .hypervisor: return .up
    case .serviceProcessor: return .down
    case .domain:
      guard let peer = peer(domain, channel) else { return .down }
      let isUpdated = domains[peer.domain].channels.endpoints[peer.channel].isUpdated
      if isUpdated { domains[peer.domain].channels.endpoints[peer.channel].isUpdated = false }
      guard domains[peer.domain].channels.endpoints[peer.channel].receive.isConfigured else {
        return .down
      }
      return isUpdated ? .reset : .up
    }
  }

  mutating func transmitState(_ domain: Int, _ arguments: HypercallArguments) -> HypercallResult {
    guard let channel = domains[domain].channels.usable(arguments.a0) else {
      return HypercallResult(.badChannel)
    }
    guard domains[domain].channels.endpoints[channel].transmit.isConfigured else {
      return HypercallResult(.invalid)
    }
    let state = takeState(domain, channel)
    let queue = domains[domain].channels.endpoints[channel].transmit
    return HypercallResult(.ok, queue.head, queue.tail, state.rawValue)
  }

  mutating func setTransmitTail(_ domain: Int, _ arguments: HypercallArguments) -> HypercallResult {
    guard let channel = domains[domain].channels.usable(arguments.a0) else {
      return HypercallResult(.badChannel)
    }
    let tail = arguments.a1
    let status = domains[domain].channels.endpoints[channel].transmit.moveTail(to: tail)
    guard status == .ok else { return HypercallResult(status) }
    switch domains[domain].channels.endpoints[channel].target {
    case .hypervisor:
      // The model has no service behind such a channel: it takes packets and says nothing.
      domains[domain].channels.endpoints[channel].transmit.head = tail
    case .serviceProcessor: break
    case .domain:
      guard let peer = peer(domain, channel),
        domains[peer.domain].channels.endpoints[peer.channel].receive.isConfigured,
        domains[peer.domain].channels.endpoints[peer.channel].receive.isEmpty
      else { break }
      notify(peer.domain, peer.channel)
    }
    return HypercallResult(.ok)
  }

  mutating func receiveState(_ domain: Int, _ arguments: HypercallArguments) -> HypercallResult {
    guard let channel = domains[domain].channels.usable(arguments.a0) else {
      return HypercallResult(.badChannel)
    }
    guard domains[domain].channels.endpoints[channel].receive.isConfigured else {
      return HypercallResult(.invalid)
    }
    pull(domain, channel)
    let state = takeState(domain, channel)
    let queue = domains[domain].channels.endpoints[channel].receive
    return HypercallResult(.ok, queue.head, queue.tail, state.rawValue)
  }

  mutating func setReceiveHead(_ domain: Int, _ arguments: HypercallArguments) -> HypercallResult {
    guard let channel = domains[domain].channels.usable(arguments.a0) else {
      return HypercallResult(.badChannel)
    }
    let isStrict = followsSpecification
    return HypercallResult(
      domains[domain].channels.endpoints[channel].receive.moveHead(
        to: arguments.a1, asSpecified: isStrict))
  }
}

extension ChannelQueue {
  /// Sends what lies before a new tail; the status that refuses an offset that is none, or none ahead.
  @inline(__always) fileprivate mutating func moveTail(to new: UInt64) -> HypervisorStatus {
    guard new & 63 == 0 else { return .badAlignment }
    guard new < size else { return .invalid }
    let isAdvance = tail >= head ? new > tail || new < head : tail < new && new < head
    guard isAdvance else { return .invalid }
    tail = new
    return .ok
  }

  /// Gives back what lies before a new head; the status that refuses an offset that is none, or none
  /// ahead.
  @inline(__always) fileprivate mutating func moveHead(to new: UInt64, asSpecified: Bool)
    -> HypervisorStatus
  {
    guard new & 63 == 0 else { return .badAlignment }
    guard new < size else { return .invalid }
    let isAdvance = head < tail ? head < new && new <= tail : new > head || new <= tail
    // An empty queue has nothing to give back; only the deployed code takes any value then.
    let isRefused = asSpecified && isEmpty && new != head
    guard isAdvance, !isRefused else { return .invalid }
    head = new
    return .ok
  }

  /// Puts the queue at a place, empty: the head moves to the old tail, if the new size holds it.
  fileprivate mutating func configure(
    _ place: (base: RealAddress, size: UInt64, physical: PhysicalAddress)
  ) {
    base = place.base
    size = place.size
    physical = place.physical
    if tail >= size { tail = 0 }
    head = tail
  }
}
