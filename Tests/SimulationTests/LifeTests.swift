import DMA
import Hypervisor
import Negotiation
import Simulation
import Sun4v
import Testing

@Suite struct BootTests {
  @Test func aDifferentReservedRangeRefusesTheBootAndNothingHasHappened() throws {
    let machine = try Machine(MachineConfiguration())
    var bus = RootComplexConfiguration(name: "pci@400", handle: DeviceHandle(rawValue: 0x400))
    bus.windowSize = 64 << 20
    _ = try machine.addRootComplex(bus)
    _ = try machine.addGuest(
      name: "odd", memory: ByteSize(64 << 20),
      reservedRange: BusAddressRange(base: DVMAAddress(0x8000_0000), size: 1 << 20))
    let before = try machine.snapshot()
    let error = try #require(throws: MachineError.self) { try machine.boot() }
    #expect(error.code == .reservedRangeMismatch)
    #expect(error.message.contains("odd"))
    #expect(error.message.contains("0x0000000080000000"))
    #expect(!machine.isBooted)
    #expect(try machine.snapshot() == before)
  }

  @Test func aMachineWithoutRootComplexBoots() throws {
    let machine = try Machine(MachineConfiguration())
    let guest = try machine.addGuest(name: "ldg1", memory: ByteSize(64 << 20))
    try machine.boot()
    #expect(machine.isRunning(guest))
    try machine.check()
  }

  @Test func aDomainHasAtLeastAMebibyteAndNoMoreThanRealAddressesReach() throws {
    let machine = try Machine(MachineConfiguration())
    for size: UInt64 in [0, 8192, (1 << 20) + 1, 1 << 40, .max] {
      let error = #expect(throws: MachineError.self) {
        try machine.addGuest(name: "ldg1", memory: ByteSize(size))
      }
      #expect(error?.code == .invalidArgument)
    }
  }
}

@Suite struct LifeTests {
  @Test(arguments: [true, false])
  func nothingIsLeftOfAGuestThatEnds(inGoodOrder: Bool) throws {
    let setup = try TwoGuests()
    let machine = setup.machine
    let grant = try setup.negotiate(setup.first, pages: 4)
    let buffer = try machine.allocate(setup.first, 32 << 10)
    let mapping = try machine.map(
      setup.first,
      MappingRequest(
        buffer: buffer, length: 32 << 10, place: .grant(grant), direction: .bidirectional))
    let base = mapping.record.base
    if inGoodOrder { try machine.stop(setup.first) } else { try machine.crash(setup.first) }
    try machine.run(until: machine.now.advanced(byNanoseconds: 10_000_000))
    #expect(machine.state(of: grant) == .released)
    #expect(try machine.rootComplex(setup.bus).grants.count == 0)
    #expect(try machine.rootComplex(setup.bus).table.validCount == 0)
    #expect(throws: MachineError.self) {
      try machine.deviceRead(setup.bus, requester: setup.net0, base, count: 8)
    }
    try machine.check()
  }

  @Test func aGuestComesBackAndNegotiatesAgain() throws {
    let setup = try TwoGuests()
    let machine = setup.machine
    _ = try setup.negotiate(setup.first, pages: 4)
    try machine.crash(setup.first)
    try machine.reboot(setup.first)
    let again = try setup.negotiate(setup.first, pages: 4)
    #expect(machine.state(of: again) == .live)
    #expect(machine.grants(of: setup.first) == [again])
    try machine.check()
  }

  @Test func guestsFindARebootedControlDomainAgain() throws {
    let setup = try TwoGuests()
    let machine = setup.machine
    let grant = try setup.negotiate(setup.first, pages: 4)
    try machine.reboot(Machine.control)
    try machine.run(until: machine.now.advanced(byNanoseconds: 5_000_000_000))
    #expect(machine.state(of: grant) == .released)
    let again = try setup.negotiate(setup.second, pages: 2)
    #expect(machine.state(of: again) == .live)
    try machine.check()
  }

  @Test func theControlDomainMapsInItsPrivatePartOnly() throws {
    let setup = try TwoGuests()
    let machine = setup.machine
    let buffer = try machine.allocate(Machine.control, 16 << 10)
    let mapping = try machine.map(
      Machine.control,
      MappingRequest(
        buffer: buffer, length: 16 << 10, place: .privatePart(setup.bus),
        direction: .bidirectional))
    let base = mapping.record.base
    #expect(try !machine.reservedRange(of: setup.bus).contains(base, size: 1))
    try Array("dma".utf8).withUnsafeBytes {
      try machine.deviceWrite(setup.bus, requester: setup.net0, base, $0)
    }
    #expect(try machine.read(buffer, at: 0, count: 3) == Array("dma".utf8))
    try machine.unmap(mapping.id)
    try machine.free(buffer)
    try machine.check()
  }
}

@Suite struct SnapshotTests {
  @Test func aRestoredMachineGoesOnTheSameWay() throws {
    let setup = try TwoGuests()
    let machine = setup.machine
    let before = try machine.snapshot()
    let first = try setup.negotiate(setup.first, pages: 3)
    let after = try machine.snapshot()
    #expect(before != after)
    try machine.restore(before)
    #expect(try machine.snapshot() == before)
    #expect(machine.state(of: first) == .released)
    #expect(try setup.negotiate(setup.first, pages: 3) == first)
    #expect(try machine.snapshot() == after)
    #expect(try machine.snapshot().hashValue == after.hashValue)
  }

  @Test func theSameStepsGiveTheSameEvents() throws {
    func events() throws -> [TimedEvent] {
      let setup = try TwoGuests(seed: 9)
      setup.machine.hypervisor.events.isListening = true
      let grant = try setup.negotiate(setup.first, pages: 3)
      try setup.machine.release(grant)
      return setup.machine.hypervisor.events.drain()
    }
    let first = try events()
    #expect(first.count > 20)
    #expect(try events() == first)
  }
}
