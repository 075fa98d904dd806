import Sun4v

extension HypervisorState {
  /// The most packets that faults hold back at one end; beyond that, packets arrive.
  static let maximumHeldPackets = 256

  /// Moves packets one by one, each through the dice of `channelFaults`.
  mutating func pullWithFaults(
    _ domain: Int, _ channel: Int, from peer: (domain: Int, channel: Int)
  ) {
    releaseHeld(domain, channel, all: false)
    for _ in 0..<(Self.longestPull / ChannelQueue.packetSize) {
      let source = domains[peer.domain].channels.endpoints[peer.channel].transmit
      guard !source.isEmpty, source.isConfigured,
        domains[domain].channels.endpoints[channel].receive.room > 0,
        var words = loadPacket(source, at: source.head)
      else { return }
      domains[peer.domain].channels.endpoints[peer.channel].transmit.head =
        source.offset(source.head, plus: ChannelQueue.packetSize)
      let fate = channelFaults?.draw() ?? .delivered
      if events.isListening { recordPacket(words.bigEndianBytes, fate, domain, channel, peer) }
      switch fate {
      case .dropped: continue
      case .delayed:
        hold(words, domain, channel, for: channelFaults?.drawDelay() ?? 1)
        continue
      case .reordered:
        overtake(words, domain, channel, from: peer)
        continue
      case .corrupted:
        let bit = Int(truncatingIfNeeded: (channelFaults?.generator.next() ?? 0) % 512)
        words[bit / 64] ^= 1 << UInt64(bit % 64)
      case .delivered, .duplicated: break
      }
      storePacket(words, domain, channel)
      if fate == .duplicated { storePacket(words, domain, channel) }
    }
  }

  /// Moves the packet after a reordered one first; where there is none yet, the packet is held.
  private mutating func overtake(
    _ words: SIMD8<UInt64>, _ domain: Int, _ channel: Int, from peer: (domain: Int, channel: Int)
  ) {
    let source = domains[peer.domain].channels.endpoints[peer.channel].transmit
    guard !source.isEmpty,
      domains[domain].channels.endpoints[channel].receive.room >= 2 * ChannelQueue.packetSize,
      let next = loadPacket(source, at: source.head)
    else {
      hold(words, domain, channel, for: channelFaults?.longestDelay ?? 1)
      return
    }
    domains[peer.domain].channels.endpoints[peer.channel].transmit.head =
      source.offset(source.head, plus: ChannelQueue.packetSize)
    if events.isListening { recordPacket(next.bigEndianBytes, .delivered, domain, channel, peer) }
    storePacket(next, domain, channel)
    storePacket(words, domain, channel)
  }

  private mutating func hold(
    _ words: SIMD8<UInt64>, _ domain: Int, _ channel: Int, for nanoseconds: UInt64
  ) {
    guard domains[domain].channels.endpoints[channel].held.count < Self.maximumHeldPackets else {
      storePacket(words, domain, channel)
      return
    }
    domains[domain].channels.endpoints[channel].held.append(
      HeldPacket(words: words, release: now.advanced(byNanoseconds: nanoseconds)))
    heldPackets += 1
  }

  /// Forgets the packets that are held back at an end.
  mutating func dropHeldPackets(_ domain: Int, _ channel: Int) {
    guard heldPackets > 0 else { return }
    heldPackets -= domains[domain].channels.endpoints[channel].held.count
    domains[domain].channels.endpoints[channel].held = []
  }

  /// Lets in the packets held back whose time has come, or all, as far as there is room.
  mutating func releaseHeld(_ domain: Int, _ channel: Int, all: Bool) {
    var index = 0
    while index < domains[domain].channels.endpoints[channel].held.count,
      domains[domain].channels.endpoints[channel].receive.room > 0
    {
      let packet = domains[domain].channels.endpoints[channel].held[index]
      guard all || packet.release <= now else {
        index += 1
        continue
      }
      domains[domain].channels.endpoints[channel].held.remove(at: index)
      heldPackets -= 1
      storePacket(packet.words, domain, channel)
    }
  }

  /// The next moment, after now, at which a packet that a fault holds back arrives, or `nil`.
  public var nextHeldPacketRelease: VirtualTime? {
    guard heldPackets > 0 else { return nil }
    return domains.lazy.flatMap {
      $0.channels.endpoints.lazy.flatMap { $0.held.lazy.map(\.release) }
    }
    .filter { now < $0 }.min()
  }

  /// Notifies every domain for which a held packet's time has come; the simulation calls it when its
  /// clock reaches `nextHeldPacketRelease`.
  public mutating func announceHeldPackets() {
    for domain in domains.indices {
      for channel in domains[domain].channels.endpoints.indices
      where domains[domain].channels.endpoints[channel].held.contains(where: { $0.release <= now })
      {
        notify(domain, channel)
      }
    }
  }

  private func loadPacket(_ queue: ChannelQueue, at offset: UInt64) -> SIMD8<UInt64>? {
    var words = SIMD8<UInt64>()
    for index in 0..<8 {
      let address = queue.physical.rawValue &+ offset &+ UInt64(index) &* 8
      guard let word = memory.loadWord(PhysicalAddress(address)) else { return nil }
      words[index] = word
    }
    return words
  }

  /// Writes a packet at the tail of an end's receive queue; where that is full it is lost.
  private mutating func storePacket(_ words: SIMD8<UInt64>, _ domain: Int, _ channel: Int) {
    let queue = domains[domain].channels.endpoints[channel].receive
    guard queue.room > 0 else { return }
    for index in 0..<8 {
      memory.storeWord(
        words[index],
        at: PhysicalAddress(queue.physical.rawValue &+ queue.tail &+ UInt64(index) &* 8))
    }
    domains[domain].channels.endpoints[channel].receive.tail =
      queue.offset(queue.tail, plus: ChannelQueue.packetSize)
  }
}

extension SIMD8<UInt64> {
  /// The words as 64 bytes, each word big endian.
  var bigEndianBytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(64)
    for index in 0..<8 {
      for shift in stride(from: UInt64(56), through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: self[index] >> shift))
      }
    }
    return bytes
  }
}
