import Sun4v

/// Data of a session: order, acknowledgement, reassembly.
extension LDCLink {
  /// Takes a data packet while the link is up.
  @inline(__always)
  mutating func receiveData(
    _ header: LDCDataHeader, _ packet: LDCPacket, now: VirtualTime, output: inout LDCLinkOutput
  ) {
    if header.subtype.contains(.nack) {
      fail(.refusedData, now: now, output: &output)
      return
    }
    // Half of the id space lies ahead, the other half behind.
    let distance = Int32(bitPattern: header.sequence &- nextReceive)
    if configuration.mode == .reliable {
      receiveReliable(header, packet, distance, now: now, output: &output)
    } else {
      receiveUnreliable(header, packet, distance, output: &output)
    }
  }

  private mutating func receiveReliable(
    _ header: LDCDataHeader, _ packet: LDCPacket, _ distance: Int32, now: VirtualTime,
    output: inout LDCLinkOutput
  ) {
    // An acknowledged id is good even in a packet out of order: it only ever grows.
    if header.subtype.contains(.ack) {
      acknowledge(through: header.acknowledged, now: now, output: &output)
    }
    let carriesData = header.subtype.contains(.info)
    guard distance == 0 else {
      if distance > 0 {
        output.counters.outOfOrder &+= 1
        if !hasReportedGap { acknowledgeTime = now }
        hasReportedGap = true
      } else {
        output.counters.duplicates &+= 1
        if carriesData { acknowledgeTime = now }
      }
      return
    }
    nextReceive &+= 1
    hasReportedGap = false
    guard carriesData else { return }
    unacknowledged += 1
    if unacknowledged >= configuration.acknowledgeEvery {
      acknowledgeTime = now
    } else if header.isStop, acknowledgeTime == nil {
      acknowledgeTime = now.advanced(byNanoseconds: configuration.acknowledgeDelay)
    }
    if let fault = assemble(header, packet, output: &output) {
      fail(fault, now: now, output: &output)
    }
  }

  private mutating func receiveUnreliable(
    _ header: LDCDataHeader, _ packet: LDCPacket, _ distance: Int32, output: inout LDCLinkOutput
  ) {
    guard distance >= 0 else {
      output.counters.duplicates &+= 1
      return
    }
    if distance > 0 {
      output.counters.outOfOrder &+= 1
      assembly.abandon()
    }
    nextReceive = header.sequence &+ 1
    if assemble(header, packet, output: &output) != nil {
      output.counters.dropped &+= 1
      let restarts = header.isStart && header.count <= configuration.blockSize
      assembly.abandon()
      if restarts { _ = assemble(header, packet, output: &output) }
    }
  }

  /// Adds a fragment; delivers the message that it completes.
  ///
  /// Returns what is wrong when the fragment does not continue what came before.
  @inline(__always)
  private mutating func assemble(
    _ header: LDCDataHeader, _ packet: LDCPacket, output: inout LDCLinkOutput
  ) -> LDCLinkFault? {
    guard header.isStart != assembly.isOpen else { return .brokenMessage }
    guard assembly.count + header.count <= configuration.blockSize else { return .messageTooLong }
    if header.isStart { assembly.begin() }
    assembly.append(packet, from: configuration.mode.payloadOffset, count: header.count)
    if header.isStop {
      output.counters.messagesDelivered &+= 1
      output.deliveries.append(.message(assembly.finish()))
    }
    return nil
  }

  /// Forgets packets up to an id that the peer has; an id that is not outstanding is ignored.
  @inline(__always)
  private mutating func acknowledge(
    through sequence: UInt32, now: VirtualTime, output: inout LDCLinkOutput
  ) {
    let first = nextTransmit &- UInt32(truncatingIfNeeded: outstanding.count)
    let position = sequence &- first
    guard position < UInt32(truncatingIfNeeded: outstanding.count) else { return }
    outstandingData -= outstanding.removeFirst(Int(position) + 1)
    attempts = 0
    timer =
      outstandingData == 0 ? nil : now.advanced(byNanoseconds: configuration.retransmitDelay)
    if !waiting.isEmpty { fillWindow(now: now, output: &output) }
  }
}
