import Sun4v
import Testing

@testable import Hypervisor

@Suite struct MSITests {
  private func record(_ port: DomainPort, _ index: UInt64) -> [UInt64] {
    (0..<8).map { word in
      port.loadWord(RealAddress(BusFixture.ringBase + index * 64 + word * 8)) ?? .max
    }
  }

  @Test(arguments: [MachineModel.t1, .t2])
  func anMSIBecomesARecordAndAMondo(model: MachineModel) throws {
    let fixture = try BusFixture(model: model)
    fixture.armMSI(fixture.owner)
    let outcome = fixture.hypervisor.state.signalMSI(
      fixture.bus, number: 7, requester: BusFixture.nic)
    #expect(outcome == .queued)
    #expect(fixture.owner.takeMondo() == Mondo(source: fixture.sysino(27)))
    #expect(fixture.call(fixture.owner, "pci_msiq_gettail", fixture.handle, 3).values == [64])
    #expect(record(fixture.owner, 0) == [2, 0, 0, 0, 0x100, 0x7fff_0000, 7, 0])
    // Until it is set idle, the MSI does not come again.
    let again = fixture.hypervisor.state.signalMSI(
      fixture.bus, number: 7, requester: BusFixture.nic)
    #expect(again == .pending)
    #expect(fixture.call(fixture.owner, "pci_msi_getstate", fixture.handle, 7).values == [1])
    fixture.call(fixture.owner, "pci_msi_setstate", fixture.handle, 7, 0)
    let third = fixture.hypervisor.state.signalMSI(
      fixture.bus, address: DVMAAddress(0x3_ffff_0000), data: 7, requester: BusFixture.nic)
    #expect(third == .queued)
    #expect(record(fixture.owner, 1)[0] == 3)
  }

  @Test func theQueueRaisesItsInterruptWhileItHoldsRecords() throws {
    let fixture = try BusFixture()
    fixture.armMSI(fixture.owner)
    _ = fixture.hypervisor.state.signalMSI(fixture.bus, number: 7, requester: BusFixture.nic)
    #expect(fixture.owner.takeMondo() != nil)
    #expect(fixture.owner.takeMondo() == nil)
    fixture.call(fixture.owner, "intr_setstate", fixture.sysino(27), 0)
    #expect(fixture.owner.takeMondo() != nil)
    fixture.call(fixture.owner, "pci_msiq_sethead", fixture.handle, 3, 64)
    fixture.call(fixture.owner, "intr_setstate", fixture.sysino(27), 0)
    #expect(fixture.owner.takeMondo() == nil)
  }

  @Test func aFullQueueGoesIntoTheErrorState() throws {
    let fixture = try BusFixture()
    fixture.armMSI(fixture.owner)
    for _ in 0..<127 {
      let outcome = fixture.hypervisor.state.signalMSI(
        fixture.bus, number: 7, requester: BusFixture.nic)
      #expect(outcome == .queued)
      fixture.call(fixture.owner, "pci_msi_setstate", fixture.handle, 7, 0)
    }
    let outcome = fixture.hypervisor.state.signalMSI(
      fixture.bus, number: 7, requester: BusFixture.nic)
    #expect(outcome == .overflow)
    #expect(fixture.call(fixture.owner, "pci_msiq_getstate", fixture.handle, 3).values == [1])
    #expect(fixture.call(fixture.owner, "pci_msiq_getvalid", fixture.handle, 3).values == [.max])
    fixture.call(fixture.owner, "pci_msiq_setstate", fixture.handle, 3, 0)
    #expect(fixture.call(fixture.owner, "pci_msiq_getstate", fixture.handle, 3).values == [0])
  }

  @Test func anInterruptThatNobodyTakesIsRemembered() throws {
    let fixture = try BusFixture()
    fixture.armMSI(fixture.owner)
    fixture.call(fixture.owner, "intr_setenabled", fixture.sysino(27), 0)
    _ = fixture.hypervisor.state.signalMSI(fixture.bus, number: 7, requester: BusFixture.nic)
    #expect(fixture.owner.takeMondo() == nil)
    #expect(fixture.call(fixture.owner, "intr_getstate", fixture.sysino(27)).values == [1])
    fixture.call(fixture.owner, "intr_setenabled", fixture.sysino(27), 1)
    #expect(fixture.owner.takeMondo() != nil)
    #expect(fixture.call(fixture.owner, "intr_getstate", fixture.sysino(27)).values == [2])
  }

  @Test func aBorrowersFunctionInterruptsTheBorrower() throws {
    let fixture = try BusFixture()
    fixture.armMSI(fixture.owner)
    fixture.armMSI(fixture.borrower)
    let outcome = fixture.hypervisor.state.signalMSI(
      fixture.bus, number: 7, requester: BusFixture.disk)
    #expect(outcome == .queued)
    #expect(fixture.owner.takeMondo() == nil)
    #expect(fixture.borrower.takeMondo() == Mondo(source: fixture.sysino(27)))
    #expect(record(fixture.borrower, 0)[4] == 0x200)
    #expect(record(fixture.owner, 0)[0] == 0)
  }

