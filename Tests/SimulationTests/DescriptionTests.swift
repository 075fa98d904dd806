import Foundation
import Hypervisor
import MachineDescription
import Negotiation
import Simulation
import Sun4v
import TestSupport
import Testing

/// Machines as machine descriptions, and back.
@Suite struct DescriptionTests {
  private static let page: UInt64 = 8192

  /// A machine that uses everything a description can hold.
  private func provisioned(_ model: MachineModel) throws -> Machine {
    let machine = try Machine(
      MachineConfiguration(
        model: model, conformance: .specified, seed: 99, controlMemory: ByteSize(256 << 20),
        interruptLatency: 2500))
    var first = RootComplexConfiguration(name: "pci@400", handle: DeviceHandle(rawValue: 0x400))
    first.windowSize = 64 << 20
    first.hasIOTLB = false
    let bus = try machine.addRootComplex(first)
    var second = RootComplexConfiguration(name: "bridge", handle: DeviceHandle(rawValue: 0x500))
    second.allowsBypass = true
    second.windowBase = DVMAAddress(0x4000_0000)
    _ = try machine.addRootComplex(second)
    let window = try machine.rootComplex(bus).window
    try machine.reserve(
      BusAddressRange(base: window.address(of: 100), size: 200 * Self.page), of: bus)
    let nic = BusDeviceFunction(rawValue: 0x100)
    try machine.addFunction(nic, name: "net0", to: bus)
    try machine.identify(
      nic, of: bus, as: FunctionIdentity(vendor: 0x8086, device: 0x10d3, classCode: 0x020000))
    try machine.addFunction(BusDeviceFunction(rawValue: 0x200), name: "net1", to: bus)
    let guest = try machine.addGuest(
      name: "ldg1", memory: ByteSize(64 << 20), quota: ByteSize(8 << 20),
      reservation: ByteSize(1 << 20))
    _ = try machine.addGuest(name: "ldg2", memory: ByteSize(300 << 20))
    try machine.loan(BusDeviceFunction(rawValue: 0x200), of: bus, to: guest)
    return machine
  }

  private func rebuilt(_ descriptions: MachineDescriptions) throws -> Machine {
    var saved = try SavedMachine(hypervisor: descriptions.hypervisor, source: "hv.bin")
    for guest in descriptions.guests {
      try saved.add(guest.bytes, of: guest.name, source: "\(guest.name)-md.bin")
    }
    return try Machine(saved)
  }

  @Test(arguments: MachineModel.allCases)
  func aMachineIsBuiltAgainTheSame(model: MachineModel) throws {
    let machine = try provisioned(model)
    let descriptions = try machine.descriptions()
    let again = try rebuilt(descriptions)
    #expect(try again.descriptions() == descriptions)
    #expect(again.hypervisor.state == machine.hypervisor.state)
    #expect(again.configuration == machine.configuration)
  }

  @Test(arguments: MachineModel.allCases)
  func bothMachinesGoOnTheSameWay(model: MachineModel) throws {
    let machine = try provisioned(model)
    let again = try rebuilt(try machine.descriptions())
    for each in [machine, again] { try each.boot() }
    #expect(again.hypervisor.state == machine.hypervisor.state)
    let request = GrantRequest(handle: DeviceHandle(rawValue: 0x400), pages: 4)
    let guest = try #require(machine.domain(named: "ldg1"))
    let grants = try [machine, again].map { try $0.negotiate(guest, request) }
    #expect(grants[0] == grants[1])
  }

  @Test func theBootChangesNoDescriptionAndHandsThemOut() throws {
    let machine = try provisioned(.t2)
    let descriptions = try machine.descriptions()
    try machine.boot()
    #expect(try machine.descriptions() == descriptions)
    let guest = try #require(machine.domain(named: "ldg1"))
    let bytes = descriptions.guests[1].bytes
    let size = UInt64((bytes.count + 15) & ~15)
    let buffer = try machine.buffer(try machine.allocate(guest, size))
    let asked = try machine.hypercall(
      guest, .fast, HypercallNumber.machDesc, HypercallArguments(buffer.base.rawValue, 0))
    #expect(asked.status == .invalid)
    #expect(asked.ret1 == size)
    let given = try machine.hypercall(
      guest, .fast, HypercallNumber.machDesc, HypercallArguments(buffer.base.rawValue, size))
    #expect(given.status == .ok)
    let read = try machine.loadBytes(of: guest, buffer.base, count: UInt64(bytes.count))
    #expect(read == bytes)
  }

  @Test(arguments: MachineModel.allCases)
  func lintFindsNothingWrong(model: MachineModel) throws {
    let descriptions = try provisioned(model).descriptions()
    for bytes in [descriptions.hypervisor] + descriptions.guests.map(\.bytes) {
      let findings = MachineDescription.lint(bytes: bytes).filter { $0.rule.severity == .error }
      #expect(findings.isEmpty, "\(findings.map(\.message))")
    }
  }

  @Test func contradictionsAreToldClearly() throws {
    let descriptions = try provisioned(.t2).descriptions()
    var saved = try SavedMachine(hypervisor: descriptions.hypervisor, source: "hv.bin")
    #expect(saved.domainNames == ["primary", "ldg1", "ldg2"])
    let unknown = #expect(throws: MachineError.self) {
      try saved.add(descriptions.guests[0].bytes, of: "ldg9", source: "x")
    }
    #expect(unknown?.code == .notFound)
    try saved.add(descriptions.guests[0].bytes, of: "primary", source: "p")
    try saved.add(descriptions.guests[1].bytes, of: "ldg1", source: "1")
    let missing = #expect(throws: MachineError.self) { try Machine(saved) }
    #expect(missing?.code == .machineDescription)
    #expect(missing?.message.contains("ldg2") == true)
    try saved.add(descriptions.guests[1].bytes, of: "ldg2", source: "2")
    let other = #expect(throws: MachineError.self) { try Machine(saved) }
    #expect(other?.message.contains("memory") == true)
    let garbage = #expect(throws: MachineError.self) {
      try SavedMachine(hypervisor: [1, 2, 3], source: "hv.bin")
    }
    #expect(garbage?.message.contains("hv.bin") == true)
  }

  @Test(.enabled(if: Repository.hasShared, .init(rawValue: Repository.sharedMissing)))
  func machinesOfRealDescriptionsAreBuiltAgain() throws {
    let folder = Repository.shared.appending(path: "data/md")
    let guest = [UInt8](try Data(contentsOf: folder.appending(path: "pciex-md.bin")))
    let machine = try Machine(description: guest, source: "pciex-md.bin", MachineConfiguration())
    _ = try machine.addGuest(name: "ldg1", memory: ByteSize(64 << 20))
    let descriptions = try machine.descriptions()
    let again = try rebuilt(descriptions)
    #expect(again.hypervisor.state == machine.hypervisor.state)
    #expect(try again.descriptions() == descriptions)

    let hypervisor = [UInt8](try Data(contentsOf: folder.appending(path: "pciex-hv.bin")))
    var saved = try SavedMachine(hypervisor: hypervisor, source: "pciex-hv.bin")
    #expect(saved.domainNames == ["primary"])
    try saved.add(guest, of: "primary", source: "pciex-md.bin")
    do {
      let real = try Machine(saved)
      #expect(real.hypervisor.state.rootComplexes.count == 1)
    } catch {
      Issue.record("\(error.message)")
    }
  }
}
