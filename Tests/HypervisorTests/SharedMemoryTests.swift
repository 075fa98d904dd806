import Sun4v
import Testing

@testable import Hypervisor

@Suite struct SharedMemoryTests {
  static let tableBase: UInt64 = 0x8040_0000
  static let page = RealAddress(0x8050_0000)

  /// Left exports one 8 KiB page through entry 1 of a table of 8.
  private func export(
    _ fixture: ChannelFixture, _ rights: SharedPageRights, pageSize: PageSize = .size8K
  ) {
    #expect(
      fixture.call(
        fixture.left, "ldc_set_map_table", fixture.leftChannel.rawValue, Self.tableBase, 8
      ).status == .ok)
    let entry = MapTableEntry(page: Self.page, pageSize: pageSize, rights: rights)
    fixture.left.storeWord(entry.rawValue, at: RealAddress(Self.tableBase + 16))
    fixture.left.storeWord(0, at: RealAddress(Self.tableBase + 24))
  }

  private let cookie = SharedMemoryCookie(pageSize: .size8K, index: 1, offset: 0).rawValue

  private func importPage(_ fixture: ChannelFixture) -> HypercallResult {
    fixture.call(fixture.right, "ldc_mapin", fixture.rightChannel.rawValue, cookie)
  }

  @Test(arguments: [ConformanceMode.deployed, .specified])
  func copiesBothWaysWithinTheRights(mode: ConformanceMode) throws {
    let fixture = try ChannelFixture(conformance: mode)
    export(fixture, [.copyIn, .copyOut])
    let local = RealAddress(0x8060_0000)
    let channel = fixture.rightChannel.rawValue
    fixture.left.write(Self.page, Array(0..<64))
    let inward = fixture.call(
      fixture.right, "ldc_copy", channel, 0, cookie, local.rawValue, 64)
    #expect(inward.status == .ok && inward.values == [64])
    #expect(fixture.right.read(local, count: 64) == Array(0..<64))
    fixture.right.write(local, Array(repeating: 9, count: 64))
    let outward = fixture.call(
      fixture.right, "ldc_copy", channel, 1, cookie + 0x40, local.rawValue, 64)
    #expect(outward.values == [64])
    #expect(
      fixture.left.read(Self.page, count: 128)
        == Array(0..<64) + Array(repeating: 9, count: 64))
  }

  @Test func anImportIsReachedByTheCPUOnT1AndNotOnT2() throws {
    for (model, reachable) in [(MachineModel.t1, true), (.t2, false)] {
      let fixture = try ChannelFixture(model: model)
      export(fixture, [.read])
      fixture.left.storeWord(42, at: Self.page)
      let imported = importPage(fixture)
      #expect(imported.values == [0x40_0000_0000, 1])
      let address = RealAddress(imported.ret1)
      #expect(fixture.right.loadWord(address) == (reachable ? 42 : nil))
      #expect(!fixture.right.storeWord(1, at: address))
      #expect(fixture.right.loadWord(RealAddress(imported.ret1 + 8192)) == nil)
    }
  }

  @Test func slotsAreGivenOutLastFreedFirst() throws {
    let fixture = try ChannelFixture()
    export(fixture, [.read])
    let first = (0..<3).map { _ in importPage(fixture).ret1 }
    #expect(first == [0x40_0000_0000, 0x40_1000_0000, 0x40_2000_0000])
    for address in [first[0], first[2]] {
      #expect(fixture.call(fixture.right, "ldc_unmap", address).status == .ok)
      #expect(fixture.call(fixture.right, "ldc_unmap", address).status == .noMapping)
    }
    #expect((0..<3).map { _ in importPage(fixture).ret1 } == [first[2], first[0], 0x40_3000_0000])
  }

  @Test func thereAre4096Slots() throws {
    let fixture = try ChannelFixture()
    export(fixture, [.read])
    for _ in 0..<4096 { #expect(importPage(fixture).status == .ok) }
    #expect(importPage(fixture).status == .tooMany)
  }

  @Test func asSpecifiedTheExporterSeesAndRevokesTheUse() throws {
    let fixture = try ChannelFixture(conformance: .specified)
    export(fixture, [.read])
    fixture.left.storeWord(42, at: Self.page)
    let address = RealAddress(importPage(fixture).ret1)
    let entry = RealAddress(Self.tableBase + 16)
    let revocation = fixture.left.loadWord(RealAddress(Self.tableBase + 24)) ?? 0
    #expect(revocation != 0)
    #expect((fixture.left.loadWord(entry) ?? 0) & MapTableEntry.inUse != 0)
    let channel = fixture.leftChannel.rawValue
    #expect(fixture.right.loadWord(address) == 42)
    #expect(fixture.call(fixture.left, "ldc_revoke", channel, cookie, 999).status == .invalid)
    #expect(
      fixture.call(fixture.left, "ldc_revoke", channel, cookie + 8, 1).status == .badAlignment)
    #expect(fixture.call(fixture.left, "ldc_revoke", channel, cookie, revocation).status == .ok)
    #expect(fixture.right.loadWord(address) == nil)
    #expect(fixture.left.loadWord(RealAddress(Self.tableBase + 24)) == 0)
    #expect((fixture.left.loadWord(entry) ?? 0) & MapTableEntry.inUse == 0)
    #expect(fixture.call(fixture.left, "ldc_revoke", channel, cookie, revocation).status == .ok)
  }

  @Test func asSpecifiedRevocationReachesIntoTheIOMMU() throws {
    let fixture = try ChannelFixture(model: .t1, conformance: .specified)
    let owner = fixture.right.domain
    let bus = try fixture.hypervisor.state.addRootComplex(
      RootComplexConfiguration(name: "pci@780", handle: DeviceHandle(rawValue: 0x780)),
      owner: owner)
    export(fixture, [.ioRead])
    let address = importPage(fixture).ret1
    let list: UInt64 = 0x8060_0000
    fixture.right.storeWord(address, at: RealAddress(list))
    func map(_ attributes: UInt64) -> HypercallResult {
      fixture.call(fixture.right, "pci_iommu_map", 0x780, 7, 1, attributes, list)
    }
    #expect(map(3).status == .noAccess)
    #expect(map(1).values.first == 1)
    #expect(fixture.hypervisor.state.rootComplex(bus)?.validEntries(of: owner) == 1)
    #expect(fixture.call(fixture.right, "ldc_unmap", address).status == .wouldBlock)
    let revocation = fixture.left.loadWord(RealAddress(Self.tableBase + 24)) ?? 0
    #expect(
      fixture.call(
        fixture.left, "ldc_revoke", fixture.leftChannel.rawValue, cookie, revocation
      ).status == .ok)
    #expect(fixture.hypervisor.state.rootComplex(bus)?.validEntries(of: owner) == 0)
    #expect(fixture.call(fixture.right, "ldc_unmap", address).status == .noMapping)
  }

  @Test func asDeployedNothingIsRevoked() throws {
    let fixture = try ChannelFixture()
    #expect(fixture.call(fixture.left, "ldc_revoke", 0, 0, 0).status == .notSupported)
  }
}

