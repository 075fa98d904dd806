import Hypervisor
import Sun4v
import Testing

@Suite("Grants of DVA ranges")
struct GrantTests {
  @Test("A guest maps inside its grant and nowhere else, the owner everywhere else")
  func isolation() throws {
    let machine = try TestMachine()
    #expect(machine.map(machine.guest, at: 100, [0x8001_0000]).status == .invalid)
    #expect(machine.grant(100, pages: 4) == HypercallResult(.ok, 4))
    #expect(machine.map(machine.guest, at: 100, [0x8001_0000, 0x8001_2000]).ret1 == 2)
    #expect(machine.map(machine.guest, at: 103, [0x8001_0000, 0x8001_2000]).status == .noAccess)
    #expect(machine.map(machine.guest, at: 99, [0x8001_0000]).status == .noAccess)
    #expect(machine.map(machine.control, at: 100, [0x8001_0000]).status == .noAccess)
    #expect(machine.map(machine.control, at: 99, [0x8001_0000, 0x8001_2000]).status == .noAccess)
    #expect(machine.map(machine.control, at: 104, [0x8001_0000]).status == .ok)
    let bus = try #require(machine.hypervisor.state.rootComplex(machine.bus))
    #expect(bus.table.entry(100)?.physicalAddress == PhysicalAddress(0x6_0001_0000))
    #expect(bus.table.entry(104)?.physicalAddress == PhysicalAddress(0x4_8001_0000))
    #expect(bus.validEntries(of: machine.guest.domain) == 2)
    #expect(bus.validEntries(of: machine.control.domain) == 1)
  }

  @Test("Revoking removes the guest's entries before the range is free again")
  func revoke() throws {
    let machine = try TestMachine()
    machine.grant(100, pages: 4)
    machine.map(machine.guest, at: 101, [0x8001_0000])
    let port = machine.control
    #expect(
      port.fastTrap(HypercallNumber.dvmaRevoke, TestMachine.handle, 100, 3).status == .noMapping)
    #expect(
      port.fastTrap(HypercallNumber.dvmaRevoke, TestMachine.handle, 100, 4)
        == HypercallResult(.ok, 1))
    #expect(machine.hypervisor.state.rootComplex(machine.bus)?.table.validCount == 0)
    #expect(machine.map(machine.guest, at: 101, [0x8001_0000]).status == .invalid)
    #expect(machine.map(machine.control, at: 101, [0x8001_0000]).status == .ok)
  }

  @Test("A grant is refused for the reason that comes first")
  func refusals() throws {
    let machine = try TestMachine()
    func grant(_ port: DomainPort, _ a: UInt64...) -> HypervisorStatus {
      port.fastTrap(HypercallNumber.dvmaGrant, a[0], a[1], a[2], a[3]).status
    }
    let handle = TestMachine.handle
    #expect(grant(machine.control, 0x40, 0, 0, 9) == .invalid)
    #expect(grant(machine.guest, handle, 0, 0, 9) == .noAccess)
    #expect(grant(machine.control, handle, 0, 0, 9) == .invalid)
    #expect(grant(machine.control, handle, 0x40000, 1, 9) == .invalid)
    #expect(grant(machine.control, handle, 1, .max, 9) == .invalid)
    #expect(grant(machine.control, handle, 0, 4, 9) == .badChannel)
    #expect(grant(machine.control, handle, 0, 4, 1) == .ok)
    #expect(grant(machine.control, handle, 3, 4, 1) == .busy)
    machine.map(machine.control, at: 8, [0x8001_0000])
    #expect(grant(machine.control, handle, 5, 4, 1) == .busy)
    #expect(grant(machine.control, handle, 4, 4, 1) == .ok)
  }

  @Test("A guest learns the bounds of its grant")
  func info() throws {
    let machine = try TestMachine()
    machine.grant(64, pages: 16)
    let info = machine.guest.fastTrap(HypercallNumber.dvmaInfo, TestMachine.handle, 70)
    #expect(info == HypercallResult(.ok, 64, 16, 3))
    #expect(
      machine.guest.fastTrap(HypercallNumber.dvmaInfo, TestMachine.handle, 80).status == .noMapping)
  }

  @Test("A machine is not built where its parts would get in each other's way")
  func construction() throws {
    let machine = try TestMachine()
    var state = machine.hypervisor.state
    func code(_ body: () throws -> Void) -> ConfigurationError.Code? {
      do { try body() } catch let error as ConfigurationError { return error.code } catch {}
      return nil
    }
    func add(_ name: String, _ handle: UInt64, size: UInt64? = nil) -> ConfigurationError.Code? {
      code {
        var bus = RootComplexConfiguration(name: name, handle: DeviceHandle(rawValue: handle))
        bus.windowSize = size
        _ = try state.addRootComplex(bus, owner: machine.control.domain)
      }
    }
    func install(_ real: UInt64, _ physical: UInt64, _ size: UInt64) -> ConfigurationError.Code? {
      code {
        try state.installMemory(
          machine.guest.domain, base: RealAddress(real), size: size,
          physical: PhysicalAddress(physical))
      }
    }
    #expect(add("pci@780", 0x40) == .duplicate)
    #expect(add("pci@f80", 0xf80) == .badHandle)
    #expect(add("pci@41", 0x41) == .badHandle)
    #expect(add("pci@40", 0x40, size: 100) == .badWindow)
    #expect(add("pci@40", 0x40, size: 1 << 60) == .badWindow)
    #expect(add("pci@40", 0x40) == nil)
    #expect(install(0x4_0000_0000, 0x4_8000_0000, 8192) == .badMemory)
    #expect(install(0x1_0000_0000, 0x10_0000_0000, 8192) == .badMemory)
    #expect(install(0x4_0000_0000, 0x80_0000_0000, 8192) == .badMemory)
    #expect(install(0x4_0000_0000, 0x10_0000_0000, 8192) == nil)
  }

  @Test("A copy of the state keeps its entries and grants when the original goes on")
  func snapshot() throws {
    let machine = try TestMachine()
    machine.grant(100, pages: 4)
    machine.map(machine.guest, at: 100, [0x8001_0000])
    machine.map(machine.control, at: 200_000, [0x8001_0000])
    let snapshot = machine.hypervisor.state
    machine.map(machine.guest, at: 101, [0x8001_2000])
    machine.control.fastTrap(HypercallNumber.dvmaRevoke, TestMachine.handle, 100, 4)
    #expect(machine.hypervisor.state != snapshot)
    #expect(machine.map(machine.control, at: 200_000, [0x8002_0000]).status == .ok)
    #expect(snapshot.rootComplex(machine.bus)?.table.validCount == 2)
    #expect(
      snapshot.rootComplex(machine.bus)?.table.entry(200_000)?.physicalAddress
        == PhysicalAddress(0x4_8001_0000))
    #expect(snapshot.rootComplex(machine.bus)?.table.nextValid(from: 101)?.index == 200_000)
    #expect(snapshot.checkInvariants() == [])
    #expect(snapshot.rootComplex(machine.bus)?.grants.count == 1)
    machine.hypervisor.state = snapshot
    #expect(machine.hypervisor.state == snapshot)
    #expect(machine.hypervisor.state.hashValue == snapshot.hashValue)
  }
}
