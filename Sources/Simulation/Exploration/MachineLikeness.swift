// Theory of operation
//
// Two states of a machine are alike when whatever may happen in one may happen in the other and leads to
// states that are alike again. A search need go on from one of them only. What a state has that such
// states differ in is its past: how late it is, which ids its links have come to, where in their rings its
// queues stand, how many steps it took. That is taken out here; the rest is what is compared.
//
// - Time. Software sets its timers from the clock and compares them with it, so only the distances from
//   now matter, and of those that are over only that they are. When an interrupt is due does not matter:
//   a search delivers in any order.
// - Ids of a session, and the contents that their receiver will throw away: LDCLink+Likeness.swift. With
//   faults to inject, old packets may come again at any time, and ids stay as they are.
// - Queues count by what waits in them, and memory by what differs from the first state outside queues:
//   QueueContents.swift.
//
// Everything else is part of the comparison, by the types' own equality: what is added to the state later
// is compared without a change here.

import Channels
import Hypervisor
import Negotiation
import Sun4v

extension MachineSnapshot {
  /// Whether whatever may happen from here may happen from another state of the same machine, and the other
  /// way round, so that a search need go on from one of them only.
  public func isAlike(_ other: MachineSnapshot) -> Bool {
    digest(from: self) { _ in } == other.digest(from: self) { _ in }
  }

  /// 128 bits that alike states share, with what else is to be told apart.
  func digest(
    from start: MachineSnapshot, _ others: (inout Hasher) -> Void
  ) -> StateDigest {
    var waiting: [LDCPacket] = []
    var mondos: [[UInt8]] = []
    let links = LinkTable(self)
    var bare = software
    bare.steps = 0
    bare.agenda = software.agenda.withoutTimes
    for domain in bare.software.indices {
      bare.software[domain].forgetPast(now: hypervisor.now) { channel in
        links.surroundings(DomainID(domain), channel)
      }
    }
    let places = hypervisor.withoutPlaces(since: start.hypervisor) {
      domain, channel, isTransmit, bytes in
      guard let packet = try? LDCPacket(bytes) else { return }
      let ids = links.ids(ofPacketsIn: domain, channel, isTransmit: isTransmit)
      waiting.append(ids.map { packet.counted(from: $0) } ?? packet)
    } mondos: {
      mondos.append($0)
    }
    let queues = hypervisor.queueMemory.sorted { $0.base.rawValue < $1.base.rawValue }
    let blocks = hypervisor.memory.blocksThatDiffer(
      from: start.hypervisor.memory, outside: queues)
    return StateDigest { hasher in
      hasher.combine(places)
      hasher.combine(bare)
      hasher.combine(waiting)
      hasher.combine(mondos)
      hasher.combine(blocks)
      others(&hasher)
    }
  }
}

extension DomainSoftware {
  /// Takes out what does not matter from now on.
  fileprivate mutating func forgetPast(
    now: VirtualTime, _ around: (ChannelID) -> LinkSurroundings?
  ) {
    control?.forgetPast(now: now, around)
    guest?.forgetPast(now: now, around)
  }

  /// Lets drivers know how much room their transmit queues have.
  mutating func learnRoom(_ queue: (ChannelID) -> ChannelQueue?) {
    control?.learnRoom(queue)
    guest?.learnRoom(queue)
  }
}

/// The links of a machine, and which are the two ends of one channel.
private struct LinkTable {
  private let snapshot: MachineSnapshot
  private let hasFaults: Bool

  init(_ snapshot: MachineSnapshot) {
    self.snapshot = snapshot
    hasFaults = snapshot.hypervisor.channelFaults != nil
  }

  private func end(_ domain: DomainID, _ channel: ChannelID) -> DomainServicesEndpoint? {
    guard snapshot.software.software.indices.contains(domain.rawValue) else { return nil }
    let place = snapshot.software.software[domain.rawValue]
    if let control = place.control {
      return control.connections.first { $0.channel == channel }?.endpoint
    }
    guard let connection = place.guest?.connection, connection.channel == channel else {
      return nil
    }
    return connection.endpoint
  }

  private func farEnd(_ domain: DomainID, _ channel: ChannelID) -> (DomainID, ChannelID)? {
    guard
      case .domain(let far, let number)? =
        snapshot.hypervisor.domain(domain)?.channels[channel]?.target
    else { return nil }
    return (far, number)
  }

  private func ids(_ domain: DomainID, _ channel: ChannelID) -> LDCSessionIDs? {
    guard !hasFaults, let far = farEnd(domain, channel), let own = end(domain, channel),
      let peer = end(far.0, far.1)
    else { return nil }
    return own.driver.link.sessionIDs(with: peer.driver.link)
  }

  /// The guest at the far end of a channel, where nothing of it is on its way.
  private func settledGuest(_ domain: DomainID, _ channel: ChannelID) -> GuestAgent? {
    guard let far = farEnd(domain, channel), let own = end(domain, channel),
      let guest = snapshot.software.software[far.0.rawValue].guest,
      let peer = end(far.0, far.1), peer.hasDelivered(to: own)
    else { return nil }
    return guest.agent
  }

  func surroundings(_ domain: DomainID, _ channel: ChannelID) -> LinkSurroundings? {
    guard let queue = snapshot.hypervisor.domain(domain)?.channels[channel]?.transmit else {
      return nil
    }
    let ids = ids(domain, channel)
    return LinkSurroundings(
      queue: queue, ids: ids, guest: ids == nil ? nil : settledGuest(domain, channel))
  }

  /// Where the ids of packets count from that wait at an end, which sent them or is to receive them.
  func ids(
    ofPacketsIn domain: DomainID, _ channel: ChannelID, isTransmit: Bool
  ) -> LDCSessionIDs? {
    if isTransmit { return ids(domain, channel) }
    return farEnd(domain, channel).flatMap { ids($0.0, $0.1) }
  }
}
