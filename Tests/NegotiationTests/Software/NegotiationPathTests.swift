import Hypervisor
import Negotiation
import Sun4v
import Testing

@Suite struct NegotiationPathTests {
  @Test func aGuestObtainsMapsAndReleasesAGrant() throws {
    var machine = try TestMachine()
    try machine.boot()
    #expect(machine.guests.allSatisfy { $0.agent.phase == .ready })
    let grant = try #require(try machine.negotiate(0, pages: 4, alignment: 8)?.records?.first)
    #expect(grant.pages == 4)
    #expect(grant.address >= TestMachine.window.reservedBase)
    #expect(grant.address.isAligned(to: 8 * 8192))
    #expect(machine.inconsistencies() == [])
    let other = try #require(try machine.negotiate(1, pages: 4)?.records?.first)
    #expect(other.grant != grant.grant)

    // Each guest maps its own memory in its own grant and nowhere else.
    func map(_ guest: Int, _ record: GrantRecord) -> HypervisorStatus {
      let port = machine.port(guest)
      port.storeWord(0x4080_0000, at: RealAddress(0x40f0_0000))
      let index = (record.address.rawValue - TestMachine.window.base.rawValue) / 8192
      return port.fastTrap(
        HypercallNumber.pciIOMMUMap, TestMachine.handle.rawValue, index, 1, 3, 0x40f0_0000
      ).status
    }
    #expect(map(0, grant) == .ok)
    #expect(map(1, other) == .ok)
    #expect(map(1, grant) == .noAccess)

    #expect(
      try machine.release(0, [grant.grant])
        == .released([ReleaseRecord(grant: grant.grant, result: .released)]))
    #expect(machine.guests[0].agent.grantList.isEmpty)
    #expect(machine.inconsistencies() == [])
    #expect(map(0, grant) != .ok)
  }
}

@Suite struct DomainLifeTests {
  @Test func aCrashedGuestLosesItsGrantsAndComesBack() throws {
    var machine = try TestMachine()
    try machine.boot()
    _ = try machine.negotiate(0, pages: 4)
    let other = try #require(try machine.negotiate(1, pages: 2)?.records?.first)
    machine.guests[0] = TestMachine.guest(
      machine.guestIDs[0], machine.channels[0].guest, 2, TestMachine.window)
    machine.guestEvents[0] = []
    machine.control.guestGone(
      machine.guestIDs[0], machine.controlPort, events: &machine.controlEvents)
    #expect(machine.control.agent.grantList.map(\.id) == [other.grant])
    #expect(machine.inconsistencies() == [])
    try machine.boot(0)
    machine.run { $0.guests[0].agent.phase == .ready }
    #expect(try machine.negotiate(0, pages: 8)?.records?.first?.pages == 8)
    #expect(machine.inconsistencies() == [])
  }

  @Test func aGuestThatRebootsUnnoticedStartsWithNothing() throws {
    var machine = try TestMachine()
    try machine.boot()
    _ = try machine.negotiate(0, pages: 4)
    machine.guests[0] = TestMachine.guest(
      machine.guestIDs[0], machine.channels[0].guest, 2, TestMachine.window)
    try machine.boot(0)
    machine.run { $0.guests[0].agent.phase == .ready }
    #expect(machine.guests[0].agent.phase == .ready)
    #expect(machine.control.agent.grantList.isEmpty)
    #expect(machine.inconsistencies() == [])
  }

  @Test func aGuestThatStopsKeepsItsGrantsForAWhile() throws {
    var machine = try TestMachine()
    try machine.boot()
    _ = try machine.negotiate(0, pages: 4)
    machine.guests[0].shutDown(machine.port(0), events: &machine.guestEvents[0])
    #expect(machine.control.agent.grantList.count == 1)
    machine.run(steps: 4000) { $0.control.agent.grantList.isEmpty }
    #expect(machine.control.agent.grantList.isEmpty)
    #expect(machine.now.rawValue >= 1_000_000_000)
    #expect(machine.inconsistencies() == [])
  }

  @Test func aControlDomainThatRebootsTakesEverythingBack() throws {
    var machine = try TestMachine()
    try machine.boot()
    let grant = try #require(try machine.negotiate(0, pages: 4)?.records?.first)
    machine.control = try ControlDomainSoftware(
      configuration: SoftwareConfiguration(
        domain: machine.primary, incarnation: 2, memoryBase: RealAddress(0x8000_0000),
        memorySize: 0x100_0000, windows: [TestMachine.window]),
      guests: zip(machine.guestIDs, machine.channels).map {
        GuestAttachment(channel: ChannelAttachment(channel: $1.control), domain: $0)
      })
    try machine.control.boot(machine.controlPort, events: &machine.controlEvents)
    #expect(machine.inconsistencies() == [])
    machine.run(steps: 2000) {
      $0.guestEvents[0].contains(.lost(guest: $0.guestIDs[0], grant.grant))
        && $0.guests.allSatisfy { $0.agent.phase == .ready }
    }
    #expect(machine.guests.allSatisfy { $0.agent.phase == .ready })
    #expect(machine.guests[0].agent.grantList.isEmpty)
    #expect(try machine.negotiate(0, pages: 4)?.records?.count == 1)
    #expect(machine.inconsistencies() == [])
  }

