import Hypervisor
import Sun4v
import Testing

@Suite("Tables that domains supply")
struct SuppliedTableTests {
  static let range: UInt64 = 0x20_0000_0000
  static let device = TestMachine.network.pciDevice

  func call(_ port: DomainPort, _ number: UInt64, _ arguments: UInt64...) -> HypercallResult {
    var values = arguments
    while values.count < 4 { values.append(0) }
    return port.fastTrap(
      number, TestMachine.handle, values[0], values[1], values[2], values[3])
  }

  /// A table of 1024 pages in the last address range.
  func configure(_ port: DomainPort) -> HypercallResult {
    call(port, HypercallNumber.pciIOTSBConf, 0x8010_0000, 8192, 8192, Self.range)
  }

  @Test("A bound function's accesses go through the table, others' do not")
  func translation() throws {
    let machine = try TestMachine(.atu)
    #expect(configure(machine.control) == HypercallResult(.ok, 1))
    #expect(configure(machine.control).status == .busy)
    machine.control.storeWord(0x8020_0000, at: TestMachine.list)
    machine.control.storeWord(0x8040_0000, at: RealAddress(TestMachine.list.rawValue + 8))
    let mapped = call(
      machine.control, HypercallNumber.pciIOTSBMap, 1, 2 << 48 | 5, 3, TestMachine.list.rawValue)
    #expect(mapped == HypercallResult(.ok, 2))
    let address = DVMAAddress(Self.range + 6 * 8192 + 16)
    func reach() -> Result<PhysicalRun, IOMMUFault>? {
      machine.hypervisor.state.access(
        machine.bus, requester: TestMachine.network, address, .read)
    }
    guard case .failure(let fault) = reach() else {
      Issue.record("an unbound function used the table")
      return
    }
    #expect(fault.kind == .tableOutOfRange)
    #expect(call(machine.control, HypercallNumber.pciIOTSBBind, 1, Self.device).status == .ok)
    #expect(call(machine.control, HypercallNumber.pciIOTSBBind, 1, Self.device).status == .busy)
    #expect(try reach()?.get().address == PhysicalAddress(0x4_8040_0010))
    #expect(
      call(machine.control, HypercallNumber.pciIOTSBGetBinding, Self.device, Self.range)
        == HypercallResult(.ok, 1))
    #expect(
      call(machine.control, HypercallNumber.pciIOTSBInfo, 1)
        == HypercallResult(.ok, 0x8010_0000, 8192, 8192, Self.range, 1))
    #expect(call(machine.control, HypercallNumber.pciIOTSBUnconf, 1).status == .busy)
    #expect(
      call(machine.control, HypercallNumber.pciIOTSBGetmap, 1, 6)
        == HypercallResult(.ok, 0x8040_0000, 3))
    #expect(call(machine.control, HypercallNumber.pciIOTSBDemap, 1, 6, 1).ret1 == 1)
    #expect(throws: IOMMUFault.self) { try reach()?.get() }
    #expect(call(machine.control, HypercallNumber.pciIOTSBGetmap, 1, 6).status == .noMapping)
    #expect(call(machine.control, HypercallNumber.pciIOTSBUnbind, 1, Self.device).status == .ok)
    #expect(call(machine.control, HypercallNumber.pciIOTSBUnconf, 1).status == .ok)
    #expect(machine.hypervisor.state.checkInvariants() == [])
  }

  @Test("A guest supplies tables for functions loaned to it, and loses them with the loan")
  func loan() throws {
    let machine = try TestMachine(.atu)
    #expect(configure(machine.guest).status == .invalid)
    try machine.hypervisor.state.assignFunction(
      TestMachine.network, of: machine.bus, to: machine.guest.domain)
    #expect(configure(machine.guest) == HypercallResult(.ok, 1))
    #expect(call(machine.control, HypercallNumber.pciIOTSBInfo, 1).status == .invalid)
    #expect(call(machine.guest, HypercallNumber.pciIOTSBBind, 1, Self.device).status == .ok)
    #expect(
      call(machine.guest, HypercallNumber.pciIOTSBMapOne, 1, 0, 2, 0x8030_0000).status == .ok)
    let run = machine.hypervisor.state.access(
      machine.bus, requester: TestMachine.network, DVMAAddress(Self.range), .write)
    #expect(try run?.get().address == PhysicalAddress(0x6_0030_0000))
    machine.hypervisor.state.releaseEverything(of: machine.guest.domain)
    let bus = try #require(machine.hypervisor.state.rootComplex(machine.bus))
    #expect(bus.bindings.isEmpty)
    #expect(bus.suppliedTables.isEmpty)
    #expect(bus.function(TestMachine.network)?.assignee == nil)
  }

  @Test("A table is refused for the first thing that is wrong with it")
  func refusals() throws {
    let machine = try TestMachine(.atu)
    func status(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) -> HypervisorStatus {
      call(machine.control, HypercallNumber.pciIOTSBConf, a, b, c, d).status
    }
    #expect(status(0x8010_0008, 8192, 8192, Self.range) == .badAlignment)
    #expect(status(0x1000_0000, 8192, 8192, Self.range) == .noRealAddress)
    #expect(status(0x8010_0000, 8191, 8192, Self.range) == .invalid)
    #expect(status(0x8010_0000, 8192, 4096, Self.range) == .invalid)
    #expect(status(0x8010_0000, 8192, 8192, Self.range + 1) == .invalid)
    #expect(status(0x8010_0000, 8192, 8192, 0x1000_0000) == .invalid)
    #expect(status(0x8010_0000, 8192, 1 << 28, Self.range) == .invalid)
    let other = try TestMachine(.t2)
    other.control.coreTrap(0, APIGroup.atu.rawValue, 1, 1)
    #expect(configure(other.control).status == .badTrap)
  }
}
