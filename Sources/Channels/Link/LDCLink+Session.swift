import Sun4v

/// How sessions begin and end.
extension LDCLink {
  /// The channel is up: raw mode is up with it, an initiator asks, a responder listens.
  mutating func open(now: VirtualTime, output: inout LDCLinkOutput, delayed: Bool = false) {
    guard configuration.mode != .raw else {
      phase = .up
      output.report(.up(nil))
      return
    }
    phase = .open
    guard configuration.role == .initiator, failures < configuration.failureLimit else { return }
    if failures > 0, !delayed {
      phase = .closed
      timer = now.advanced(byNanoseconds: configuration.handshakeDelay)
      return
    }
    guard let highest = configuration.versions.highest else {
      giveUp(.noCommonVersion, output: &output)
      return
    }
    requestVersion(highest, now: now, output: &output)
  }

  /// Drops all state of the session, with every packet that it still had to send.
  mutating func tearDown(output: inout LDCLinkOutput) {
    if phase != .closed, phase != .open { sessions &+= 1 }
    phase = .closed
    version = nil
    offered = nil
    hasRequested = false
    peerInitial = 0
    nextTransmit = 0
    nextReceive = 0
    acknowledged = 0
    unacknowledged = 0
    hasReportedGap = false
    outstanding.removeAll()
    outstandingData = 0
    waiting.removeAll()
    assembly.abandon()
    acknowledgeTime = nil
    timer = nil
    attempts = 0
    output.packets.removeAll(keepingCapacity: true)
  }

  /// Ends the session because of a fault, tells the peer by resetting the channel, and goes on.
  mutating func fail(_ fault: LDCLinkFault, now: VirtualTime, output: inout LDCLinkOutput) {
    let wasUp = phase == .up
    tearDown(output: &output)
    output.wantsChannelReset = true
    output.counters.resets &+= 1
    if !wasUp { failures += 1 }
    if failures >= configuration.failureLimit {
      output.report(.down(fault))
      return
    }
    output.report(.reset(fault))
    guard configuration.mode != .raw else {
      open(now: now, output: &output)
      return
    }
    if configuration.role == .initiator {
      timer = now.advanced(byNanoseconds: configuration.handshakeDelay)
    }
  }

  /// There is no use in trying again.
  mutating func giveUp(_ fault: LDCLinkFault, output: inout LDCLinkOutput) {
    tearDown(output: &output)
    failures = configuration.failureLimit
    output.report(.down(fault))
  }

  /// The session stands.
  mutating func establish(output: inout LDCLinkOutput) {
    phase = .up
    failures = 0
    attempts = 0
    timer = nil
    offered = nil
    acknowledged = nextReceive &- 1
    output.report(.up(version))
  }
}
