import Hypervisor
import Sun4v
import Testing

@Suite("Accesses in a series")
struct AccessSessionTests {
  /// A machine with entries of every kind among its first 256: valid, keyed for others, without
  /// permission to write, and none.
  private func machine(_ model: MachineModel, hasIOTLB: Bool) throws -> TestMachine {
    let machine = try TestMachine(model, hasIOTLB: hasIOTLB)
    var random = SeededGenerator(seed: 7)
    for index: UInt64 in 0..<256 {
      let attributes: UInt64 =
        switch random.below(4) {
        case 0: 0x0100_0003
        case 1: 0x0200_0003
        case 2: 1
        default: 3
        }
      if random.below(8) > 0 {
        machine.map(
          machine.control, at: index, [0x8010_0000 + index * 8192], attributes: attributes)
      }
    }
    return machine
  }

  private func addresses(_ machine: TestMachine, _ random: inout SeededGenerator) -> [DVMAAddress] {
    (0..<500).map { _ in
      switch random.below(20) {
      case 0: DVMAAddress(random.next())
      case 1: DVMAAddress(machine.address(0).rawValue &- 1)
      default:
        DVMAAddress(
          machine.address(UInt64(random.below(256))).rawValue + UInt64(random.below(8192)))
      }
    }
  }

  @Test(
    "It answers what single accesses answer, and leaves the same state behind",
    arguments: [(MachineModel.t1, true), (.t2, true), (.t2, false), (.atu, true)])
  func sameAsSingle(model: MachineModel, hasIOTLB: Bool) throws {
    let machine = try machine(model, hasIOTLB: hasIOTLB)
    var random = SeededGenerator(seed: 42)
    for round in 0..<20 {
      let addresses = addresses(machine, &random)
      let kind: AccessKind = round % 2 == 0 ? .read : .write
      var single = machine.hypervisor.state
      var series = machine.hypervisor.state
      var mixed = machine.hypervisor.state
      let wanted = addresses.map {
        single.access(machine.bus, requester: TestMachine.network, $0, kind)
      }
      var found: [Result<PhysicalRun, IOMMUFault>?] = []
      series.withAccesses(through: machine.bus, by: TestMachine.network) { session in
        session.accesses(addresses.count, kind, at: { addresses[$0] }) { found.append($0) }
      }
      #expect(found == wanted)
      #expect(series == single)
      let alone = mixed.withAccesses(through: machine.bus, by: TestMachine.network) { session in
        addresses.map { session.access($0, kind) }
      }
      #expect(alone == wanted)
      #expect(mixed == single)
      #expect(wanted.contains { if case .success = $0 { true } else { false } })
      #expect(wanted.contains { if case .failure = $0 { true } else { false } })
    }
  }

  @Test(
    "A series asks for the addresses of its own accesses, for each at most three times",
    arguments: [Int.min, -1, 0, 1, 23, 24, 25, 100])
  func series(count: Int) throws {
    let machine = try TestMachine()
    machine.map(machine.control, at: 0, (0..<50).map { 0x8010_0000 + UInt64($0) << 13 })
    let (expected, first) = (max(0, count), machine.address(0).rawValue)
    var asked = [Int](repeating: 0, count: expected)
    var found = 0
    machine.hypervisor.state.withAccesses(through: machine.bus, by: TestMachine.network) {
      session in
      session.accesses(
        count, .read,
        at: { number in
          if asked.indices.contains(number) { asked[number] += 1 } else { asked.append(0) }
          return DVMAAddress(first &+ UInt64(truncatingIfNeeded: number) << 13)
        }
      ) { _ in found += 1 }
    }
    #expect(found == expected)
    #expect(asked.count == expected && asked.allSatisfy { (1...3).contains($0) })
  }

  @Test("A run is as long as asked for, or ends with its page")
  func lengths() throws {
    let machine = try TestMachine()
    machine.map(machine.control, at: 0, [0x8010_0000])
    let base = machine.address(0).rawValue
    let lengths = machine.hypervisor.state.withAccesses(
      through: machine.bus, by: TestMachine.network
    ) { session in
      let asked: [(UInt64, UInt64)] = [(0, 8192), (0, 9000), (8000, 100), (8000, 1000)]
      return asked.map { offset, count in
        let address = DVMAAddress(base + offset)
        return (try? session.access(address, .read, count: count).get())?.count
      }
    }
    #expect(lengths == [8192, 8192, 100, 192])
  }

  @Test("A copy of the state remembers what it did when it was made")
  func copies() throws {
    let machine = try TestMachine()
    machine.map(machine.control, at: 0, [0x8010_0000, 0x8010_2000])
    _ = machine.hypervisor.state.access(
      machine.bus, requester: TestMachine.network, machine.address(0), .read)
    let copy = machine.hypervisor.state
    _ = machine.hypervisor.state.access(
      machine.bus, requester: TestMachine.network, machine.address(1), .read)
    machine.control.fastTrap(HypercallNumber.pciIOMMUDemap, TestMachine.handle, 0, 1)
    func indexes(_ state: HypervisorState) -> [UInt64]? {
      state.rootComplex(machine.bus)?.iotlb.lines.map(\.index)
    }
    #expect(indexes(copy) == [0])
    #expect(indexes(machine.hypervisor.state) == [1])
    #expect(copy.rootComplex(machine.bus) != machine.hypervisor.state.rootComplex(machine.bus))
  }

  @Test("Through a root complex that does not exist there is no session")
  func missing() throws {
    let machine = try TestMachine()
    let nowhere = RootComplexID(7)
    let called: Bool? = machine.hypervisor.state.withAccesses(
      through: nowhere, by: TestMachine.network
    ) { _ in true }
    #expect(called == nil)
    #expect(
      machine.hypervisor.state.access(
        nowhere, requester: TestMachine.network, machine.address(0), .read) == nil)
  }
}
