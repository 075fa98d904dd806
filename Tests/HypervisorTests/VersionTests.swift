import Hypervisor
import Sun4v
import Testing

@Suite("API versions")
struct VersionTests {
  func machine(
    _ conformance: ConformanceMode, pci: APIVersion = APIVersion(1, 1)
  ) -> DomainPort {
    var state = HypervisorState(
      model: .t2, conformance: conformance,
      offered: OfferedVersions([.pci: [pci], .core: [APIVersion(1, 1)]]))
    let domain = state.addDomain(name: "primary", role: .control)
    return DomainPort(Hypervisor(state: state), domain)
  }

  func set(_ port: DomainPort, _ group: APIGroup, _ major: UInt64, _ minor: UInt64) -> UInt64 {
    port.coreTrap(0, group.rawValue, major, minor).ret1
  }

  @Test("As deployed, a call that a dropped minor had replaced does not come back")
  func replacement() {
    for (conformance, status) in [
      (ConformanceMode.deployed, HypervisorStatus.badTrap), (.specified, .invalid),
    ] {
      let port = machine(conformance)
      #expect(set(port, .pci, 1, 5) == 1)
      #expect(port.fastTrap(HypercallNumber.pciIOMMUMap).status == .invalid)
      #expect(set(port, .pci, 1, 0) == 0)
      #expect(port.fastTrap(HypercallNumber.pciIOMMUMap).status == status)
      #expect(port.fastTrap(HypercallNumber.pciIOMMUDemap).status == .invalid)
      #expect(set(port, .pci, 0, 0) == 0)
      #expect(port.fastTrap(HypercallNumber.pciIOMMUDemap).status == .badTrap)
      #expect(set(port, .pci, 1, 0) == 0)
      #expect(port.fastTrap(HypercallNumber.pciIOMMUMap).status == .invalid)
    }
  }

  @Test("Numbers above the highest are folded onto the table")
  func folding() {
    let port = machine(.deployed)
    #expect(set(port, .core, 1, 1) == 1)
    #expect(port.fastTrap(0x202, 0, 0) == port.fastTrap(HypercallNumber.machDesc, 0, 0))
    #expect(port.fastTrap(0x202 + 0x201).status == .badTrap)
  }

  @Test("A minor adds its calls and takes them away again")
  func minors() {
    let port = machine(.deployed)
    #expect(set(port, .core, 1, 0) == 0)
    #expect(port.fastTrap(HypercallNumber.consWrite, 0, 8).status == .badTrap)
    #expect(set(port, .core, 1, 1) == 1)
    #expect(port.fastTrap(HypercallNumber.consWrite, 0, 8).status == .noRealAddress)
    #expect(set(port, .core, 1, 0) == 0)
    #expect(port.fastTrap(HypercallNumber.consWrite, 0, 8).status == .badTrap)
  }

  @Test("Every change of an entry is an event, and only while someone listens")
  func events() throws {
    let machine = try TestMachine()
    machine.map(machine.control, at: 3, [0x8001_0000])
    #expect(machine.hypervisor.events.drain().isEmpty)
    machine.hypervisor.events.isListening = true
    machine.map(machine.control, at: 4, [0x8001_2000])
    machine.control.fastTrap(HypercallNumber.pciIOMMUDemap, TestMachine.handle, 2, 3)
    let changed = machine.hypervisor.events.drain().compactMap { event -> String? in
      guard case .entryChanged(_, _, let table, let index, let old, let new) = event.event else {
        return nil
      }
      return "\(table) \(index) \(old.isValid) \(new.isValid)"
    }
    #expect(changed == ["0 4 false true", "0 3 true false", "0 4 true false"])
  }
}