  @Test func messagesGoToTheOwner() throws {
    let fixture = try BusFixture()
    fixture.armMSI(fixture.owner)
    let ignored = fixture.hypervisor.state.signalMessage(
      fixture.bus, .fatalError, requester: BusFixture.disk)
    #expect(ignored == .notValid)
    fixture.call(fixture.owner, "pci_msg_setmsiq", fixture.handle, 0x33, 3)
    fixture.call(fixture.owner, "pci_msg_setvalid", fixture.handle, 0x33, 1)
    let outcome = fixture.hypervisor.state.signalMessage(
      fixture.bus, .fatalError, requester: BusFixture.disk, routing: 2, target: 0x1234)
    #expect(outcome == .queued)
    #expect(record(fixture.owner, 0) == [1, 0, 0, 0, 0x200, 0, 0x34_0002_0033, 0])
  }

  @Test func addressesAndDataOutsideTheWindowsAreNoInterrupts() throws {
    let fixture = try BusFixture()
    fixture.armMSI(fixture.owner)
    for (address, data) in [(0x7ffe_fffc, 7), (0x8000_0000, 7), (0x7fff_0000, 256)] {
      let outcome = fixture.hypervisor.state.signalMSI(
        fixture.bus, address: DVMAAddress(UInt64(address)), data: UInt32(data),
        requester: BusFixture.nic)
      #expect(outcome == .notAnInterrupt)
    }
  }

  @Test func aWriteToAnMSIAddressIsAnInterrupt() throws {
    let fixture = try BusFixture()
    fixture.armMSI(fixture.owner)
    func write(_ bytes: [UInt8]) -> DeviceTransfer {
      bytes.withUnsafeBytes {
        fixture.hypervisor.state.deviceWrite(
          fixture.bus, requester: BusFixture.nic, DVMAAddress(0x7fff_0000), from: $0)
      }
    }
    let sent = write([7, 0, 0, 0])
    #expect(sent.fault == nil && sent.bytes == 4)
    #expect(fixture.owner.takeMondo() == Mondo(source: fixture.sysino(27)))
    #expect(write([7, 0]).fault != nil)
    #expect(write([0, 1, 0, 0]).fault != nil)
  }

  @Test func asSpecifiedCookiesReplaceSystemInterruptNumbers() throws {
    let fixture = try BusFixture(conformance: .specified)
    fixture.owner.coreTrap(0, APIGroup.interrupt.rawValue, 2, 0)
    fixture.armMSI(fixture.owner)
    #expect(
      fixture.call(fixture.owner, "intr_getstate", fixture.sysino(27)).status == .notSupported)
    for (name, value) in [
      ("vintr_setcookie", 0xfeed00), ("vintr_settarget", 0), ("vintr_setvalid", 1),
    ] as [(String, UInt64)] {
      #expect(fixture.call(fixture.owner, name, fixture.handle, 27, value).status == .ok)
    }
    #expect(
      fixture.call(fixture.owner, "vintr_setcookie", fixture.handle, 27, 5).status == .invalid)
    _ = fixture.hypervisor.state.signalMSI(fixture.bus, number: 7, requester: BusFixture.nic)
    #expect(fixture.owner.takeMondo() == Mondo(source: 0xfeed00))
  }

  @Test func pinsAreInterrupts20To23() throws {
    let fixture = try BusFixture()
    fixture.call(fixture.owner, "intr_settarget", fixture.sysino(22), 0)
    fixture.call(fixture.owner, "intr_setenabled", fixture.sysino(22), 1)
    let raised = fixture.hypervisor.state.raisePin(.c, of: BusFixture.nic, on: fixture.bus)
    #expect(raised)
    #expect(fixture.owner.takeMondo() == Mondo(source: fixture.sysino(22)))
  }

  @Test func interruptCallsCheckNumberValueAndCPU() throws {
    let fixture = try BusFixture()
    let owner = fixture.owner
    #expect(fixture.call(owner, "intr_devino_to_sysino", 0, 64).values == [64])
    #expect(fixture.call(owner, "intr_devino_to_sysino", 0, 65).status == .invalid)
    #expect(fixture.call(owner, "intr_devino_to_sysino", 0x800, 1).status == .invalid)
    #expect(fixture.call(owner, "intr_setenabled", 27, 2).status == .invalid)
    #expect(fixture.call(owner, "intr_setenabled", 2048, 1).status == .invalid)
    #expect(fixture.call(owner, "intr_setenabled", 64, 1).status == .invalid)
    #expect(fixture.call(owner, "intr_setstate", 27, 3).status == .invalid)
    #expect(fixture.call(owner, "intr_settarget", 27, 9).status == .noCPU)
    fixture.call(owner, "intr_setstate", 27, 1)
    #expect(fixture.call(owner, "intr_getstate", 27).values == [2])
  }
}
