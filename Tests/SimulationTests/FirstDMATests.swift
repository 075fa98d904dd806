import DMA
import Hypervisor
import Negotiation
import Simulation
import Sun4v
import Testing

/// A machine with two guests and two functions, booted.
struct TwoGuests {
  let machine: Machine
  let bus: RootComplexID
  let first: DomainID
  let second: DomainID
  let net0 = BusDeviceFunction(rawValue: 0x100)
  let net1 = BusDeviceFunction(rawValue: 0x200)

  init(_ model: MachineModel = .t2, seed: UInt64 = 42, windowSize: UInt64 = 64 << 20) throws {
    machine = try Machine(MachineConfiguration(model: model, seed: seed))
    var configuration = RootComplexConfiguration(
      name: "pci@400", handle: DeviceHandle(rawValue: 0x400))
    configuration.windowSize = windowSize
    bus = try machine.addRootComplex(configuration)
    try machine.addFunction(net0, name: "net0", to: bus)
    try machine.addFunction(net1, name: "net1", to: bus)
    first = try machine.addGuest(name: "ldg1", memory: ByteSize(512 << 20))
    second = try machine.addGuest(name: "ldg2", memory: ByteSize(512 << 20))
    try machine.boot()
  }

  func negotiate(_ domain: DomainID, pages: UInt64) throws -> GrantReference {
    let handle = try machine.rootComplex(bus).handle
    return try #require(
      machine.negotiate(domain, GrantRequest(handle: handle, pages: pages)).first)
  }
}

@Suite struct FirstDMATests {
  @Test(arguments: [MachineModel.t1, .t2, .atu])
  func deviceReachesTheGuestsMemoryDirectly(model: MachineModel) throws {
    let setup = try TwoGuests(model)
    let machine = setup.machine
    let grant = try setup.negotiate(setup.first, pages: 4)
    let reserved = try machine.reservedRange(of: setup.bus)
    #expect(reserved.contains(grant.record.address, size: 4 * 8192))
    let buffer = try machine.allocate(setup.first, 32 << 10)
    let mapping = try machine.map(
      setup.first,
      MappingRequest(
        buffer: buffer, length: 32 << 10, place: .grant(grant), direction: .bidirectional,
        requester: setup.net0))
    let base = mapping.record.base
    let inside = DVMAAddress(base.rawValue + 9000)
    try Array("hello".utf8).withUnsafeBytes {
      try machine.deviceWrite(setup.bus, requester: setup.net0, inside, $0)
    }
    #expect(try machine.read(buffer, at: 9000, count: 5) == Array("hello".utf8))
    #expect(
      try machine.deviceRead(
        setup.bus, requester: setup.net0, inside, count: 5)
        == Array("hello".utf8))
    try machine.unmap(mapping.id)
    try machine.release(grant)
    #expect(machine.state(of: grant) == .released)
    #expect(try machine.rootComplex(setup.bus).grants.count == 0)
    #expect(try machine.rootComplex(setup.bus).table.validCount == 0)
  }
}