@Suite struct ChannelConstructionTests {
  @Test func numbersAreTheLowestFreeAndInterruptsFollowThem() throws {
    var state = HypervisorState(model: .t2)
    let domains = (0..<3).map { state.addDomain(name: "d\($0)", role: .guest) }
    let first = try state.connectChannel(domains[0], domains[1])
    let second = try state.connectChannel(domains[0], domains[2])
    #expect(first == (ChannelID(0), ChannelID(0)))
    #expect(second == (ChannelID(1), ChannelID(0)))
    #expect(state.peerDomain(of: ChannelID(1), for: domains[0]) == domains[2])
    let end = state.domain(domains[0])?.channels[ChannelID(1)]
    #expect(end?.transmitInterrupt.number == 2 && end?.receiveInterrupt.number == 3)
    let removed = state.disconnectChannel(ChannelID(0), of: domains[1])
    #expect(removed)
    #expect(state.domain(domains[0])?.channels.liveChannels == [ChannelID(1)])
    #expect(state.domain(domains[1])?.channels == ChannelTable())
    #expect(state.peerDomain(of: ChannelID(0), for: domains[0]) == nil)
    let third = try state.connectChannel(domains[0], domains[1])
    #expect(third == (ChannelID(0), ChannelID(0)))
  }

  @Test func whatIsTakenOrOutOfRangeIsRefusedWholly() throws {
    var state = HypervisorState(model: .t2)
    let (a, b) = (
      state.addDomain(name: "a", role: .control), state.addDomain(name: "b", role: .guest)
    )
    _ = try state.connectChannel(
      ChannelEnd(a, channel: ChannelID(5), transmitInterrupt: 100, receiveInterrupt: 101),
      ChannelEnd(b))
    let before = state
    let refused: [(ChannelEnd, ChannelEnd, String)] = [
      (ChannelEnd(a, channel: ChannelID(5)), ChannelEnd(b), "channel-taken"),
      (ChannelEnd(a, channel: ChannelID(256)), ChannelEnd(b), "channel-taken"),
      (ChannelEnd(a), ChannelEnd(b, transmitInterrupt: 512), "interrupt-taken"),
      (ChannelEnd(a, transmitInterrupt: 101), ChannelEnd(b), "interrupt-taken"),
      (ChannelEnd(a, transmitInterrupt: 7, receiveInterrupt: 7), ChannelEnd(b), "interrupt-taken"),
      (ChannelEnd(a), ChannelEnd(DomainID(9)), "no-domain"),
    ]
    for (left, right, code) in refused {
      #expect {
        _ = try state.connectChannel(left, right)
      } throws: {
        ($0 as? ChannelConstructionError)?.code == code
      }
      #expect(state == before)
    }
  }

  @Test func aDomainHas256Channels() throws {
    var state = HypervisorState(model: .t2)
    let (a, b) = (
      state.addDomain(name: "a", role: .control), state.addDomain(name: "b", role: .guest)
    )
    for _ in 0..<256 { _ = try state.connectChannel(a, b) }
    #expect(throws: ChannelConstructionError.noFreeChannel(a, limit: 256)) {
      _ = try state.connectChannel(a, b)
    }
  }
}
