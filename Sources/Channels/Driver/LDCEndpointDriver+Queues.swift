import Hypervisor
import Sun4v

/// The two queues of an end, as the hypercalls see them.
extension LDCEndpointDriver {
  /// Makes a call that must succeed for the end to be opened.
  func call(
    _ port: DomainPort, _ number: UInt64, _ a0: UInt64, _ a1: UInt64, _ a2: UInt64
  ) throws(LDCEndpointError) {
    let status = port.fastTrap(number, a0, a1, a2).status
    guard status == .ok else { throw .refused(call: number, status) }
  }

  /// Makes a call on an open end: a refusal closes it, one that would block is tried again later.
  @discardableResult
  mutating func attempt(
    _ port: DomainPort, _ number: UInt64, _ a0: UInt64, _ a1: UInt64 = 0, _ a2: UInt64 = 0
  ) -> HypercallResult? {
    guard isOpen else { return nil }
    let result = port.fastTrap(number, a0, a1, a2)
    switch result.status {
    case .ok: return result
    case .wouldBlock: retryLater(port)
    default: fail(.refused(call: number, result.status), port)
    }
    return nil
  }

  mutating func retryLater(_ port: DomainPort) {
    let time = port.now.advanced(byNanoseconds: configuration.retryDelay)
    retryTime = retryTime.map { min($0, time) } ?? time
  }

  /// Sets the interrupt up: cookie, target, idle, valid.
  func arm(_ interrupt: LDCReceiveInterrupt, _ port: DomainPort) throws(LDCEndpointError) {
    let device = UInt64(interrupt.device.rawValue)
    let number = interrupt.number
    try call(port, HypercallNumber.vintrSetCookie, device, number, interrupt.cookie)
    try call(port, HypercallNumber.vintrSetTarget, device, number, interrupt.processor)
    try call(port, HypercallNumber.vintrSetState, device, number, 0)
    try call(port, HypercallNumber.vintrSetValid, device, number, 1)
  }

  /// Forgets what is in the transmit queue.
  ///
  /// Where its empty head and tail are then, the hypervisor tells.
  mutating func emptyTransmitQueue(_ port: DomainPort) {
    attempt(
      port, HypercallNumber.ldcTxQConf, configuration.channel.rawValue,
      configuration.transmitQueue.rawValue, configuration.entries)
    askTransmitState(port)
  }

  /// Asks for head, tail and state of the transmit queue.
  mutating func askTransmitState(_ port: DomainPort) {
    guard
      let state = attempt(port, HypercallNumber.ldcTxGetState, configuration.channel.rawValue)
    else { return }
    let mask = configuration.queueSize &- 64
    transmitHead = state.ret1 & mask
    transmitTail = state.ret2 & mask
    observe(state.ret3, port)
  }

  /// Gives packets of the receive queue to the link.
  mutating func takePackets(_ port: DomainPort) {
    let channel = configuration.channel.rawValue
    guard let state = attempt(port, HypercallNumber.ldcRxGetState, channel) else { return }
    observe(state.ret3, port)
    guard isOpen else { return }
    let mask = configuration.queueSize &- 64
    var head = state.ret1 & mask
    let tail = state.ret2 & mask
    guard head != tail else { return }
    let count = min(Int(((tail &- head) & mask) / 64), configuration.packetsPerService)
    withUnsafeTemporaryAllocation(of: LDCPacket.self, capacity: count) { packets in
      let bytes = UnsafeMutableRawBufferPointer(packets)
      guard Self.read(bytes, at: &head, of: configuration, port) else {
        fail(.memoryLost(configuration.receiveQueue), port)
        return
      }
      // Only what was taken out of the queue is given to the link, so that nothing is seen twice.
      guard attempt(port, HypercallNumber.ldcRxSetQHead, channel, head) != nil else { return }
      for packet in packets where !output.wantsChannelReset {
        link.receive(packet, now: port.now, output: &output)
      }
      if head != tail { retryTime = port.now }
    }
  }

