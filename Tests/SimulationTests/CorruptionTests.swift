import DMA
import Hypervisor
import Negotiation
import Simulation
import Sun4v
import Testing

/// Packets that are changed on their way: the service's checksum, the timers of all layers and the comparison
/// at the begin of a session bring both sides to the same grants.
@Suite struct CorruptionTests {
  /// Lets both guests ask, give back and lose grants over a faulty channel for so many rounds.
  private func storm(_ setup: TwoGuests, rounds: Int, chance: inout SeededGenerator) throws {
    let machine = setup.machine
    let handle = try machine.rootComplex(setup.bus).handle
    for _ in 0..<rounds {
      for domain in [setup.first, setup.second] {
        _ = try machine.request(
          domain,
          GrantRequest(
            handle: handle, pages: 1 + UInt64(chance.below(4)), count: 1 + chance.below(3)))
      }
      try machine.run(steps: UInt64(chance.below(40)))
      for domain in [setup.first, setup.second] {
        for grant in machine.grants(of: domain) where machine.state(of: grant) == .live {
          switch chance.below(8) {
          case 0..<4: _ = try machine.requestRelease(grant)
          case 4: try? machine.revoke(grant, within: UInt64(chance.below(20_000_000)))
          default: break
          }
        }
      }
      try machine.run(steps: UInt64(chance.below(40)))
      try machine.check()
    }
  }

  /// Ends the faults, runs until nothing happens by itself any more, and gives everything back.
  private func calm(_ setup: TwoGuests) throws {
    let machine = setup.machine
    try machine.clearFaults()
    try machine.run()
    try machine.check()
    for domain in [setup.first, setup.second] {
      for grant in machine.grants(of: domain) where machine.state(of: grant) == .live {
        try machine.release(grant)
      }
    }
    try machine.run()
    try machine.check()
    for domain in [setup.first, setup.second] { #expect(machine.grants(of: domain).isEmpty) }
    #expect(try machine.rootComplex(setup.bus).grants.count == 0)
    let again = try setup.negotiate(setup.first, pages: 2)
    try machine.release(again)
    try machine.check()
  }

  private func damaged(_ machine: Machine) throws -> UInt64 {
    try #require(machine.statistics().first { $0.name == "damaged_messages" }).value
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func bothSidesAgreeInTheEnd(seed: UInt64) throws {
    let setup = try TwoGuests(seed: seed)
    var faults = PacketFaults()
    faults.drop = 0.1
    faults.duplicate = 0.05
    faults.reorder = 0.05
    faults.corrupt = 0.05
    try setup.machine.inject(faults)
    var chance = SeededGenerator(seed: seed)
    try storm(setup, rounds: 30, chance: &chance)
    try calm(setup)
  }

  /// More than half of the packets are damaged or lost.
  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func evenWhereHardlyAnythingGetsThrough(seed: UInt64) throws {
    let setup = try TwoGuests(seed: 100 + seed)
    var faults = PacketFaults()
    faults.drop = 0.2
    faults.corrupt = 0.4
    try setup.machine.inject(faults)
    var chance = SeededGenerator(seed: seed)
    try storm(setup, rounds: 15, chance: &chance)
    #expect(try damaged(setup.machine) > 0)
    try calm(setup)
  }

  @Test func damageIsCountedAndReported() throws {
    let setup = try TwoGuests()
    let machine = setup.machine
    #expect(try damaged(machine) == 0)
    var events: [SoftwareEvent] = []
    machine.hypervisor.events.isListening = true
    var faults = PacketFaults()
    faults.corrupt = 0.2
    try machine.inject(faults)
    for _ in 0..<30 {
      if let grant = try? setup.negotiate(setup.first, pages: 1) { try? machine.release(grant) }
      for timed in machine.hypervisor.events.drain() {
        if case .software(_, let event) = timed.event, event.kind == "damaged" {
          events.append(event)
        }
      }
    }
    #expect(!events.isEmpty)
    #expect(try damaged(machine) == UInt64(events.count))
    #expect(events.allSatisfy { $0.message?.contains("checksum") == true })
  }
}
