import DMA
import Hypervisor
import Negotiation
import Simulation
import Sun4v
import Testing

@Suite("Work for buffers, counted in allocations", .countsAllocations)
struct BufferTests {
  /// A guest with a grant, of which so many pages are mapped.
  private func machine(mapped pages: UInt64) throws -> (Machine, DomainID) {
    let machine = try Machine(MachineConfiguration(model: .t2, seed: 1))
    let handle = DeviceHandle(rawValue: 0x400)
    _ = try machine.addRootComplex(RootComplexConfiguration(name: "pci@400", handle: handle))
    let guest = try machine.addGuest(name: "ldg1", memory: ByteSize(64 << 20))
    try machine.boot()
    let grant = try #require(
      machine.negotiate(guest, GrantRequest(handle: handle, pages: 4096)).first)
    let buffer = try machine.allocate(guest, 8192)
    for page in 0..<pages {
      _ = try machine.map(
        guest,
        MappingRequest(
          buffer: buffer, length: 8192, place: .grantPage(grant, page), direction: .toDevice))
    }
    return (machine, guest)
  }

  @Test("Freeing a buffer takes as many with thousands of mappings of others as with one")
  func free() throws {
    let asked = try [1, 3000].map { (pages: UInt64) in
      let (machine, guest) = try machine(mapped: pages)
      var buffers = try (0..<200).map { _ in try machine.allocate(guest, 8192) }
      return try allocations(times: 100) {
        if let last = buffers.popLast() { try machine.free(last) }
      }
    }
    #expect(asked[0] == asked[1])
  }
}
