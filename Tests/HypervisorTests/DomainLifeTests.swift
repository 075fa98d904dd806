import Sun4v
import Testing

@testable import Hypervisor

@Suite struct DomainLifeTests {
  @Test func theFarEndOfAStoppedDomainsChannelIsToldAndReadsDown() throws {
    let fixture = try ChannelFixture()
    fixture.configureQueues()
    fixture.armRight()
    let channel = fixture.rightChannel.rawValue
    #expect(fixture.call(fixture.right, "ldc_rx_get_state", channel).ret3 == 1)
    fixture.hypervisor.state.stopDomain(fixture.left.domain)
    #expect(fixture.right.takeMondo() != nil)
    #expect(fixture.call(fixture.right, "ldc_rx_get_state", channel).ret3 == 0)
    let end = try #require(
      fixture.hypervisor.state.domain(fixture.left.domain)?.channels[fixture.leftChannel])
    #expect(end.transmit == ChannelQueue() && end.receive == ChannelQueue())
    #expect(!end.isUpdated)
    #expect(fixture.hypervisor.state.domain(fixture.left.domain)?.lifeState == .stopped)
  }

  @Test func aDomainWithoutAReceiveQueueKeepsItsTransmitOffsets() throws {
    let fixture = try ChannelFixture()
    _ = fixture.call(
      fixture.left, "ldc_tx_qconf", fixture.leftChannel.rawValue, ChannelFixture.transmitBase, 64)
    #expect(fixture.send(1) == .ok)
    fixture.hypervisor.state.stopDomain(fixture.left.domain)
    let queue = fixture.hypervisor.state.domain(fixture.left.domain)?
      .channels[fixture.leftChannel]?.transmit
    #expect(queue?.size == 0 && queue?.tail == 64)
    #expect(queue?.base == RealAddress(ChannelFixture.transmitBase))
  }

  @Test func interruptsOfAResetDomainLoseTheirTarget() throws {
    let fixture = try ChannelFixture()
    fixture.configureQueues()
    fixture.armRight()
    #expect(fixture.send(1) == .ok)
    fixture.hypervisor.state.resetDomain(fixture.right.domain)
    let record = try #require(fixture.hypervisor.state.domain(fixture.right.domain))
    #expect(record.lifeState == .normal)
    #expect(record.channels[fixture.rightChannel]?.receiveInterrupt.target == nil)
    #expect(!fixture.hypervisor.state.hasPendingMondo(fixture.right.domain))
    #expect(fixture.right.queueRegisters(.device)?.head == 0)
  }

  @Test(arguments: [ConformanceMode.deployed, .specified])
  func exportsAreRevokedOnExitOnlyAsSpecified(mode: ConformanceMode) throws {
    let fixture = try ChannelFixture(model: .t1, conformance: mode)
    let table = SharedMemoryTests.tableBase
    _ = fixture.call(
      fixture.left, "ldc_set_map_table", fixture.leftChannel.rawValue, table, 8)
    let entry = MapTableEntry(page: SharedMemoryTests.page, pageSize: .size8K, rights: [.read])
    fixture.left.storeWord(entry.rawValue, at: RealAddress(table + 16))
    let imported = fixture.call(
      fixture.right, "ldc_mapin", fixture.rightChannel.rawValue, 1 << 13)
    #expect(imported.status == .ok)
    fixture.hypervisor.state.stopDomain(fixture.left.domain)
    let stays = mode == .deployed
    #expect((fixture.right.loadWord(RealAddress(imported.ret1)) != nil) == stays)
  }

  @Test(arguments: [MachineModel.t1, .t2])
  func aResetOfTheOwnerClearsTheBus(model: MachineModel) throws {
    let fixture = try BusFixture(model: model)
    fixture.armMSI(fixture.owner)
    fixture.armMSI(fixture.borrower)
    let list: UInt64 = 0x8060_0000
    fixture.owner.storeWord(0x8070_0000, at: RealAddress(list))
    let last: UInt64 = model == .t1 ? 0x3ffbf : 0x3ffff
    for index in [5, last] {
      let mapped = fixture.call(fixture.owner, "pci_iommu_map", fixture.handle, index, 1, 3, list)
      #expect(mapped.status == .ok)
    }
    fixture.hypervisor.state.resetDomain(fixture.owner.domain)
    let rootComplex = try #require(fixture.hypervisor.state.rootComplex(fixture.bus))
    // The T1 code leaves the last usable entry.
    #expect(rootComplex.table.validCount == (model == .t1 ? 1 : 0))
    #expect(rootComplex.validEntries(of: fixture.owner.domain) == rootComplex.table.validCount)
    #expect(rootComplex.bus.views.map(\.domain) == [fixture.borrower.domain])
    let ignored = fixture.hypervisor.state.signalMSI(
      fixture.bus, number: 7, requester: BusFixture.nic)
    #expect(ignored == .notValid)
  }

  @Test func aStoppedGuestHasNoEntriesLeft() throws {
    let fixture = try BusFixture()
    let channel = fixture.channels.leftChannel.rawValue
    #expect(
      fixture.call(fixture.owner, "dvma_grant", fixture.handle, 64, 16, channel).status == .ok)
    let list: UInt64 = 0x8060_0000
    fixture.borrower.storeWord(0x8070_0000, at: RealAddress(list))
    #expect(
      fixture.call(fixture.borrower, "pci_iommu_map", fixture.handle, 70, 1, 3, list).status == .ok)
    fixture.hypervisor.state.stopDomain(fixture.borrower.domain)
    let rootComplex = try #require(fixture.hypervisor.state.rootComplex(fixture.bus))
    #expect(rootComplex.table.validCount == 0)
    #expect(rootComplex.grants.count(of: fixture.borrower.domain) == 1)
  }
}

@Suite struct ErrorReportTests {
  private let report = Mondo(SIMD8(1, 0, 1 << 32, 0, 0, 0, 0, 0))

  @Test func theReportThatFillsTheQueueSaysSo() throws {
    let fixture = try ChannelFixture()
    let domain = fixture.left.domain
    _ = fixture.call(fixture.left, "cpu_qconf", 0x3e, ChannelFixture.mondoBase, 4)
    let outcomes = (0..<5).map { _ in
      fixture.hypervisor.state.postResumableError(report, to: domain, processor: 0)
    }
    #expect(outcomes == [.queued, .queued, .queued, .dropped, .dropped])
    var attributes: [Bool] = []
    while let taken = fixture.left.takeMondo(.resumableError) {
      attributes.append(taken.words[2] & 1 << 31 != 0)
    }
    #expect(attributes == [false, false, true])
  }

  @Test func aCPUThatCannotReportIsInErrorAndAnotherIsTold() throws {
    let fixture = try ChannelFixture()
    let domain = fixture.left.domain
    fixture.hypervisor.state.setProcessors(of: domain, ids: [0, 1])
    fixture.left.run(onProcessor: 1)
    _ = fixture.call(fixture.left, "cpu_qconf", 0x3e, ChannelFixture.mondoBase, 4)
    let first = fixture.hypervisor.state.postNonresumableError(report, to: domain, processor: 0)
    #expect(first == .processorInError)
    #expect(fixture.left.takeMondo(.resumableError, processor: 1) != nil)
    let mondo = fixture.hypervisor.state.postDeviceMondo(
      Mondo(source: 1), to: domain, processor: 0)
    #expect(!mondo)
    let second = fixture.hypervisor.state.postNonresumableError(report, to: domain, processor: 1)
    #expect(second == .domainMustReset)
  }
}
