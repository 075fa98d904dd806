import Sun4v

extension HypervisorState {
  /// The view and queue that a call names; the handle is checked before the queue's number.
  private func queuePlace(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> (rootComplex: Int, queue: Int)? {
    guard let place = visibleRootComplex(arguments.a0, to: domain),
      arguments.a1 < UInt64(MSIState.queueCount)
    else { return nil }
    return (place, Int(arguments.a1))
  }

  /// Answers from a queue as it stands.
  func readQueue(
    _ domain: DomainID, _ arguments: HypercallArguments, mustBeConfigured: Bool = false,
    _ answer: (MSIQueue) -> HypercallResult
  ) -> HypercallResult {
    guard let place = queuePlace(domain, arguments) else { return HypercallResult(.invalid) }
    let queue = rootComplexes[place.rootComplex].bus.view(of: domain).msi.queues[place.queue]
    // As specified the calls that name offsets want a configured queue.
    guard queue.base != nil || !mustBeConfigured || !followsSpecification else {
      return HypercallResult(.invalid)
    }
    return answer(queue)
  }

  private mutating func modifyQueue(
    _ domain: DomainID, _ place: (rootComplex: Int, queue: Int), _ change: (inout MSIQueue) -> Void
  ) {
    let view = rootComplexes[place.rootComplex].bus.viewIndex(of: domain)
    change(&rootComplexes[place.rootComplex].bus.views[view].msi.queues[place.queue])
  }

  private func queue(
    _ domain: DomainID, _ place: (rootComplex: Int, queue: Int)
  ) -> MSIQueue {
    rootComplexes[place.rootComplex].bus.view(of: domain).msi.queues[place.queue]
  }

  /// pci_msiq_conf: handle, queue, address, entries.
  ///
  /// The deployed code tests the address with a size of 0; only a bus's owner is given that, because
  /// another domain could so have the page after its memory written.
  mutating func configureEventQueue(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard let place = queuePlace(domain, arguments) else { return HypercallResult(.invalid) }
    let base = RealAddress(arguments.a2)
    let size = MSIQueue.recordCount &* MSIQueue.recordSize
    guard base.isAligned(to: size) else { return HypercallResult(.badAlignment) }
    let entries =
      followsSpecification ? arguments.a3 : UInt64(UInt32(truncatingIfNeeded: arguments.a3))
    guard entries == MSIQueue.recordCount else { return HypercallResult(.invalid) }
    let owns = rootComplexes[place.rootComplex].owner == domain
    guard
      let physical = domains[domain.rawValue].memoryMap.physical(
        base, size: owns && !followsSpecification ? 0 : size)
    else { return HypercallResult(.noRealAddress) }
    guard queue(domain, place).state == .idle else { return HypercallResult(.invalid) }
    modifyQueue(domain, place) {
      $0 = MSIQueue(base: base, physical: physical, state: .idle, head: 0, tail: 0)
    }
    return HypercallResult(.ok)
  }

  /// pci_msiq_info: an unconfigured queue has 0 entries, and the address register keeps the number.
  func eventQueueInfo(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    readQueue(domain, arguments) { queue in
      guard queue.base != nil else { return HypercallResult(.ok, arguments.a1, 0) }
      let real = domains[domain.rawValue].memoryMap.real(queue.physical)
      guard real != nil || model != .t1 else { return HypercallResult(.invalid) }
      return HypercallResult(.ok, real?.rawValue ?? .max, MSIQueue.recordCount)
    }
  }

  /// pci_msiq_setvalid.
  mutating func setEventQueueValid(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard arguments.a2 <= 1, let place = queuePlace(domain, arguments) else {
      return HypercallResult(.invalid)
    }
    let isActive = arguments.a2 == 1
    let mustBeConfigured = isActive || followsSpecification
    guard !mustBeConfigured || queue(domain, place).base != nil else {
      return HypercallResult(.invalid)
    }
    modifyQueue(domain, place) {
      if $0.state != .error { $0.state = isActive ? .active : .idle }
    }
    return HypercallResult(.ok)
  }

  /// pci_msiq_setstate: 1 is the error state, 0 brings a queue back from it.
  mutating func setEventQueueState(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard arguments.a2 <= 1, let place = queuePlace(domain, arguments),
      !followsSpecification || queue(domain, place).base != nil
    else { return HypercallResult(.invalid) }
    modifyQueue(domain, place) {
      if arguments.a2 == 1 {
        $0.state = .error
      } else if $0.state == .error {
        $0.state = .idle
      }
    }
    return HypercallResult(.ok)
  }

  /// pci_msiq_sethead: a byte offset, a multiple of 64 below 8 KiB.
  mutating func setEventQueueHead(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    let head = arguments.a2
    guard head % MSIQueue.recordSize == 0, let place = queuePlace(domain, arguments),
      head < MSIQueue.recordCount &* MSIQueue.recordSize,
      !followsSpecification || queue(domain, place).base != nil
    else { return HypercallResult(.invalid) }
    modifyQueue(domain, place) { $0.head = head / MSIQueue.recordSize }
    reconsiderDevice(place.rootComplex, domain, Self.firstQueueInterrupt + place.queue)
    return HypercallResult(.ok)
  }
}
