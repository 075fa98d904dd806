// Theory of operation
//
// Two links that behave alike from now on are alike, however they came there. What tells them apart and
// does not matter is taken out here, for a search that goes on from one of them only:
//
// - Moments count from now; one that has passed is as good as the present one.
// - The ids of a session count from what their receiver waits for. Every comparison of ids in a session is
//   of a difference, so adding the same number to all ids that go one way changes nothing. The ids of the
//   handshake stay as they are: they are compared with one another, and with the id that is awaited only
//   while that is the first of the session, which is kept. Ids of two sessions lie 2^24 apart and never
//   meet. This holds only where both ends are in the same session; elsewhere ids stay as they are.
// - Of what was acknowledged only matters whether it is all that came.
// - What the peer has already received is thrown away when it comes again, all but its kind and what it
//   acknowledges; and what a packet that waits acknowledges is written anew before it is sent again.

import Sun4v

/// The ids from which those of a session are counted, seen from one end.
public struct LDCSessionIDs: Hashable, Sendable {
  /// The id that the peer waits for.
  public let transmit: UInt32
  /// The id that this end waits for.
  public let receive: UInt32
}

extension LDCLink {
  /// From where the ids of a session count, or `nil` where the two ends are not in the same one.
  public func sessionIDs(with peer: LDCLink) -> LDCSessionIDs? {
    guard phase == .up, peer.phase == .up, configuration.mode == .reliable,
      peer.configuration.mode == .reliable, peerInitial == peer.localInitial,
      peer.peerInitial == localInitial
    else { return nil }
    return LDCSessionIDs(transmit: peer.nextReceive, receive: nextReceive)
  }

  /// Takes out what does not matter from now on; `ids` is what `sessionIDs` says.
  mutating func forgetPast(now: VirtualTime, ids: LDCSessionIDs?) {
    timer = timer?.since(now)
    acknowledgeTime = acknowledgeTime?.since(now)
    guard let ids else { return }
    outstanding.modifyEach { packet in
      packet = packet.counted(from: ids)
      packet.acknowledged = 0
    }
    nextTransmit &-= ids.transmit
    acknowledged = acknowledged == nextReceive &- 1 ? 1 : 0
    nextReceive = nextReceive == peerInitial &+ 1 ? 1 : 0
  }
}

extension LDCPacket {
  /// The packet as it was sent in a session, with its ids counted from those that are awaited, and without
  /// what its receiver will not look at.
  public func counted(from ids: LDCSessionIDs) -> LDCPacket {
    guard typeCode == 0x02 else { return self }
    var packet = self
    packet.sequence = sequence &- ids.transmit
    if subtype.contains(.ack) { packet.acknowledged = acknowledged &- ids.receive }
    guard Int32(bitPattern: packet.sequence) < 0,
      envelope & 0x3f <= LDCMode.reliable.payloadCapacity
    else { return packet }
    var seen = LDCPacket(type: 0x02, subtype: subtype, sequence: packet.sequence)
    seen.acknowledged = packet.acknowledged
    return seen
  }
}
