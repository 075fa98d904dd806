import Hypervisor
import Sun4v

extension LDCEndpointDriver {
  /// Lets the driver know how much room its transmit queue has, as if it had asked just now.
  ///
  /// A driver asks only when the room that it knows of is used up; when that is depends on every packet
  /// that it ever sent.
  public mutating func learnRoom(_ queue: ChannelQueue) {
    guard isOpen, queue.isConfigured, transmitHead != queue.head else { return }
    transmitHead = queue.head
  }

  /// Takes out what does not matter from now on; the tail counts from the queue's, and the head is known,
  /// as a search sees to with `learnRoom`.
  mutating func forgetPast(now: VirtualTime, queue: ChannelQueue, ids: LDCSessionIDs?) {
    link.forgetPast(now: now, ids: ids)
    retryTime = retryTime?.since(now)
    transmitHead = 0
    transmitTail = queue.tail &- transmitTail
    if let ids { backlog.modifyEach { $0 = $0.counted(from: ids) } }
  }
}

extension DomainServicesEndpoint {
  /// Lets the driver know how much room its transmit queue has.
  public mutating func learnRoom(_ queue: ChannelQueue) { driver.learnRoom(queue) }

  /// Whether the far end of a session has taken every message that this end was given to send.
  public func hasDelivered(to peer: DomainServicesEndpoint) -> Bool {
    hasNothingToSend && !peer.driver.link.assembly.isOpen
      && driver.link.outstanding.packets.allSatisfy { packet in
        !packet.subtype.contains(.info)
          || Int32(bitPattern: packet.sequence &- peer.driver.link.nextReceive) < 0
      }
  }

  /// Whether nothing waits here for room or for the window.
  private var hasNothingToSend: Bool {
    outbox.isEmpty && driver.backlog.isEmpty && driver.link.waiting.isEmpty
  }

  /// Whether taking packets now would do nothing but strike out what the link keeps to send again: all of
  /// them acknowledge and nothing else, and nothing is due.
  public func takesSilently(_ packets: [LDCPacket], now: VirtualTime) -> Bool {
    let link = driver.link
    guard !isIncomplete, watchDeadline == nil, driver.isOpen, !driver.owesReset, hasNothingToSend,
      link.phase == .up,
      link.channel == .up, link.configuration.mode == .reliable,
      packets.count <= driver.configuration.packetsPerService,
      deadline.map({ $0 > now }) ?? true
    else { return false }
    var awaited = link.nextReceive
    for packet in packets {
      guard packet.typeCode == 0x02, packet.subtype == .ack,
        Int32(bitPattern: packet.sequence &- awaited) <= 0
      else { return false }
      if packet.sequence == awaited { awaited &+= 1 }
    }
    return true
  }

  /// Takes out what does not matter from now on.
  public mutating func forgetPast(now: VirtualTime, queue: ChannelQueue, ids: LDCSessionIDs?) {
    driver.forgetPast(now: now, queue: queue, ids: ids)
    watchDeadline = watchDeadline?.since(now)
  }
}