  @Test func domainsWithDifferentReservedRangesDoNotBoot() throws {
    var other = TestMachine.window
    other.reservedPages = 100
    var machine = try TestMachine(guestWindow: other)
    try machine.boot()
    guard case .mismatch(let mismatch) = machine.guests[0].bootError else {
      Issue.record("the guest booted")
      return
    }
    #expect(mismatch.differences == .reservedPages)
    #expect(mismatch.control == TestMachine.window)
    #expect(throws: GuestRequestError.self) { try machine.negotiate(0, pages: 1) }
    #expect(machine.control.agent.grantList.isEmpty)
  }

  @Test func revocationReachesTheGuestAndThenTheHypervisor() throws {
    var machine = try TestMachine()
    try machine.boot()
    let grant = try #require(try machine.negotiate(0, pages: 4)?.records?.first?.grant)
    machine.control.revoke(
      grant, within: 3_000_000, machine.controlPort, events: &machine.controlEvents)
    machine.run { $0.guests[0].agent.grant(grant)?.state.name == "revoking" }
    #expect(machine.control.agent.grant(grant) != nil)
    machine.run { $0.guests[0].agent.grant(grant) == nil }
    #expect(
      machine.guestEvents[0].last == .revoked(guest: machine.guestIDs[0], grant, isForced: true))
    #expect(machine.inconsistencies() == [])
  }

  @Test func aMachineIsAValue() throws {
    var machine = try TestMachine()
    try machine.boot()
    let control = machine.control
    let guests = machine.guests
    let state = machine.hypervisor.state
    _ = try machine.negotiate(0, pages: 4)
    #expect(machine.control != control)
    #expect(machine.guests[0] != guests[0])
    machine.control = control
    machine.guests = guests
    machine.hypervisor.state = state
    let again = try #require(try machine.negotiate(0, pages: 4)?.records?.first)
    #expect(again.grant == GrantID(1))
    #expect(machine.inconsistencies() == [])
  }
}

@Suite struct LossyChannelTests {
  @Test(arguments: 1...3) func negotiationOverChannelsThatLosePackets(seed: Int) throws {
    var machine = try TestMachine()
    machine.hypervisor.state.channelFaults = ChannelFaultPlan(
      drop: 0.3, duplicate: 0.1, reorder: 0.1, seed: UInt64(seed))
    try machine.control.boot(machine.controlPort, events: &machine.controlEvents)
    for guest in 0..<2 { try machine.boot(guest) }
    machine.run(steps: 20_000) { $0.guests.allSatisfy { $0.agent.phase == .ready } }
    for round in 0..<20 {
      let guest = round % 2
      let request = try machine.guests[guest].requestGrant(
        GrantRequest(handle: TestMachine.handle, pages: UInt64(1 + round % 5)),
        machine.port(guest), events: &machine.guestEvents[guest])
      machine.run(steps: 20_000) { $0.guests[guest].outcome(of: request) != .pending }
      let grant = try #require(machine.guests[guest].outcome(of: request)?.records?.first)
      #expect(machine.inconsistencies() == [])
      guard round % 3 != 0 else { continue }
      let back = try machine.guests[guest].release(
        [grant.grant], machine.port(guest), events: &machine.guestEvents[guest])
      machine.run(steps: 20_000) { $0.guests[guest].outcome(of: back) != .pending }
      #expect(
        machine.guests[guest].outcome(of: back)
          == .released([ReleaseRecord(grant: grant.grant, result: .released)]))
    }
    #expect(machine.control.agent.grantList.count == 7)
    #expect(
      machine.control.agent.grantList.map(\.id)
        == machine.guests.flatMap { $0.agent.grantList.map(\.id) }.sorted())
    #expect(machine.inconsistencies() == [])
  }
}

