import Sun4v

/// Sending: blocks, fragments, window, acknowledgement, retransmission.
extension LDCLink {
  /// Sends a message; in reliable mode one longer than a block goes as several blocks, which the
  /// peer gets one by one.
  ///
  /// - Throws: `LDCSendError`; nothing of the message is sent then.
  public mutating func send(
    _ message: [UInt8], now: VirtualTime, output: inout LDCLinkOutput
  ) throws(LDCSendError) {
    try message.withUnsafeBufferPointer { (bytes) throws(LDCSendError) in
      try send(UnsafeRawBufferPointer(bytes), now: now, output: &output)
    }
  }

  /// Sends a message from where it lies.
  ///
  /// - Throws: `LDCSendError`; nothing of the message is sent then.
  public mutating func send(
    _ message: UnsafeRawBufferPointer, now: VirtualTime, output: inout LDCLinkOutput
  ) throws(LDCSendError) {
    guard phase == .up else { throw .notUp(phase) }
    let mode = configuration.mode
    switch mode {
    case .raw:
      guard message.count == LDCPacket.byteCount else {
        throw .wrongLength(count: message.count, mode: mode, limit: LDCPacket.byteCount)
      }
      var packet = LDCPacket()
      packet.setPayload(message, at: 0)
      output.send(packet)
    case .unreliable:
      guard message.count <= configuration.blockSize else {
        throw .wrongLength(count: message.count, mode: mode, limit: configuration.blockSize)
      }
      sendBlock(message, now: now, output: &output)
    case .reliable:
      let needed = packetCount(of: message.count)
      let free = configuration.maximumQueuedPackets - waiting.count
      guard needed <= free else { throw .queueFull(needed: needed, free: max(0, free)) }
      var start = 0
      repeat {
        let end = min(message.count, start + configuration.blockSize)
        sendBlock(
          UnsafeRawBufferPointer(rebasing: message[start..<end]), now: now, output: &output)
        start = end
      } while start < message.count
    }
    output.counters.messagesSent &+= 1
  }

  /// How many packets a message of so many bytes takes in reliable mode.
  @inline(__always) private func packetCount(of count: Int) -> Int {
    let capacity = configuration.mode.payloadCapacity
    guard count > configuration.blockSize else { return max(1, (count + capacity - 1) / capacity) }
    let (blocks, rest) = count.quotientAndRemainder(dividingBy: configuration.blockSize)
    let perBlock = (configuration.blockSize + capacity - 1) / capacity
    return max(1, blocks * perBlock + (rest + capacity - 1) / capacity)
  }

  private mutating func sendBlock(
    _ block: UnsafeRawBufferPointer, now: VirtualTime, output: inout LDCLinkOutput
  ) {
    let mode = configuration.mode
    var start = 0
    repeat {
      let end = min(block.count, start + mode.payloadCapacity)
      let header = LDCDataHeader(
        subtype: .info, isStart: start == 0, isStop: end == block.count, count: end - start,
        sequence: 0)
      var packet = header.packet(mode: mode)
      packet.setPayload(
        UnsafeRawBufferPointer(rebasing: block[start..<end]), at: mode.payloadOffset)
      start = end
      if mode == .unreliable {
        packet.sequence = takeSequence()
        output.send(packet)
      } else if waiting.isEmpty, outstandingData < configuration.window {
        emit(&packet, now: now, output: &output)
      } else {
        waiting.append(packet)
      }
    } while start < block.count
  }

  private mutating func takeSequence() -> UInt32 {
    defer { nextTransmit &+= 1 }
    return nextTransmit
  }

  /// Gives a data packet its id and sends it, with the acknowledgement that is owed.
  @inline(__always)
  private mutating func emit(
    _ packet: inout LDCPacket, now: VirtualTime, output: inout LDCLinkOutput
  ) {
    packet.sequence = takeSequence()
    if acknowledged != nextReceive &- 1 {
      packet.acknowledge(nextReceive &- 1)
      noteAcknowledged()
    }
    outstanding.append(packet)
    outstandingData += 1
    if timer == nil { timer = now.advanced(byNanoseconds: configuration.retransmitDelay) }
    output.send(packet)
  }

  /// Sends what has waited, as far as the window lets it.
  mutating func fillWindow(now: VirtualTime, output: inout LDCLinkOutput) {
    while outstandingData < configuration.window, var packet = waiting.popFirst() {
      emit(&packet, now: now, output: &output)
    }
  }

  private mutating func noteAcknowledged() {
    acknowledged = nextReceive &- 1
    unacknowledged = 0
    acknowledgeTime = nil
  }

  /// Sends an acknowledgement alone.
  mutating func sendAcknowledgement(output: inout LDCLinkOutput) {
    noteAcknowledged()
    output.counters.acknowledgementsSent &+= 1
    if var last = outstanding.last, last.subtype == .ack {
      last.acknowledged = acknowledged
      outstanding.replaceLast(with: last)
      output.send(last)
      return
    }
    let header = LDCDataHeader(
      subtype: .ack, sequence: takeSequence(), acknowledged: acknowledged)
    let packet = header.packet(mode: configuration.mode)
    outstanding.append(packet)
    output.send(packet)
  }

  /// The timer has run out: sends everything outstanding again, with the same ids.
  mutating func retransmit(now: VirtualTime, output: inout LDCLinkOutput) {
    guard outstandingData > 0 else { return }
    attempts += 1
    guard attempts <= configuration.retransmitLimit else {
      fail(.retransmitLimit, now: now, output: &output)
      return
    }
    let received = nextReceive &- 1
    let owesAcknowledgement = acknowledged != received
    outstanding.modifyEach { packet in
      if owesAcknowledgement || packet.subtype.contains(.ack) { packet.acknowledge(received) }
      output.counters.packetsResent &+= 1
      output.send(packet)
    }
    noteAcknowledged()
    let doubled = configuration.retransmitDelay.multipliedReportingOverflow(
      by: 1 &<< UInt64(min(attempts, 16)))
    let limit = configuration.maximumRetransmitDelay
    timer = now.advanced(
      byNanoseconds: doubled.overflow ? limit : min(doubled.partialValue, limit))
  }
}
