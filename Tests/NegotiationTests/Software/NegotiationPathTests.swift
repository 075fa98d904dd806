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
