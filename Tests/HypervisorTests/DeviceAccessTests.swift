import Hypervisor
import Sun4v
import Testing

@Suite("Access by devices")
struct DeviceAccessTests {
  let nic = TestMachine.network

  func fault(
    _ machine: TestMachine, _ address: UInt64, _ kind: AccessKind = .read,
    requester: BusDeviceFunction = TestMachine.network
  ) -> IOMMUFault? {
    guard
      case .failure(let fault) = machine.hypervisor.state.access(
        machine.bus, requester: requester, DVMAAddress(address), kind)
    else { return nil }
    return fault
  }

  @Test(
    "A device moves bytes across pages, neighbours in memory or not",
    arguments: [
      [0x8010_0000, 0x8030_0000, 0x8020_0000],
      [0x8010_0000, 0x8010_2000, 0x8010_4000],
      [0x8010_0000, 0x8010_2000, 0x8030_0000],
      [0x8010_0000, 0x8030_0000, 0x8030_2000],
      [0x8010_2000, 0x8010_0000, 0x8010_2000 + 0x2000],
    ] as [[UInt64]])
  func scattered(pages: [UInt64]) throws {
    let machine = try TestMachine()
    machine.map(machine.control, at: 5, pages)
    let bytes = (0..<20000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let address = DVMAAddress(machine.address(5).rawValue + 100)
    let written = machine.hypervisor.state.deviceWrite(
      machine.bus, requester: nic, address, bytes)
    #expect(written.bytes == 20000)
    #expect(written.fault == nil)
    let shifted = [UInt8](repeating: 0, count: 100) + bytes + [UInt8](repeating: 0, count: 4476)
    for (place, page) in pages.enumerated() {
      #expect(
        machine.control.read(RealAddress(page), count: 8192)
          == Array(shifted[(place * 8192)..<((place + 1) * 8192)]))
    }
    let read = machine.hypervisor.state.deviceRead(
      machine.bus, requester: nic, address, count: 20000)
    #expect(read.bytes == bytes)
    #expect(read.fault == nil)
  }

  @Test("A transfer ends at the first page that is refused, and tells how far it came")
  func partial() throws {
    let machine = try TestMachine()
    machine.map(machine.control, at: 0, [0x8010_0000])
    machine.map(machine.control, at: 1, [0x8010_2000], attributes: 1)
    let transfer = machine.hypervisor.state.deviceWrite(
      machine.bus, requester: nic, machine.address(0), [UInt8](repeating: 1, count: 9000))
    #expect(transfer.bytes == 8192)
    #expect(transfer.fault?.kind == .writeProtected)
    #expect(transfer.fault?.address == machine.address(1))
    let moved = [UInt8](repeating: 1, count: 8192) + [0]
    #expect(machine.control.read(RealAddress(0x8010_0000), count: 8193) == moved)
  }

