// Theory of operation
//
// What was taken out of a queue still lies in the memory behind it until the ring comes round. Nobody reads
// it again, yet it tells apart states that behave alike: those that came by the same packets in another
// order. Where states are compared to search them all, such slots are set to zero.

import Sun4v

extension HypervisorState {
  /// Sets the slots of every queue of packets and mondos that hold nothing any more to zero.
  public mutating func clearConsumedSlots() {
    for domain in domains.indices {
      for endpoint in domains[domain].channels.endpoints {
        for queue in [endpoint.transmit, endpoint.receive] where queue.isConfigured {
          clear(queue.physical, size: queue.size, head: queue.head, tail: queue.tail)
        }
      }
      for processor in domains[domain].processors {
        for kind in MondoQueueKind.allCases where processor[kind].size != 0 {
          let queue = processor[kind]
          guard let start = domains[domain].memoryMap.physical(queue.base, size: queue.size) else {
            continue
          }
          clear(start, size: queue.size, head: queue.head, tail: queue.tail)
        }
      }
    }
  }

  private mutating func clear(
    _ start: PhysicalAddress, size: UInt64, head: UInt64, tail: UInt64
  ) {
    let slot = ChannelQueue.packetSize
    let used = (tail &- head) & (size &- 1)
    for offset in stride(from: 0, to: size, by: Int(slot))
    where (offset &- head) & (size &- 1) >= used {
      let address = PhysicalAddress(start.rawValue &+ offset)
      if !isZero(address, count: slot) { _ = memory.fill(address, count: slot, with: 0) }
    }
  }

  private func isZero(_ address: PhysicalAddress, count: UInt64) -> Bool {
    stride(from: 0, to: count, by: 8).allSatisfy {
      memory.loadWord(PhysicalAddress(address.rawValue &+ $0)) == 0
    }
  }
}
