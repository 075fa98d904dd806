import DMA
import Hypervisor
import Negotiation
import Sun4v
import Testing

/// The space that a driver has in hand, and how it goes back.
@Suite struct GrantCacheTests {
  @Test func anIdleGrantThatIsWantedBackGoesAtOnce() throws {
    var setup = try DriverFixture(space: 0)
    setup.driver.add(.grant(GrantID(7)), window: 0, firstIndex: 16, pages: 8)
    #expect(setup.driver.holds(GrantID(7)))
    setup.driver.revokeAsked(GrantID(7))
    let returned = setup.driver.takeReturns()
    #expect(returned.map(\.source) == [.grant(GrantID(7))])
    #expect(returned.first?.wasAskedFor == true)
    #expect(!setup.driver.holds(GrantID(7)))
    #expect(setup.driver.checkInvariants().isEmpty)
  }

  @Test func aGrantInUseGoesWithItsLastMapping() throws {
    var setup = try DriverFixture(space: 0)
    setup.driver.add(.grant(GrantID(7)), window: 0, firstIndex: 16, pages: 8)
    let first = try setup.single(0, 8192)
    let second = try setup.single(0, 8192)
    setup.driver.revokeAsked(GrantID(7))
    #expect(!setup.driver.hasReturns)
    let step = try setup.driver.mapSingle(
      setup.port, device: setup.device, DriverFixture.piece(0, 1), .toDevice)
    guard case .needsSpace = step else {
      Issue.record("a grant that is wanted back was mapped in")
      return
    }
    try setup.driver.unmap(setup.port, first)
    #expect(!setup.driver.hasReturns)
    try setup.driver.unmap(setup.port, second)
    #expect(setup.driver.takeReturns().map(\.source) == [.grant(GrantID(7))])
    #expect(setup.driver.checkInvariants().isEmpty)
  }

  @Test func whatLayInALostGrantIsStale() throws {
    var setup = try DriverFixture(space: 0)
    setup.driver.add(.grant(GrantID(7)), window: 0, firstIndex: 16, pages: 2)
    setup.driver.add(.grant(GrantID(8)), window: 0, firstIndex: 64, pages: 8)
    let lost = try setup.single(0, 16384)
    let kept = try setup.single(0, 16384)
    setup.driver.lost(setup.port, GrantID(7))
    #expect(!setup.driver.isLive(lost) && setup.driver.isLive(kept))
    #expect(setup.driver.statistics.lost == 1 && setup.driver.statistics.heldPages == 8)
    #expect(!setup.driver.hasReturns)
    #expect(setup.driver.checkInvariants().isEmpty)
  }

  @Test func idleSpaceBeyondTheLimitGoesBack() throws {
    var setup = try DriverFixture(space: 0)
    try setup.driver.configure(CacheConfiguration(batchPages: 8, idlePages: 8))
    setup.driver.add(.grant(GrantID(1)), window: 0, firstIndex: 0, pages: 8)
    setup.driver.add(.grant(GrantID(2)), window: 0, firstIndex: 16, pages: 8)
    let first = try setup.single(0, 8 * 8192)
    let second = try setup.single(0, 8 * 8192)
    try setup.driver.unmap(setup.port, first)
    #expect(!setup.driver.hasReturns && setup.driver.statistics.idlePages == 8)
    try setup.driver.unmap(setup.port, second)
    #expect(setup.driver.takeReturns().count == 1)
    #expect(setup.driver.statistics.idlePages == 8)
  }
}
