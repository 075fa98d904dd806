import Sun4v
import Testing

@testable import Hypervisor

@Suite struct ConfigurationSpaceTests {
  private func read(
    _ fixture: BusFixture, _ port: DomainPort, _ function: BusDeviceFunction, _ register: UInt64,
    _ size: UInt64 = 4, _ name: String = "pci_config_get"
  ) -> HypercallResult {
    fixture.call(port, name, fixture.handle, function.pciDevice, register, size)
  }

  @Test func aBaseAddressRegisterTellsItsSize() throws {
    let fixture = try BusFixture()
    let device = BusFixture.nic.pciDevice
    for register in [0x10, 0x14] as [UInt64] {
      #expect(
        fixture.call(
          fixture.owner, "pci_config_put", fixture.handle, device, register, 4, 0xffff_ffff
        ).values == [0])
    }
    #expect(read(fixture, fixture.owner, BusFixture.nic, 0x10).values == [0, 0xffff_0004])
    #expect(read(fixture, fixture.owner, BusFixture.nic, 0x14).values == [0, 0xffff_ffff])
    #expect(read(fixture, fixture.owner, BusFixture.nic, 0).values == [0, 0xabcd_108e])
  }

  @Test func anEmptySlotFailsAsOnARealBus() throws {
    let fixture = try BusFixture()
    let empty = BusDeviceFunction(rawValue: 0x0500)
    #expect(read(fixture, fixture.owner, empty, 0).values == [1, .max])
    #expect(
      fixture.call(
        fixture.owner, "pci_config_put", fixture.handle, empty.pciDevice, 0, 4, 0
      ).values == [1])
    let specified = try BusFixture(conformance: .specified)
    #expect(read(specified, specified.owner, empty, 0).values == [2, .max])
  }

  @Test func messageAddressAndDataAreWhatSoftwareWrote() throws {
    let fixture = try BusFixture()
    let device = BusFixture.nic.pciDevice
    for (register, size, value) in [
      (0x54, 4, 0x7fff_0000), (0x58, 4, 0), (0x5c, 2, 7), (0x52, 2, 1),
    ] as [(UInt64, UInt64, UInt64)] {
      fixture.call(
        fixture.owner, "pci_config_put", fixture.handle, device, register, size, value)
    }
    let signal = fixture.hypervisor.state.rootComplex(fixture.bus)?.function(BusFixture.nic)?
      .configuration.messageSignal
    #expect(signal?.address == DVMAAddress(0x7fff_0000) && signal?.data == 7)
  }

  @Test func whatPokeWritesPeekReads() throws {
    let fixture = try BusFixture()
    let address: UInt64 = 0xca_0000_0010
    let device = BusFixture.nic.pciDevice
    #expect(
      fixture.call(
        fixture.owner, "pci_poke", fixture.handle, address, 8, 0x0102_0304_0506_0708, device
      ).values == [0])
    #expect(
      fixture.call(fixture.owner, "pci_peek", fixture.handle, address, 2).values == [0, 0x0708])
    #expect(
      fixture.call(fixture.borrower, "pci_peek", fixture.handle, address, 2).status
        == .noRealAddress)
    fixture.hypervisor.state.modifyBus(fixture.bus) { $0.failsAccesses = true }
    #expect(
      fixture.call(fixture.owner, "pci_poke", fixture.handle, address, 8, 0, device).values == [1])
  }

  @Test func borrowersWaitUntilTheRootIsConfigured() throws {
    let fixture = try BusFixture(conformance: .specified)
    let borrower = fixture.borrower
    #expect(read(fixture, borrower, BusFixture.disk, 0).status == .wouldBlock)
    #expect(fixture.call(borrower, "pci_iov_root_configured", fixture.handle).status == .noAccess)
    #expect(fixture.call(fixture.owner, "pci_iov_root_configured", 0x20).status == .invalid)
    #expect(fixture.call(fixture.owner, "pci_iov_root_configured", fixture.handle).status == .ok)
    #expect(read(fixture, borrower, BusFixture.disk, 0).values == [0, 0xabcd_108e])
    #expect(read(fixture, borrower, BusFixture.nic, 0).values == [2, .max])
    fixture.hypervisor.state.resetDomain(fixture.owner.domain)
    #expect(read(fixture, borrower, BusFixture.disk, 0).status == .wouldBlock)
  }

  @Test func theOwnerSeesAStandInForALoanedFunction() throws {
    let fixture = try BusFixture(conformance: .specified)
    let owner = fixture.owner
    #expect(read(fixture, owner, BusFixture.disk, 0).values == [0, 0xfa04_108e])
    #expect(read(fixture, owner, BusFixture.disk, 8).values == [0, 0xff00_0001])
    let real = "pci_real_config_get"
    #expect(read(fixture, owner, BusFixture.disk, 0, 4, real).values == [0, 0xabcd_108e])
    #expect(read(fixture, fixture.borrower, BusFixture.disk, 0, 4, real).status == .noAccess)
    // As deployed there are no loans.
    let deployed = try BusFixture()
    #expect(read(deployed, deployed.owner, BusFixture.disk, 0).values == [0, 0xabcd_108e])
  }

  @Test func bridgesAboveABorrowedFunctionAreEmulatedAndReadOnly() throws {
    let fixture = try BusFixture(conformance: .specified)
    fixture.call(fixture.owner, "pci_iov_root_configured", fixture.handle)
    let bridge = BusFixture.bridge
    #expect(read(fixture, fixture.owner, bridge, 0).values == [0, 0x8533_10b5])
    #expect(read(fixture, fixture.borrower, bridge, 0).values == [0, 0xfa05_108e])
    #expect(read(fixture, fixture.borrower, bridge, 0x18).values == [0, 0x0003_0200])
    #expect(read(fixture, fixture.borrower, bridge, 0x04).values == [0, 0x0010_0007])
    #expect(read(fixture, fixture.borrower, bridge, 0x42, 2).values == [0, 0xc803])
    let written = fixture.call(
      fixture.borrower, "pci_config_put", fixture.handle, bridge.pciDevice, 0x18, 4, 0)
    #expect(written.values == [0])
    #expect(read(fixture, fixture.borrower, bridge, 0x18).values == [0, 0x0003_0200])
  }

  @Test func anErrorIsSentToBorrowersOnly() throws {
    let fixture = try BusFixture(conformance: .specified)
    let sent = fixture.call(fixture.owner, "pci_error_send", fixture.handle, 62, 0)
    #expect(sent.status == .ok)
    let packet = try #require(fixture.borrower.takeMondo())
    #expect(packet.source == fixture.sysino(62))
    #expect(packet.words[3] == 0x1000_0800 << 32)
    #expect(fixture.owner.takeMondo() == nil)
    // Another device's error concerns no borrower.
    fixture.call(fixture.owner, "pci_error_send", fixture.handle, 62, BusFixture.nic.pciDevice)
    #expect(fixture.borrower.takeMondo() == nil)
    #expect(
      fixture.call(fixture.borrower, "pci_error_send", fixture.handle, 62, 0).status == .noAccess)
    #expect(fixture.call(fixture.owner, "pci_error_send", fixture.handle, 64, 0).status == .invalid)
  }
}
