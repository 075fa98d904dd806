import DMA
import Hypervisor
import Negotiation
import Simulation
import Sun4v
import Testing

/// Faults on demand: each does what it says, is part of the state, and breaks no invariant.
@Suite struct FaultTests {
  @Test func theNthCallFailsAndChangesNothing() throws {
    let setup = try TwoGuests()
    let machine = setup.machine
    let grant = try setup.negotiate(setup.first, pages: 4)
    let buffer = try machine.allocate(setup.first, 8192)
    try machine.injectFailure(
      of: "pci_iommu_map", status: .noRealAddress, nth: 2, domain: setup.first)
    func map() throws -> MappingID {
      try machine.map(
        setup.first,
        MappingRequest(
          buffer: buffer, length: 8192, place: .grant(grant), direction: .toDevice)
      ).id
    }
    _ = try map()
    let valid = try machine.rootComplex(setup.bus).table.validCount
    let error = #expect(throws: MachineError.self) { _ = try map() }
    #expect(error?.name == "ENORADDR")
    #expect(try machine.rootComplex(setup.bus).table.validCount == valid)
    _ = try map()
    try machine.check()
  }

  @Test func callsOfOtherDomainsAreNotCounted() throws {
    let setup = try TwoGuests()
    try setup.machine.injectFailure(
      of: "pci_iommu_map", status: .invalid, domain: setup.second)
    let grant = try setup.negotiate(setup.first, pages: 1)
    let buffer = try setup.machine.allocate(setup.first, 8192)
    _ = try setup.machine.map(
      setup.first,
      MappingRequest(buffer: buffer, length: 8192, place: .grant(grant), direction: .toDevice))
  }

  @Test func aRefusedGrantCallDeniesAndLeaksNothing() throws {
    let setup = try TwoGuests()
    try setup.machine.injectFailure(of: "dvma_grant", status: .tooMany)
    let error = #expect(throws: MachineError.self) {
      _ = try setup.negotiate(setup.first, pages: 4)
    }
    #expect(error?.code == .denied)
    try setup.machine.check()
    _ = try setup.negotiate(setup.first, pages: 4)
    try setup.machine.check()
  }

  @Test(arguments: [1, 3, 7, 20])
  func aPlannedCrashComesAtItsStepAndLeavesNothing(step: UInt64) throws {
    let setup = try TwoGuests()
    let machine = setup.machine
    _ = try setup.negotiate(setup.first, pages: 4)
    try machine.injectCrash(of: setup.first, afterSteps: step)
    _ = try? setup.negotiate(setup.first, pages: 2)
    _ = try? setup.negotiate(setup.first, pages: 2)
    for _ in 0..<30 where machine.isRunning(setup.first) {
      _ = try? setup.negotiate(setup.second, pages: 1)
    }
    #expect(!machine.isRunning(setup.first))
    try machine.run(until: machine.now.advanced(byNanoseconds: 5_000_000_000))
    try machine.check()
    try machine.reboot(setup.first)
    _ = try setup.negotiate(setup.first, pages: 2)
    try machine.check()
  }

  @Test func badFaultsAreRefused() throws {
    let machine = try Machine(MachineConfiguration())
    var faults = PacketFaults()
    faults.drop = 1.5
    #expect(throws: MachineError.self) { try machine.inject(faults) }
    faults.drop = .nan
    #expect(throws: MachineError.self) { try machine.inject(faults) }
    faults.drop = 0.7
    faults.delay = 0.7
    #expect(throws: MachineError.self) { try machine.inject(faults) }
    #expect(throws: MachineError.self) {
      try machine.injectFailure(of: "nothing", status: .invalid)
    }
    #expect(throws: MachineError.self) {
      try machine.injectCrash(of: DomainID(9), afterSteps: 1)
    }
  }

  @Test(arguments: [UInt64](1...6))
  func negotiationSurvivesFaultyChannels(seed: UInt64) throws {
    let setup = try TwoGuests(seed: seed)
    let machine = setup.machine
    var faults = PacketFaults()
    faults.drop = 0.2
    faults.duplicate = 0.1
    faults.reorder = 0.1
    faults.delay = 0.05
    try machine.inject(faults)
    for round in 0..<10 {
      for domain in [setup.first, setup.second] {
        let grant = try setup.negotiate(domain, pages: UInt64(round % 3 + 1))
        try machine.check()
        try machine.release(grant)
      }
    }
    try machine.clearFaults()
    try machine.run(until: machine.now.advanced(byNanoseconds: 10_000_000_000))
    try machine.check()
    #expect(try machine.rootComplex(setup.bus).grants.count == 0)
  }

  @Test func plansAreInTheSnapshot() throws {
    let setup = try TwoGuests()
    let machine = setup.machine
    let before = try machine.snapshot()
    try machine.injectFailure(of: "pci_iommu_map", status: .invalid)
    let after = try machine.snapshot()
    #expect(before != after)
    #expect(before.differences(to: after).map(\.name) == ["faults to inject"])
    try machine.restore(before)
    #expect(try machine.snapshot() == before)
  }
}