  /// Reads packets from an offset of the receive queue on, which is then behind them; false where the
  /// memory is gone.
  ///
  /// Static: in the middle of a change the whole endpoint would be copied for the call.
  private static func read(
    _ packets: UnsafeMutableRawBufferPointer, at head: inout UInt64,
    of configuration: LDCEndpointConfiguration, _ port: DomainPort
  ) -> Bool {
    var done = 0
    while done < packets.count {
      let run = min(packets.count - done, Int(configuration.queueSize &- head))
      guard let place = configuration.receiveQueue.advanced(by: head),
        port.read(
          place, into: UnsafeMutableRawBufferPointer(rebasing: packets[done..<(done + run)]))
      else { return false }
      head = (head &+ UInt64(run)) & (configuration.queueSize &- 1)
      done += run
    }
    return true
  }

  /// Sends the link's packets past the backlog, where that is empty and the queue is known to have room.
  ///
  /// False, with nothing sent, where they have to go through the backlog.
  @inline(__always) mutating func sendAtOnce(_ port: DomainPort) -> Bool {
    guard isOpen, backlog.isEmpty,
      output.packets.count <= min(room, configuration.maximumBacklog)
    else { return false }
    var packets: [LDCPacket] = []
    swap(&packets, &output.packets)
    let isSent = packets.withUnsafeBytes { put($0, port) }
    if isSent || !isOpen { packets.empty() }
    swap(&packets, &output.packets)
    return isSent || !isOpen
  }

  /// Writes packets behind the tail of the transmit queue, which has room for them, and moves the tail;
  /// false where that cannot be done now, or the end is closed.
  @inline(__always) private mutating func put(_ packets: UnsafeRawBufferPointer, _ port: DomainPort)
    -> Bool
  {
    stalls = 0
    var tail = transmitTail
    var done = 0
    while done < packets.count {
      let run = min(packets.count - done, Int(configuration.queueSize &- tail))
      guard let place = configuration.transmitQueue.advanced(by: tail),
        port.write(place, from: UnsafeRawBufferPointer(rebasing: packets[done..<(done + run)]))
      else {
        fail(.memoryLost(configuration.transmitQueue), port)
        return false
      }
      tail = (tail &+ UInt64(run)) & (configuration.queueSize &- 1)
      done += run
    }
    let channel = configuration.channel.rawValue
    guard attempt(port, HypercallNumber.ldcTxSetQTail, channel, tail) != nil else { return false }
    transmitTail = tail
    return true
  }

  /// Moves packets of the backlog to the transmit queue.
  mutating func transmit(_ port: DomainPort) {
    while isOpen, !backlog.isEmpty {
      if room < backlog.count {
        askTransmitState(port)
        applyOutput(port)
      }
      let count = min(room, backlog.count)
      guard isOpen, count > 0 else {
        if isOpen, !backlog.isEmpty { stall(port) }
        return
      }
      let packets = backlog.packets.prefix(count)
      guard packets.withUnsafeBytes({ put($0, port) }) else { return }
      _ = backlog.removeFirst(count)
    }
  }

  /// The transmit queue is full, and no interrupt tells when it is not: looks again, less and less
  /// often, and gives up in the end.
  private mutating func stall(_ port: DomainPort) {
    stalls += 1
    guard stalls <= 16 else {
      stalls = 0
      backlogDropped &+= UInt64(backlog.count)
      backlog.removeAll()
      return
    }
    let delay = configuration.retryDelay &<< UInt64(min(stalls, 10))
    let time = port.now.advanced(byNanoseconds: delay)
    retryTime = retryTime.map { min($0, time) } ?? time
  }

  /// Packets that the transmit queue has room for, as far as is known; one slot stays free.
  private var room: Int {
    let used = (transmitTail &- transmitHead) & (configuration.queueSize &- 64)
    return Int((configuration.queueSize &- 64 &- used) / 64)
  }
}