  @Test("Every address that cannot be translated gets the fault of its kind")
  func kinds() throws {
    let machine = try TestMachine()
    machine.map(machine.control, at: 0, [0x8010_0000], attributes: 0x0100_0001)
    #expect(fault(machine, 0x8000_0000) == nil)
    #expect(fault(machine, 0x8000_0000, .write)?.kind == .writeProtected)
    #expect(
      fault(machine, 0x8000_0000, requester: BusDeviceFunction(rawValue: 0x0101))?.kind
        == .keyMismatch)
    #expect(fault(machine, 0x8000_2000)?.kind == .invalidEntry)
    #expect(fault(machine, 0x7fff_ffff)?.kind == .addressUnderflow)
    #expect(fault(machine, 0x1_0000_0000)?.kind == .tableOutOfRange)
    #expect(fault(machine, 0x100_0000_0000)?.kind == .addressOutOfRange)
    #expect(fault(machine, 0x8000_0000_0000_0000)?.kind == .addressUnderflow)
    #expect(fault(machine, 0x8000_0010_0000_0000)?.kind == .invalidEntry)
    #expect(fault(machine, 0xfffc_0000_8000_0000)?.kind == .bypassDisabled)
    machine.hypervisor.state.setTranslation(machine.bus, isOn: false)
    #expect(fault(machine, 0x8000_0000)?.kind == .translationDisabled)
    machine.hypervisor.state.setTranslation(machine.bus, isOn: true)
    machine.hypervisor.state.setTable(machine.bus, ofBus: nic, upperHalf: false, to: 4)
    #expect(fault(machine, 0x8000_0000)?.kind == .invalidDescriptor)
  }

  @Test("A phantom function passes a key whose mask leaves its bits out")
  func phantom() throws {
    let machine = try TestMachine()
    machine.map(machine.control, at: 0, [0x8010_0000], attributes: 0x0100_0033)
    #expect(fault(machine, 0x8000_0000, requester: BusDeviceFunction(rawValue: 0x0107)) == nil)
    #expect(
      fault(machine, 0x8000_0000, requester: BusDeviceFunction(rawValue: 0x0108))?.kind
        == .keyMismatch)
  }

  @Test("Bypass on t1 reaches memory and nothing else")
  func bypass() throws {
    let machine = try TestMachine(.t1, allowsBypass: true)
    let answer = machine.control.fastTrap(
      HypercallNumber.pciIOMMUGetbypass, TestMachine.handle, 0x8010_0008, 3)
    #expect(answer == HypercallResult(.ok, 0xfffc_0004_8010_0008))
    #expect(fault(machine, answer.ret1) == nil)
    #expect(fault(machine, 0xfffc_0000_0000_0000)?.kind == .bypassOutOfRange)
    machine.grant(0, pages: 1)
    #expect(
      machine.guest.fastTrap(
        HypercallNumber.pciIOMMUGetbypass, TestMachine.handle, 0x8010_0008, 3
      ).status == .noAccess)
  }

  @Test("Bypass on t2 goes through the table of the upper half")
  func bypassTable() throws {
    let machine = try TestMachine(.t2, allowsBypass: true)
    let run = machine.hypervisor.state.access(
      machine.bus, requester: nic, DVMAAddress(0x8000_0010_0040_0010), .write)
    #expect(try run?.get().address == PhysicalAddress(0x4_8040_0010))
    #expect(fault(machine, 0x8000_0010_4000_0000)?.kind == .invalidEntry)
  }

  @Test("Only where map does not flush does a remapped entry leave its old translation")
  func stale() throws {
    for (conformance, page) in [
      (ConformanceMode.deployed, 0x4_8020_0000), (.specified, 0x4_8010_0000),
    ] {
      let machine = try TestMachine(.t2, conformance)
      machine.map(machine.control, at: 0, [0x8010_0000])
      #expect(fault(machine, 0x8000_0000) == nil)
      machine.map(machine.control, at: 0, [0x8020_0000])
      let run = machine.hypervisor.state.access(
        machine.bus, requester: nic, DVMAAddress(0x8000_0000), .read)
      #expect(try run?.get().address == PhysicalAddress(UInt64(page)))
      machine.control.fastTrap(HypercallNumber.pciIOMMUDemap, TestMachine.handle, 0, 1)
      #expect(fault(machine, 0x8000_0000)?.kind == .invalidEntry)
    }
  }

  @Test("With permissions kept as asked for, a write-only page cannot be read")
  func readPermission() throws {
    let machine = try TestMachine(.t2, .specified)
    machine.control.coreTrap(0, APIGroup.pci.rawValue, 2, 0)
    #expect(machine.map(machine.control, at: 0, [0x8010_0000], attributes: 0).status == .invalid)
    machine.map(machine.control, at: 0, [0x8010_0000], attributes: 2)
    let refused = fault(machine, 0x8000_0000)
    #expect(refused?.kind == .readProtected)
    #expect(refused?.descriptor == 0x2125_1014)
    #expect(fault(machine, 0x8000_0000, .write) == nil)
  }
}
