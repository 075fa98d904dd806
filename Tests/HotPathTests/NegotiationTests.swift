import Hypervisor
import Negotiation
import Simulation
import Sun4v
import Testing

/// What a guest's request and its release take from the heap on their way over Domain Services, link,
/// queues and interrupts, both ways, with the agents at both ends.
///
/// Not nothing: what was granted is returned in a list, and a release is a list of grants and of what became
/// of each, at both ends. Messages on their way take nothing. A build without optimisation takes much more.
@Suite("Allocations on the heap by negotiation", .countsAllocations)
struct NegotiationTests {
  #if DEBUG
    static let most: UInt64 = 100
  #else
    static let most: UInt64 = 6
  #endif

  @Test("A grant asked for and given back asks for memory so many times, with few grants or many")
  func requestAndRelease() throws {
    let machine = try Machine(MachineConfiguration(seed: 42))
    let handle = DeviceHandle(rawValue: 0x400)
    _ = try machine.addRootComplex(RootComplexConfiguration(name: "pci@400", handle: handle))
    let guest = try machine.addGuest(name: "ldg1", memory: ByteSize(16 << 20))
    try machine.boot()
    let request = GrantRequest(handle: handle, pages: 1)
    for more: UInt32 in [8, 128] {
      for _ in 0..<8 {
        _ = try machine.negotiate(guest, GrantRequest(handle: handle, pages: 1, count: more))
      }
      let asked = try allocations(times: 100) {
        for grant in try machine.negotiate(guest, request) { try machine.release(grant) }
      }
      #expect(asked <= 100 * Self.most)
    }
  }
}
