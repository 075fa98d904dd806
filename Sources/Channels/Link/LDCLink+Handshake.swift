import Sun4v

/// Version agreement and the handshake RTS, RTR, RDX.
///
/// Every packet that is answered is sent again when the answer stays away, and every answer is
/// given again when it is asked for again, so that loss and duplication only cost time.
extension LDCLink {
  /// Asks for a version.
  mutating func requestVersion(
    _ version: ProtocolVersion, now: VirtualTime, output: inout LDCLinkOutput
  ) {
    offered = version
    send(.version(.info, version), output: &output)
    armHandshake(now: now)
  }

  /// A packet that is not data of a session.
  mutating func receiveControl(
    _ frame: LDCFrame, now: VirtualTime, output: inout LDCLinkOutput
  ) {
    guard isStarted, channel == .up else {
      output.counters.dropped &+= 1
      return
    }
    switch frame {
    case .version(.info, let asked): versionAsked(asked, now: now, output: &output)
    case .version(.ack, let agreed): versionAccepted(agreed, now: now, output: &output)
    case .version(_, let lower): versionRefused(lower, now: now, output: &output)
    case .requestToSend(let mode, let sequence):
      requested(mode: mode, sequence, now: now, output: &output)
    case .readyToReceive(let mode, let sequence):
      answered(mode: mode, sequence, now: now, output: &output)
    case .readyDataExchange(let sequence): exchanged(sequence, now: now, output: &output)
    case .error where phase != .closed: fail(.errorPacket, now: now, output: &output)
    case .error, .data: output.counters.dropped &+= 1
    }
  }

  private mutating func versionAsked(
    _ asked: ProtocolVersion, now: VirtualTime, output: inout LDCLinkOutput
  ) {
    if phase == .up {
      tearDown(output: &output)
      output.counters.resets &+= 1
      output.report(.reset(.peerRestarted))
    }
    switch LDCVersionNegotiation.reply(to: asked, supported: configuration.versions) {
    case .refuse(let lower):
      if phase == .closed { phase = .open }
      send(.version(.nack, lower), output: &output)
    case .accept(let agreed):
      version = agreed
      if phase != .versed { attempts = 0 }
      phase = .versed
      send(.version(.ack, agreed), output: &output)
      armHandshake(now: now)
    }
  }

  private mutating func versionAccepted(
    _ agreed: ProtocolVersion, now: VirtualTime, output: inout LDCLinkOutput
  ) {
    guard let offered, phase == .open || phase == .versed && !hasRequested else {
      output.counters.dropped &+= 1
      return
    }
    guard agreed.major == offered.major, agreed.minor <= offered.minor else {
      fail(.versionMismatch, now: now, output: &output)
      return
    }
    version = agreed
    phase = .versed
    attempts = 0
    hasRequested = true
    send(requestToSend, output: &output)
    armHandshake(now: now)
  }

  private mutating func versionRefused(
    _ lower: ProtocolVersion, now: VirtualTime, output: inout LDCLinkOutput
  ) {
    // A refusal that is not below what was asked last answers an earlier request: a duplicate.
    guard phase == .open, let offered, lower < offered else {
      output.counters.dropped &+= 1
      return
    }
    let next = LDCVersionNegotiation.next(
      afterRefusal: lower, sent: offered, supported: configuration.versions)
    guard let next else {
      giveUp(.noCommonVersion, output: &output)
      return
    }
    attempts = 0
    requestVersion(next, now: now, output: &output)
  }

  private mutating func requested(
    mode: UInt8, _ sequence: UInt32, now: VirtualTime, output: inout LDCLinkOutput
  ) {
    switch phase {
    case .versed, .waitingForDataExchange:
      guard mode == configuration.mode.rawValue else {
        fail(.modeMismatch, now: now, output: &output)
        return
      }
      // Both ends have asked: the lower initial id yields, equal ones both do.
      if hasRequested, phase == .versed, sequence < localInitial {
        output.counters.dropped &+= 1
        return
      }
      if phase == .versed { attempts = 0 }
      phase = .waitingForDataExchange
      peerInitial = sequence
      nextReceive = sequence &+ 1
      nextTransmit = localInitial &+ 1
      send(readyToReceive, output: &output)
      armHandshake(now: now)
    case .up where sequence != peerInitial:
      fail(.peerRestarted, now: now, output: &output)
    case .up, .closed, .open:
      output.counters.dropped &+= 1
    }
  }

  private mutating func answered(
    mode: UInt8, _ sequence: UInt32, now: VirtualTime, output: inout LDCLinkOutput
  ) {
    guard hasRequested else {
      output.counters.dropped &+= 1
      return
    }
    switch phase {
    case .versed, .waitingForDataExchange:
      guard mode == configuration.mode.rawValue else {
        fail(.modeMismatch, now: now, output: &output)
        return
      }
      peerInitial = sequence
      nextReceive = sequence &+ 1
      nextTransmit = localInitial &+ 2
      send(.readyDataExchange(sequence: localInitial &+ 1), output: &output)
      establish(output: &output)
    case .up where sequence == peerInitial:
      // The peer still waits: RDX was lost.
      send(.readyDataExchange(sequence: localInitial &+ 1), output: &output)
    case .up, .closed, .open:
      output.counters.dropped &+= 1
    }
  }

  private mutating func exchanged(
    _ sequence: UInt32, now: VirtualTime, output: inout LDCLinkOutput
  ) {
    let expected = peerInitial &+ 1
    switch phase {
    case .waitingForDataExchange where sequence == expected:
      // Came up as the one who was asked, and so owes no RDX, whatever was sent before.
      hasRequested = false
      nextReceive = sequence &+ 1
      establish(output: &output)
    case .waitingForDataExchange:
      fail(.peerRestarted, now: now, output: &output)
    case .up where hasRequested && sequence == expected && nextReceive == expected:
      // Both ends yielded to each other, and both send RDX.
      nextReceive = sequence &+ 1
      acknowledged = sequence
    case .up, .closed, .open, .versed:
      output.counters.dropped &+= 1
    }
  }

  /// Nothing came in time.
  mutating func repeatHandshake(now: VirtualTime, output: inout LDCLinkOutput) {
    attempts += 1
    guard attempts <= configuration.handshakeLimit else {
      fail(.handshakeTimeout, now: now, output: &output)
      return
    }
    switch phase {
    case .open: if let offered { send(.version(.info, offered), output: &output) }
    case .versed:
      if hasRequested {
        send(requestToSend, output: &output)
      } else if let offered {
        send(.version(.info, offered), output: &output)
      }
    case .waitingForDataExchange: send(readyToReceive, output: &output)
    case .closed, .up: return
    }
    armHandshake(now: now)
  }

  private var requestToSend: LDCFrame {
    .requestToSend(mode: configuration.mode.rawValue, sequence: localInitial)
  }

  private var readyToReceive: LDCFrame {
    .readyToReceive(mode: configuration.mode.rawValue, sequence: localInitial)
  }

  private mutating func armHandshake(now: VirtualTime) {
    timer = now.advanced(byNanoseconds: configuration.handshakeDelay)
  }

  private func send(_ frame: LDCFrame, output: inout LDCLinkOutput) {
    output.send(frame.packet(mode: configuration.mode))
  }
}
