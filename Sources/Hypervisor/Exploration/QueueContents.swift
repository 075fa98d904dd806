// Theory of operation
//
// A queue is a ring in a domain's memory. What matters of it is what waits in it, in order: where in the
// ring that lies shows nowhere, and what was taken out is never read again. Where states are compared to
// search them all, queues are therefore compared by what they hold, and memory without the queues.

import Sun4v

/// Part of physical memory that is a queue.
public struct QueueMemory: Hashable, Sendable {
  /// The first address.
  public let base: PhysicalAddress
  /// The size in bytes.
  public let size: UInt64
}

extension HypervisorState {
  /// The memory of every queue that is configured, in no order.
  public var queueMemory: [QueueMemory] {
    var found: [QueueMemory] = []
    for domain in domains.indices {
      for endpoint in domains[domain].channels.endpoints {
        for queue in [endpoint.transmit, endpoint.receive] where queue.isConfigured {
          found.append(QueueMemory(base: queue.physical, size: queue.size))
        }
      }
      for processor in domains[domain].processors {
        for kind in MondoQueueKind.allCases where processor[kind].size != 0 {
          found.append(QueueMemory(base: processor[kind].physical, size: processor[kind].size))
        }
      }
    }
    return found
  }

  /// Sets memory that was a queue, and is none now, to zero.
  public mutating func clearQueues(_ former: [QueueMemory]) {
    let present = queueMemory
    for queue in former where !present.contains(queue) {
      _ = memory.fill(queue.base, count: queue.size, with: 0)
    }
  }

  /// The 64-byte packets that wait in a queue, oldest first, as their bytes in memory.
  public func packets(in queue: ChannelQueue) -> [[UInt8]] {
    guard queue.isConfigured else { return [] }
    return entries(queue.physical, size: queue.size, head: queue.head, used: queue.used)
  }

  /// What is on its way to an end of a channel, oldest first, or `nil` where the end will learn of more
  /// than packets when it looks: that its peer is gone or has begun anew, or that faults meet them.
  public func packetsOnTheWay(to domain: DomainID, _ channel: ChannelID) -> [[UInt8]]? {
    guard channelFaults == nil, let endpoint = self.domain(domain)?.channels[channel],
      endpoint.isUsable, endpoint.held.isEmpty, case .domain(let far, let number) = endpoint.target,
      let peer = self.domain(far)?.channels[number], peer.receive.isConfigured, !peer.isUpdated
    else { return nil }
    return packets(in: endpoint.receive) + packets(in: peer.transmit)
  }

  /// The first words of the device mondos that wait for a domain, oldest first.
  public func waitingMondoSources(of domain: DomainID) -> [UInt64] {
    guard let record = self.domain(domain) else { return [] }
    return record.processors.flatMap { processor -> [UInt64] in
      let queue = processor.deviceQueue
      let used = queue.size == 0 ? 0 : (queue.tail &- queue.head) & (queue.size &- 1)
      return stride(from: 0, to: used, by: 64).compactMap { offset in
        memory.loadWord(
          PhysicalAddress(
            queue.physical.rawValue &+ ((queue.head &+ offset) & (queue.size &- 1))))
      } + queue.waiting.map(\.source)
    }
  }

  private func entries(
    _ base: PhysicalAddress, size: UInt64, head: UInt64, used: UInt64
  ) -> [[UInt8]] {
    stride(from: 0, to: used, by: 64).map { offset in
      var bytes = [UInt8](repeating: 0, count: 64)
      let place = base.rawValue &+ ((head &+ offset) & (size &- 1))
      _ = bytes.withUnsafeMutableBytes { memory.read(PhysicalAddress(place), into: $0) }
      return bytes
    }
  }

  /// The state without its memory, its clock, the places of queues, and machine descriptions that are as
  /// in `first`; `packets` gets what waits in queues of packets, and `mondos` what waits in those of
  /// virtual CPUs, in a fixed order.
  public func withoutPlaces(
    since first: HypervisorState,
    packets: (_ domain: DomainID, _ channel: ChannelID, _ isTransmit: Bool, _ bytes: [UInt8]) ->
      Void,
    mondos: (_ bytes: [UInt8]) -> Void
  ) -> HypervisorState {
    var bare = self
    bare.memory = PhysicalMemory()
    bare.now = .zero
    for domain in domains.indices {
      if first.domains.indices.contains(domain),
        domains[domain].machineDescription == first.domains[domain].machineDescription
      {
        bare.domains[domain].machineDescription = []
      }
      for channel in domains[domain].channels.endpoints.indices {
        let endpoint = domains[domain].channels.endpoints[channel]
        let number = ChannelID(UInt64(channel))
        for bytes in self.packets(in: endpoint.transmit) {
          packets(DomainID(domain), number, true, bytes)
        }
        for bytes in self.packets(in: endpoint.receive) {
          packets(DomainID(domain), number, false, bytes)
        }
        bare.domains[domain].channels.endpoints[channel].transmit.rewind()
        bare.domains[domain].channels.endpoints[channel].receive.rewind()
        for index in endpoint.held.indices {
          bare.domains[domain].channels.endpoints[channel].held[index].release =
            endpoint.held[index].release.since(now)
        }
      }
      for processor in domains[domain].processors.indices {
        for kind in MondoQueueKind.allCases {
          let queue = domains[domain].processors[processor][kind]
          guard queue.size != 0 else { continue }
          let used = (queue.tail &- queue.head) & (queue.size &- 1)
          for bytes in entries(queue.physical, size: queue.size, head: queue.head, used: used) {
            mondos(bytes)
          }
          bare.domains[domain].processors[processor][kind].head = 0
          bare.domains[domain].processors[processor][kind].tail = used
        }
      }
    }
    return bare
  }
}

extension ChannelQueue {
  /// Puts what waits at the start of the ring.
  fileprivate mutating func rewind() {
    tail = isConfigured ? used : 0
    head = 0
  }
}