@Suite struct ControlDomainWindowTests {
  @Test func entriesThatFirmwareLeftValidAreNotGivenAgain() throws {
    var machine = try TestMachine(guests: 0)
    try machine.boot()
    let port = machine.controlPort
    port.storeWord(0x8080_0000, at: RealAddress(0x80f0_0000))
    for index in [0, 5] as [UInt64] {
      #expect(
        port.fastTrap(
          HypercallNumber.pciIOMMUMap, TestMachine.handle.rawValue, index, 1, 3, 0x80f0_0000
        ).status == .ok)
    }
    let reserved = Int(TestMachine.windowPages / 2)
    var given: [Int] = []
    while let start = try? machine.control.privateRanges[0].allocate(
      AllocationRequest(pages: 2), port)
    {
      given.append(start)
    }
    let pages = given.flatMap { [$0, $0 + 1] }
    #expect(Set(pages).count == pages.count)
    #expect(pages.allSatisfy { $0 < reserved && $0 != 0 && $0 != 5 })
    #expect(given.count >= (reserved - 4) / 2)
    #expect(machine.control.privateRanges[0].imported.sorted() == [0, 5])
  }

  @Test func entriesThatNoCallReachesAreNotGranted() throws {
    var machine = try TestMachine(guests: 1, model: .t1) { $0.scarcityFloor = 0 }
    try machine.boot()
    let reserved = TestMachine.windowPages / 2
    let refused = try machine.negotiate(0, pages: reserved)
    #expect(refused == .denied(DenialReason(.noSpace, limit: reserved - 64, asked: reserved)))
    #expect(try machine.negotiate(0, pages: reserved - 64)?.records?.count == 1)
    #expect(machine.inconsistencies() == [])
  }

  @Test func quotaAndFairShareAreKept() throws {
    var machine = try TestMachine(guests: 2, quotaPages: 400)
    try machine.boot()
    #expect(
      try machine.negotiate(0, pages: 401)
        == .denied(DenialReason(.quota, limit: 400, asked: 401)))
    // 512 pages; once a quarter would be all that is left, nobody gets more than half.
    #expect(try machine.negotiate(0, pages: 300)?.records?.count == 1)
    #expect(
      try machine.negotiate(0, pages: 85)
        == .denied(DenialReason(.fairShare, limit: 256, asked: 385)))
    #expect(try machine.negotiate(1, pages: 212)?.records?.count == 1)
    #expect(machine.inconsistencies() == [])
  }
}

@Suite struct HostileGuestTests {
  @Test(arguments: 1...4) func garbageInTheChannelHoldsNobodyUp(seed: Int) throws {
    var machine = try TestMachine()
    try machine.control.boot(machine.controlPort, events: &machine.controlEvents)
    try machine.boot(0)
    var chance = SeededGenerator(seed: UInt64(seed))
    let port = machine.port(1)
    let channel = machine.channels[1].guest.rawValue
    let queue = RealAddress(0x40c0_0000)
    #expect(port.coreTrap(0, APIGroup.ldc.rawValue, 1, 0).status == .ok)
    #expect(port.fastTrap(HypercallNumber.ldcTxQConf, channel, queue.rawValue, 64).status == .ok)
    #expect(
      port.fastTrap(HypercallNumber.ldcRxQConf, channel, queue.rawValue + 0x2000, 64).status == .ok)
    var tail = port.fastTrap(HypercallNumber.ldcTxGetState, channel).ret2
    for _ in 0..<40 {
      for _ in 0..<(1 + chance.below(20)) {
        var packet = (0..<64).map { _ in UInt8(truncatingIfNeeded: chance.next()) }
        // Every other packet looks like one of the link protocol.
        if chance.below(2) == 0 {
          packet[0] = 1 << UInt8(chance.below(2))
          packet[1] = 1 << UInt8(chance.below(3))
          packet[2] = UInt8(chance.below(5))
          packet[3] = packet[0] == 1 ? 3 : UInt8(0xc0 + chance.below(49))
          packet.replaceSubrange(4..<8, with: [0, 0, 0, UInt8(chance.below(4))])
        }
        port.write(RealAddress(queue.rawValue + tail), packet)
        tail = (tail + 64) % 0x1000
      }
      port.fastTrap(HypercallNumber.ldcTxSetQTail, channel, tail)
      machine.run(steps: 20)
      tail = port.fastTrap(HypercallNumber.ldcTxGetState, channel).ret2
    }
    #expect(try machine.negotiate(0, pages: 3)?.records?.count == 1)
    try machine.boot(1)
    machine.run(steps: 4000) { $0.guests[1].agent.phase == .ready }
    #expect(try machine.negotiate(1, pages: 3)?.records?.count == 1)
    #expect(machine.inconsistencies() == [])
  }

  @Test func aGuestWithoutMemoryForItsQueuesDoesNotBoot() throws {
    var machine = try TestMachine(guests: 1)
    machine.guests[0] = GuestDomainSoftware(
      configuration: SoftwareConfiguration(
        domain: machine.guestIDs[0], incarnation: 1, memoryBase: RealAddress(0x4000_0000),
        memorySize: 0x4000, windows: [TestMachine.window]),
      channel: ChannelAttachment(channel: machine.channels[0].guest))
    #expect(throws: BootError.outOfMemory(bytes: 8192)) { try machine.boot(0) }
    #expect(machine.guests[0].bootError == .outOfMemory(bytes: 8192))
  }

  @Test func aGuestWithoutItsChannelDoesNotBoot() throws {
    var machine = try TestMachine(guests: 1)
    machine.guests[0] = TestMachine.guest(
      machine.guestIDs[0], ChannelID(9), 1, TestMachine.window)
    let error = #expect(throws: BootError.self) { try machine.boot(0) }
    #expect(error?.code == "boot_channel")
    #expect(error?.message.contains("channel 9") == true)
  }
}
