import Sun4v

/// What became of an MSI or a message that a device sent.
public enum MSIOutcome: String, Hashable, Sendable {
  /// A record was written to its queue.
  case queued
  /// The MSI is in its queue already and was not written again.
  case pending
  /// The address is no MSI address or the data names no MSI; nothing is an interrupt here.
  case notAnInterrupt = "not_an_interrupt"
  /// No domain has taken the function or the root complex.
  case noHolder = "no_holder"
  /// The holder did not make the MSI or message valid.
  case notValid = "not_valid"
  /// The queue is not configured or not active, and the record was lost.
  case queueNotActive = "queue_not_active"
  /// The queue was full: the record was lost and the queue is in the error state.
  case overflow
}

extension HypervisorState {
  /// A function writes to an MSI address: a four-byte write whose data picks the MSI.
  @discardableResult
  public mutating func signalMSI(
    _ rootComplex: RootComplexID, address: DVMAAddress, data: UInt32, requester: BusDeviceFunction
  ) -> MSIOutcome {
    let is64Bit = MSIState.window64.contains(address, size: 4)
    guard is64Bit || MSIState.window32.contains(address, size: 4),
      data < UInt32(MSIState.msiCount)
    else { return .notAnInterrupt }
    guard let domain = functionHolder(requester, on: rootComplex) else { return .noHolder }
    let place = rootComplex.rawValue
    let view = rootComplexes[place].bus.viewIndex(of: domain)
    let entry = rootComplexes[place].bus.views[view].msi.entries[Int(data)]
    guard entry.isValid else { return .notValid }
    guard !entry.isPending else { return .pending }
    let record = Mondo(
      SIMD8(
        is64Bit ? 3 : 2, 0, 0, recordTime, UInt64(requester.rawValue), address.rawValue,
        UInt64(data), 0))
    let outcome = append(record, to: entry.queue, place, view)
    if outcome == .queued {
      rootComplexes[place].bus.views[view].msi.entries[Int(data)].isPending = true
    }
    return outcome
  }

  /// Signals the MSI that four bytes of a function's write name; false where they are none.
  mutating func isMessage(
    _ rootComplex: RootComplexID, _ address: DVMAAddress, _ bytes: UnsafeRawBufferPointer,
    _ requester: BusDeviceFunction
  ) -> Bool {
    guard
      MSIState.window32.contains(address, size: 4) || MSIState.window64.contains(address, size: 4)
    else { return false }
    let data = bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let outcome = signalMSI(rootComplex, address: address, data: data, requester: requester)
    return outcome != .notAnInterrupt
  }

  /// A function signals an MSI by its number, through the 32-bit window.
  @discardableResult
  public mutating func signalMSI(
    _ rootComplex: RootComplexID, number: UInt32, requester: BusDeviceFunction
  ) -> MSIOutcome {
    signalMSI(
      rootComplex, address: MSIState.window32.base, data: number, requester: requester)
  }

  /// A PCIe message reaches the root complex; it is the owner's, whoever sent it.
  ///
  /// `routing` is the 3-bit routing code, `target` the 16-bit target id. The deployed hypervisor keeps
  /// only the low 8 bits of the target.
  @discardableResult
  public mutating func signalMessage(
    _ rootComplex: RootComplexID, _ message: PCIeMessage, requester: BusDeviceFunction,
    routing: UInt8 = 0, target: UInt16 = 0
  ) -> MSIOutcome {
    guard let domain = self.rootComplex(rootComplex)?.owner else { return .noHolder }
    let place = rootComplex.rawValue
    let view = rootComplexes[place].bus.viewIndex(of: domain)
    let entry = rootComplexes[place].bus.views[view].msi.messages[message.index]
    guard entry.isValid else { return .notValid }
    let kept = followsSpecification ? target : target & 0xff
    let word = UInt64(kept) << 32 | UInt64(routing & 7) << 16 | message.rawValue
    let record = Mondo(
      SIMD8(1, 0, 0, recordTime, UInt64(requester.rawValue), 0, word, 0))
    return append(record, to: entry.queue, place, view)
  }

  /// Word 3 of a record: %stick, which the deployed code leaves 0.
  private var recordTime: UInt64 { followsSpecification ? now.rawValue : 0 }

  /// Writes a record at the tail of a queue and raises the queue's interrupt.
  private mutating func append(
    _ record: Mondo, to queue: UInt64, _ place: Int, _ view: Int
  ) -> MSIOutcome {
    guard queue < UInt64(MSIState.queueCount),
      case let ring = rootComplexes[place].bus.views[view].msi.queues[Int(queue)],
      ring.base != nil, ring.state == .active
    else { return .queueNotActive }
    guard ring.hasRoom else {
      rootComplexes[place].bus.views[view].msi.queues[Int(queue)].state = .error
      return .overflow
    }
    let at = ring.physical.rawValue &+ ring.tail &* MSIQueue.recordSize
    for word in 0..<8 {
      memory.storeWord(record.words[word], at: PhysicalAddress(at &+ UInt64(word) &* 8))
    }
    rootComplexes[place].bus.views[view].msi.queues[Int(queue)].tail =
      (ring.tail &+ 1) % MSIQueue.recordCount
    let domain = rootComplexes[place].bus.views[view].domain
    if events.isListening {
      events.stream.append(
        .interruptRecord(
          domain: domain, rootComplex: RootComplexID(place), queue: queue, words: record.words),
        at: now)
    }
    raiseDevice(place, domain, Self.firstQueueInterrupt + Int(queue))
    return .queued
  }
}
