import DMA
import Hypervisor
import Negotiation
import Simulation
import Sun4v
import Testing

/// The control domain takes grants back: in good order, by force, and at any moment.
@Suite struct RevocationTests {
  private func mapped(_ setup: TwoGuests) throws -> (GrantReference, MappingID) {
    let grant = try setup.negotiate(setup.first, pages: 2)
    let buffer = try setup.machine.allocate(setup.first, 8192)
    let mapping = try setup.machine.map(
      setup.first,
      MappingRequest(
        buffer: buffer, length: 8192, place: .grant(grant), direction: .bidirectional))
    return (grant, mapping.id)
  }

  private func settle(_ machine: Machine) throws {
    try machine.run(until: machine.now.advanced(byNanoseconds: 3_000_000_000))
    try machine.check()
  }

  @Test func aGuestInGoodOrderUnmapsAndGivesUp() throws {
    let setup = try TwoGuests()
    let (grant, mapping) = try mapped(setup)
    try setup.machine.revoke(grant, within: 100_000_000)
    let asked = setup.machine.now
    try setup.machine.run(until: asked.advanced(byNanoseconds: 50_000_000))
    #expect(setup.machine.state(of: grant) == .released)
    #expect(!setup.machine.isLive(mapping))
    #expect(try setup.machine.rootComplex(setup.bus).grants.count == 0)
    try settle(setup.machine)
  }

  @Test func aDeafGuestLosesItByForceAtTheDeadline() throws {
    let setup = try TwoGuests()
    let (grant, mapping) = try mapped(setup)
    try setup.machine.setIgnoresRevoke(setup.first, true)
    try setup.machine.revoke(grant, within: 100_000_000)
    try setup.machine.run(until: setup.machine.now.advanced(byNanoseconds: 50_000_000))
    #expect(setup.machine.state(of: grant) == .revoking)
    #expect(setup.machine.isLive(mapping))
    try settle(setup.machine)
    #expect(setup.machine.state(of: grant) == .released)
    #expect(!setup.machine.isLive(mapping))
    #expect(try setup.machine.rootComplex(setup.bus).table.validCount == 0)
  }

  /// A mapping of the DMA API, and the grant that it lies in.
  private func driven(_ setup: TwoGuests) throws -> (GrantReference, DriverMapping) {
    let buffer = try setup.machine.allocate(setup.first, 8192)
    let mapping = try setup.machine.mapSingle(
      setup.first, DeviceReference(rootComplex: setup.bus, function: setup.net0),
      BufferPiece(buffer, offset: 0, length: 8192), .bidirectional)
    return (try #require(setup.machine.grants(of: setup.first).first), mapping)
  }

  @Test(arguments: [false, true])
  func theDMAAPIOfADeafGuestKeepsItsGrantUntilTheDeadline(isIdle: Bool) throws {
    let setup = try TwoGuests()
    let machine = setup.machine
    let (grant, mapping) = try driven(setup)
    if isIdle { try machine.unmap(mapping) }
    try machine.setIgnoresRevoke(setup.first, true)
    try machine.revoke(grant, within: 100_000_000)
    let asked = machine.now
    try machine.run(until: asked.advanced(byNanoseconds: 90_000_000))
    #expect(machine.state(of: grant) == .revoking)
    let (other, second) = try driven(setup)
    #expect(other == grant, "it goes on mapping there")
    #expect(machine.now.rawValue < asked.rawValue + 100_000_000)
    try settle(machine)
    #expect(machine.state(of: grant) == .released)
    #expect(!machine.isLive(mapping) && !machine.isLive(second))
    #expect(try machine.rootComplex(setup.bus).table.validCount == 0)
    #expect(try machine.rootComplex(setup.bus).grants.count == 0)
  }

  @Test(arguments: [false, true])
  func whoHearsAgainGivesUpWhatTheDMAAPIHolds(wasAskedBefore: Bool) throws {
    let setup = try TwoGuests()
    let machine = setup.machine
    let (grant, mapping) = try driven(setup)
    if !wasAskedBefore { try machine.setIgnoresRevoke(setup.first, true) }
    try machine.revoke(grant, within: 1_000_000_000)
    let asked = machine.now
    try machine.run(until: asked.advanced(byNanoseconds: 10_000_000))
    if wasAskedBefore { try machine.setIgnoresRevoke(setup.first, true) }
    try machine.setIgnoresRevoke(setup.first, false)
    #expect(machine.state(of: grant) == .revoking)
    try machine.unmap(mapping)
    try machine.run(until: asked.advanced(byNanoseconds: 100_000_000))
    #expect(machine.state(of: grant) == .released)
    #expect(try machine.rootComplex(setup.bus).grants.count == 0)
    try settle(machine)
  }

  @Test func atOnceMeansBeforeAnythingElse() throws {
    let setup = try TwoGuests()
    let (grant, mapping) = try mapped(setup)
    let address = try setup.machine.mapping(mapping).base
    _ = try setup.machine.deviceRead(
      setup.bus, requester: setup.net0, address, count: 8)
    try setup.machine.revoke(grant, within: 0)
    #expect(try setup.machine.rootComplex(setup.bus).table.validCount == 0)
    #expect(throws: MachineError.self) {
      _ = try setup.machine.deviceRead(
        setup.bus, requester: setup.net0, address, count: 8)
    }
    try setup.machine.check()
    #expect(throws: MachineError.self) { try setup.machine.revoke(grant, within: 0) }
    try settle(setup.machine)
    #expect(setup.machine.state(of: grant) == .released)
  }

  @Test func controlCrashTakesEntriesAndItsRebootForgetsGrants() throws {
    let setup = try TwoGuests()
    let (grant, mapping) = try mapped(setup)
    try setup.machine.crash(Machine.control)
    try setup.machine.check()
    #expect(!setup.machine.isLive(mapping))
    try setup.machine.reboot(Machine.control)
    try settle(setup.machine)
    #expect(setup.machine.state(of: grant) == .released)
    _ = try setup.negotiate(setup.first, pages: 2)
    try setup.machine.check()
  }

  @Test func requestsDoNotRunTheClock() throws {
    let setup = try TwoGuests()
    let machine = setup.machine
    let handle = try machine.rootComplex(setup.bus).handle
    let before = machine.now
    let request = try machine.request(setup.first, GrantRequest(handle: handle, pages: 2))
    #expect(machine.now == before)
    #expect(machine.state(of: request) == .pending)
    try machine.run(until: machine.now.advanced(byNanoseconds: 100_000_000))
    #expect(machine.state(of: request) == .granted)
    let grant = try #require(machine.grants(of: request).first)
    let release = try machine.requestRelease(grant)
    #expect(machine.state(of: release) == .pending)
    try machine.run(until: machine.now.advanced(byNanoseconds: 100_000_000))
    #expect(machine.state(of: release) == .released)
    try machine.crash(setup.first)
    #expect(machine.state(of: request) == .gone)
  }
}
