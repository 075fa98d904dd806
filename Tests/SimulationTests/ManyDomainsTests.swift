import Hypervisor
import Negotiation
import Simulation
import Sun4v
import Testing

@Suite struct ManyDomainsTests {
  private func machine(guests: Int, channels: Int) throws -> Machine {
    var configuration = MachineConfiguration(seed: 42)
    configuration.channelLimit = channels
    let machine = try Machine(configuration)
    _ = try machine.addRootComplex(
      RootComplexConfiguration(name: "pci@400", handle: DeviceHandle(rawValue: 0x400)))
    for number in 1...guests {
      _ = try machine.addGuest(name: "ldg\(number)", memory: ByteSize(16 << 20))
    }
    return machine
  }

  @Test func moreGuestsThanTheUsualNumberOfChannelsNegotiate() throws {
    let machine = try machine(guests: 300, channels: 512)
    try machine.boot()
    let request = GrantRequest(handle: DeviceHandle(rawValue: 0x400), pages: 3)
    for domain in [1, 64, 65, 256, 257, 300] {
      let grants = try machine.negotiate(DomainID(domain), request)
      #expect(grants.count == 1)
    }
    try machine.check()
    try machine.crash(DomainID(257))
    try machine.reboot(DomainID(257))
    try machine.check()
    #expect(machine.grants(of: DomainID(257)).isEmpty)
  }

  @Test func theLimitIsToldWhereABootNeedsMore() throws {
    let machine = try machine(guests: 9, channels: 8)
    let error = #expect(throws: MachineError.self) { try machine.boot() }
    #expect(error?.code == .noMemory && error?.name == "no-free-channel")
    #expect(!machine.isBooted)
  }

  @Test func theLimitIsKeptInTheMachineDescription() throws {
    let machine = try machine(guests: 2, channels: 768)
    let descriptions = try machine.descriptions()
    var saved = try SavedMachine(hypervisor: descriptions.hypervisor, source: "hv.bin")
    for guest in descriptions.guests {
      try saved.add(guest.bytes, of: guest.name, source: guest.name)
    }
    #expect(try Machine(saved).configuration.channelLimit == 768)
  }
}
