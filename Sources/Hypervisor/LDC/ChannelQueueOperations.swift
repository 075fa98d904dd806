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
  private mutating func takeState(_ domain: Int, _ channel: Int) -> ChannelState {
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
    guard tail & 63 == 0 else { return HypercallResult(.badAlignment) }
    let queue = domains[domain].channels.endpoints[channel].transmit
    guard tail < queue.size else { return HypercallResult(.invalid) }
    let isAdvance =
      queue.tail >= queue.head
      ? tail > queue.tail || tail < queue.head : queue.tail < tail && tail < queue.head
    guard isAdvance else { return HypercallResult(.invalid) }
    domains[domain].channels.endpoints[channel].transmit.tail = tail
    switch domains[domain].channels.endpoints[channel].target {
    case .hypervisor:
      // The model has no service behind such a channel: it takes packets and says nothing.
      domains[domain].channels.endpoints[channel].transmit.head = tail
    case .serviceProcessor: break
    case .domain:
      guard let peer = peer(domain, channel),
        case let receive = domains[peer.domain].channels.endpoints[peer.channel].receive,
        receive.isConfigured, receive.isEmpty
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
    let head = arguments.a1
    guard head & 63 == 0 else { return HypercallResult(.badAlignment) }
    let queue = domains[domain].channels.endpoints[channel].receive
    guard head < queue.size else { return HypercallResult(.invalid) }
    let isAdvance =
      queue.head < queue.tail
      ? queue.head < head && head <= queue.tail : head > queue.head || head <= queue.tail
    // An empty queue has nothing to give back; only the deployed code takes any value then.
    let isRefused = followsSpecification && queue.isEmpty && head != queue.head
    guard isAdvance, !isRefused else { return HypercallResult(.invalid) }
    domains[domain].channels.endpoints[channel].receive.head = head
    return HypercallResult(.ok)
  }
}

extension ChannelQueue {
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
