import Channels
import Sun4v
import Testing

/// Every way that a handshake and one message each can go, with so many packets lost, doubled or overtaken.
///
/// All delays are zero, so that a timer may run out at any moment and time is no part of the state.
@Suite struct LDCLinkExplorationTests {
  private struct World: Hashable {
    var links: [LDCLink]
    /// Packets on their way to each end, in order.
    var wires: [[LDCPacket]] = [[], []]
    var received: [[UInt8]] = [[], []]
    var hasSent = [false, false]
    var hasReset = false
    var losses: Int
    var doublings: Int
    var timeouts: Int
    var overtakings: Int

    init(
      _ configurations: [LDCLinkConfiguration], losses: Int, doublings: Int, timeouts: Int,
      overtakings: Int
    ) {
      links = configurations.map { LDCLink(configuration: $0) }
      self.losses = losses
      self.doublings = doublings
      self.timeouts = timeouts
      self.overtakings = overtakings
    }

    mutating func at(_ end: Int, _ action: (inout LDCLink, inout LDCLinkOutput) -> Void) {
      var output = LDCLinkOutput()
      action(&links[end], &output)
      for delivery in output.deliveries {
        switch delivery {
        case .message(let bytes): received[end] += bytes
        case .event(.up): break
        case .event: hasReset = true
        }
      }
      if output.wantsChannelReset {
        hasReset = true
        wires[end] = []
        at(1 - end) {
          $0.channelChanged(to: .resetting, now: .zero, output: &$1)
          $0.channelChanged(to: .up, now: .zero, output: &$1)
        }
      }
      wires[1 - end] += output.packets
    }

    /// The worlds one step on.
    func steps() -> [World] {
      var next: [World] = []
      func step(_ change: (inout World) -> Void) {
        var world = self
        change(&world)
        next.append(world)
      }
      for end in 0..<2 {
        if let packet = wires[end].first {
          step {
            $0.wires[end].removeFirst()
            $0.at(end) { $0.receive(packet, now: .zero, output: &$1) }
          }
          if losses > 0 {
            step {
              $0.wires[end].removeFirst()
              $0.losses -= 1
            }
          }
          if doublings > 0 {
            step {
              $0.at(end) { $0.receive(packet, now: .zero, output: &$1) }
              $0.doublings -= 1
            }
          }
        }
        if overtakings > 0, wires[end].count > 1 {
          step {
            let packet = $0.wires[end].remove(at: 1)
            $0.at(end) { $0.receive(packet, now: .zero, output: &$1) }
            $0.overtakings -= 1
          }
        }
        // A timer that runs out while packets are under way costs; a link that waits for nothing
        // else may always run it.
        if links[end].deadline != nil, timeouts > 0 || wires.allSatisfy(\.isEmpty) {
          step {
            if !wires.allSatisfy(\.isEmpty) { $0.timeouts -= 1 }
            $0.at(end) { $0.advance(to: .zero, output: &$1) }
          }
        }
        if links[end].phase == .up, !hasSent[end] {
          step {
            $0.hasSent[end] = true
            $0.at(end) { try? $0.send([UInt8(end + 1)], now: .zero, output: &$1) }
          }
        }
      }
      return next
    }
  }

  /// Visits every world; the number of worlds, and what is wrong with any.
  private func explore(_ start: World, limit: Int = 60_000) -> (visited: Int, wrong: [String]) {
    var seen: Set<World> = [start]
    var open = [start]
    var wrong: Set<String> = []
    while let world = open.popLast(), seen.count < limit {
      for end in 0..<2 where world.received[end].count > 1 { wrong.insert("delivered twice") }
      let next = world.steps()
      if next.isEmpty {
        let phases = world.links.map(\.phase)
        if phases.filter({ $0 == .up }).count == 1 { wrong.insert("half up: \(phases)") }
        if phases == [.up, .up] {
          for end in 0..<2
          where world.links[end].nextTransmit != world.links[1 - end].nextReceive {
            if !world.links[end].outstandingSequences.isEmpty { wrong.insert("ids do not fit") }
          }
          if !world.hasReset, world.received != [[2], [1]] { wrong.insert("a message is missing") }
        }
        if !world.hasReset, phases != [.up, .up] { wrong.insert("not up: \(phases)") }
      }
      for world in next where seen.insert(world).inserted { open.append(world) }
    }
    return (seen.count, wrong.sorted())
  }

  private func configuration(
    _ role: LDCLinkConfiguration.Role, _ initial: UInt32
  ) -> LDCLinkConfiguration {
    var configuration = LDCLinkConfiguration(
      mode: .reliable, role: role, initialSequence: initial)
    configuration.acknowledgeDelay = 0
    configuration.retransmitDelay = 0
    configuration.maximumRetransmitDelay = 0
    configuration.handshakeDelay = 0
    configuration.handshakeLimit = 3
    configuration.retransmitLimit = 3
    configuration.failureLimit = 2
    return configuration
  }

  @Test(
    arguments: [
      (LDCLinkConfiguration.Role.responder, 5), (.initiator, 5), (.initiator, 9), (.initiator, 13),
    ] as [(LDCLinkConfiguration.Role, UInt32)])
  func noOrderOfEventsLosesDoublesOrStrands(role: LDCLinkConfiguration.Role, initial: UInt32) {
    var start = World(
      [configuration(.initiator, 9), configuration(role, initial)],
      losses: 1, doublings: 0, timeouts: 0, overtakings: 1)
    for end in [1, 0] {
      start.at(end) {
        $0.channelChanged(to: .up, now: .zero, output: &$1)
        $0.start(now: .zero, output: &$1)
      }
    }
    let (visited, wrong) = explore(start)
    #expect(wrong.isEmpty, "among \(visited) states")
    #expect(visited > 1000 && visited < 60_000, "complete")
  }
}
