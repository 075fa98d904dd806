import Sun4v

extension HypervisorState {
  /// The most device mondos that wait for one CPU; as many as there are system interrupt numbers.
  ///
  /// A source has at most one interrupt outstanding, so the bound is met only by error packets.
  public static let maximumWaitingMondos = 2048

  /// Gives a domain a device mondo on one of its CPUs.
  ///
  /// Where the queue is full or not configured, the mondo waits its turn and enters as the domain
  /// advances the head. Returns false, delivering nothing, for an unknown domain or CPU, for a CPU
  /// in error, and where `maximumWaitingMondos` wait already.
  ///
  /// Source: OpenSPARC hypervisor, intr.s: the sender of a mondo that finds no room tries again.
  @discardableResult
  public mutating func postDeviceMondo(
    _ mondo: Mondo, to domain: DomainID, processor: UInt64
  ) -> Bool {
    guard domains.indices.contains(domain.rawValue),
      let index = domains[domain.rawValue].processorIndex(processor),
      !domains[domain.rawValue].processors[index].isInError
    else { return false }
    let hasRoom = domains[domain.rawValue].processors[index].deviceQueue.append(
      mondo, in: &memory)
    if hasRoom {
      pendingMondos.insert(domain)
    } else {
      guard
        domains[domain.rawValue].processors[index].deviceQueue.waiting.count
          < Self.maximumWaitingMondos
      else { return false }
      domains[domain.rawValue].processors[index].deviceQueue.waiting.append(mondo)
    }
    if events.isListening {
      events.stream.append(
        .mondo(domain: domain, processor: processor, words: mondo.words, isWaiting: !hasRoom),
        at: now)
    }
    return true
  }

  /// Moves waiting device mondos into the queue as far as there is room.
  mutating func admitWaitingMondos(_ domain: Int, _ processor: Int) {
    domains[domain].processors[processor].deviceQueue.admitWaiting(in: &memory)
    notePendingMondos(domain)
  }

  /// Enters or strikes out a domain in `pendingMondos`, after a queue of its CPUs has changed.
  @inline(__always) mutating func notePendingMondos(_ domain: Int) {
    let isPending = domains[domain].processors.indices.contains {
      !domains[domain].processors[$0].deviceQueue.isEmpty
    }
    if isPending {
      pendingMondos.insert(DomainID(domain))
    } else {
      pendingMondos.remove(DomainID(domain))
    }
  }

  /// Whether any CPU of a domain has a device mondo to read.
  public func hasPendingMondo(_ domain: DomainID) -> Bool { pendingMondos.contains(domain) }

  /// Takes the oldest entry out of a CPU's queue, as the domain's trap handler does: reads it from the
  /// domain's memory and advances the head.
  ///
  /// Returns `nil`, changing nothing, for an unknown domain or CPU, an empty or unconfigured queue, and
  /// one whose memory the domain cannot reach.
  @inline(__always)
  mutating func takeMondo(
    _ kind: MondoQueueKind, _ domain: DomainID, processor: UInt64
  ) -> Mondo? {
    guard let place = place(of: domain), let index = domains[place].processorIndex(processor),
      let entry = domains[place].processors[index][kind].oldest
    else { return nil }
    guard
      let physical = placeForProcessor(of: domain, at: entry, size: MondoQueue.entrySize, .read),
      let mondo = memory.load(Mondo.self, at: physical)
    else { return nil }
    domains[place].processors[index].takeOldest(of: kind, &memory)
    if kind == .device { notePendingMondos(place) }
    return mondo
  }

  /// Sets the head register of a CPU's queue, as a store by the domain does.
  ///
  /// Returns false, changing nothing, for an unknown CPU, an unconfigured queue, an offset that is no
  /// multiple of 64 or not below the queue's size: a real store of such a value traps.
  mutating func setQueueHead(
    _ kind: MondoQueueKind, _ domain: DomainID, processor: UInt64, to head: UInt64
  ) -> Bool {
    guard domains.indices.contains(domain.rawValue),
      let index = domains[domain.rawValue].processorIndex(processor),
      head % MondoQueue.entrySize == 0,
      head < domains[domain.rawValue].processors[index][kind].size
    else { return false }
    domains[domain.rawValue].processors[index][kind].head = head
    if kind == .device { admitWaitingMondos(domain.rawValue, index) }
    return true
  }
}
