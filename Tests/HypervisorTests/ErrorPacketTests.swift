import Hypervisor
import Sun4v
import Testing

@Suite("Error packets")
struct ErrorPacketTests {
  func configureQueue(_ port: DomainPort) {
    port.fastTrap(HypercallNumber.cpuQConf, 0x3d, 0x8004_0000, 16)
  }

  func packet(_ port: DomainPort) -> ErrorPacket? {
    port.takeMondo().map { ErrorPacket(words: $0.words) }
  }

  func read(_ machine: TestMachine, _ address: DVMAAddress) {
    _ = machine.hypervisor.state.access(
      machine.bus, requester: TestMachine.network, address, .read)
  }

  @Test("The holder of the address is told, not the owner")
  func receiver() throws {
    let machine = try TestMachine()
    configureQueue(machine.control)
    configureQueue(machine.guest)
    machine.grant(8, pages: 8)
    read(machine, DVMAAddress(machine.address(9).rawValue + 7))
    let told = try #require(packet(machine.guest))
    #expect(told.descriptor == 0x2126_e014)
    #expect(told.address == DVMAAddress(machine.address(9).rawValue + 4))
    #expect(told.words[6] == told.address.rawValue << 32)
    #expect(told.handle == 1)
    #expect(packet(machine.control) == nil)
    read(machine, machine.address(7))
    #expect(packet(machine.control)?.handle == 2)
    #expect(packet(machine.guest) == nil)
  }

  @Test("Errors that pile up are told as one primary and one secondary")
  func secondary() throws {
    let machine = try TestMachine()
    configureQueue(machine.control)
    machine.hypervisor.state.holdErrorInterrupt(machine.bus, true)
    read(machine, machine.address(1))
    read(machine, DVMAAddress(0x100_0000_0000))
    read(machine, machine.address(2))
    #expect(packet(machine.control) == nil)
    machine.hypervisor.state.holdErrorInterrupt(machine.bus, false)
    let first = try #require(packet(machine.control))
    #expect(first.descriptor == 0x2126_e014)
    #expect(first.address == machine.address(1))
    #expect(packet(machine.control)?.descriptor == 0x2112_3800)
    #expect(packet(machine.control) == nil)
    #expect(machine.hypervisor.state.rootComplex(machine.bus)?.faults.status == 0)
  }

  @Test("Every fault has the descriptors of the tables")
  func descriptors() {
    #expect(IOMMUFaultKind.bypassDisabled.descriptor(isPrimary: true) == 0x22e1_e014)
    #expect(IOMMUFaultKind.tableOutOfRange.descriptor(isPrimary: false) == 0x2111_3804)
    for kind in IOMMUFaultKind.allCases {
      let primary = kind.descriptor(isPrimary: true)
      #expect(primary & 0xfff == 0x014)
      #expect(kind.descriptor(isPrimary: false) >> 12 == primary >> 12)
    }
  }
}
