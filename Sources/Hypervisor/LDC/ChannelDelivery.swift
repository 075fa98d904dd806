// Theory of operation
//
// Packets stay in the sender's transmit queue until the receiver asks for its receive state; that
// call pulls them over, at most 128 at a time. The sender only notifies, and only a receiver whose
// queue is configured and looks empty. So a receiver that drains its queue and sets its interrupt
// back to idle is told again while anything waits on either side.
//
// What moves is one run of bytes up to the end of either ring, copied at once. With faults to
// inject, packets move one by one through `pullWithFaults`, and those held back stay at the
// receiving end until their time.
//
// Invariants: offsets are multiples of 64 below the queue's size; one slot of a receive queue stays
// free; without faults packets arrive once, in order and unchanged.
//
// Source: OpenSPARC hypervisor 1.5.6, ldc.s; UltraSPARC Virtual Machine Specification, chapter 22.

import Sun4v

extension HypervisorState {
  /// The most bytes that one call moves: 128 packets.
  static let longestPull: UInt64 = 8192

  /// The places of the domain and channel at the far end, or `nil` where that is no domain's.
  @inline(__always)
  func peer(_ domain: Int, _ channel: Int) -> (domain: Int, channel: Int)? {
    guard
      case .domain(let peer, let peerChannel) = domains[domain].channels.endpoints[channel].target,
      domains.indices.contains(peer.rawValue),
      peerChannel.rawValue < UInt64(domains[peer.rawValue].channels.endpoints.count)
    else { return nil }
    return (peer.rawValue, Int(peerChannel.rawValue))
  }

  /// Raises the receive interrupt of an end, where it is valid, idle and has a target.
  mutating func notify(_ domain: Int, _ channel: Int) {
    let interrupt = domains[domain].channels.endpoints[channel].receiveInterrupt
    guard let target = interrupt.target, interrupt.isValid, interrupt.state == .idle else { return }
    // As specified a source without a cookie is off.
    guard interrupt.cookie != 0 || !followsSpecification else { return }
    domains[domain].channels.endpoints[channel].receiveInterrupt.state = .delivered
    postDeviceMondo(
      Mondo(source: interrupt.cookie), to: DomainID(domain), processor: target)
  }

  /// Notifies the far end of a channel, if it is a domain's.
  mutating func notifyPeer(of domain: Int, _ channel: Int) {
    guard let peer = peer(domain, channel) else { return }
    notify(peer.domain, peer.channel)
  }

  /// Whether packets wait for an end: in its queue, in the far end's, or held back past their time.
  @inline(__always) func hasWaitingPackets(_ domain: Int, _ channel: Int) -> Bool {
    // Field by field: a copy of the end would count references to all that it has.
    if domains[domain].channels.endpoints[channel].receive.used > 0 { return true }
    if heldPackets > 0,
      domains[domain].channels.endpoints[channel].held.contains(where: { $0.release <= now })
    {
      return true
    }
    guard let peer = peer(domain, channel) else { return false }
    return domains[peer.domain].channels.endpoints[peer.channel].transmit.used > 0
  }

  /// Moves packets from the far end's transmit queue into an end's receive queue.
  @inline(__always) mutating func pull(_ domain: Int, _ channel: Int) {
    guard let peer = peer(domain, channel) else { return }
    if channelFaults != nil {
      pullWithFaults(domain, channel, from: peer)
      return
    }
    if !domains[domain].channels.endpoints[channel].held.isEmpty {
      releaseHeld(domain, channel, all: true)
    }
    let source = domains[peer.domain].channels.endpoints[peer.channel].transmit
    let target = domains[domain].channels.endpoints[channel].receive
    var left = min(source.used, target.room, Self.longestPull)
    guard left > 0 else { return }
    var head = source.head
    var tail = target.tail
    while left > 0 {
      let count = min(left, source.size &- head, target.size &- tail)
      let from = PhysicalAddress(source.physical.rawValue &+ head)
      let to = PhysicalAddress(target.physical.rawValue &+ tail)
      memory.copy(from: from, to: to, count: Int(count))
      if events.isListening { recordPackets(at: to, count: count, domain, channel, peer) }
      head = source.offset(head, plus: count)
      tail = target.offset(tail, plus: count)
      left &-= count
    }
    domains[peer.domain].channels.endpoints[peer.channel].transmit.head = head
    domains[domain].channels.endpoints[channel].receive.tail = tail
  }

  private func recordPackets(
    at first: PhysicalAddress, count: UInt64, _ domain: Int, _ channel: Int,
    _ peer: (domain: Int, channel: Int)
  ) {
    for offset in stride(from: 0, to: count, by: Int(ChannelQueue.packetSize)) {
      var bytes = [UInt8](repeating: 0, count: Int(ChannelQueue.packetSize))
      _ = bytes.withUnsafeMutableBytes {
        memory.read(PhysicalAddress(first.rawValue &+ offset), into: $0)
      }
      recordPacket(bytes, .delivered, domain, channel, peer)
    }
  }

  func recordPacket(
    _ bytes: [UInt8], _ fate: PacketFate, _ domain: Int, _ channel: Int,
    _ peer: (domain: Int, channel: Int)
  ) {
    events.stream.append(
      .packet(
        from: DomainID(peer.domain), channel: ChannelID(UInt64(peer.channel)),
        to: DomainID(domain), peerChannel: ChannelID(UInt64(channel)), bytes: bytes, fate: fate),
      at: now)
  }
}
