import DMA
import Hypervisor
import Negotiation
import Simulation
import Sun4v

/// P4: the whole path of a guest's driver, with its grant in hand.
///
/// Mapping a page is: its address into the list in the guest's memory, the hypercall with all its
/// checks, and the entry in the table. The rows of 64 count a page as an operation. The floor copies a
/// list of 64 addresses.
enum DriverRows {
  private static let calls = 20_000
  private static let lists = 1_024
  private static let listPages = IOMMUDriver.batch

  static func make() throws -> [BenchmarkRow] {
    let setup = try MachineUnderTest()
    let guest = setup.guests[0]
    let pages = lists * listPages
    let handle = try setup.machine.rootComplex(setup.bus).handle
    let request = GrantRequest(handle: handle, pages: UInt64(pages))
    guard let grant = try setup.machine.negotiate(guest, request).first else {
      throw BenchmarkError("driver: no grant of \(pages) pages")
    }
    let driver = try setup.driver(of: guest)
    guard let first = driver.index(of: grant.record.address) else {
      throw BenchmarkError("driver: the grant is outside the window")
    }
    let port = DomainPort(setup.machine.hypervisor, guest)
    let size = UInt64(listPages) << driver.pageSize.shift
    let memory = try setup.machine.buffer(setup.machine.allocate(guest, size)).base
    let attributes = IOAttributes(read: true, write: true, requester: MachineUnderTest.function)

    func mapLists() throws(DMAError) {
      for list in 0..<lists {
        try driver.map(
          port, at: first + UInt64(list * listPages), count: UInt64(listPages), memory: memory,
          attributes: attributes)
      }
    }
    func unmapLists() {
      for list in 0..<lists {
        driver.demap(port, at: first + UInt64(list * listPages), count: UInt64(listPages))
      }
    }
    return [
      .copying(bytes: listPages * 8, times: calls),
      .timed("pair 1", floor: "floor", operations: calls) { () throws(DMAError) in
        for _ in 0..<calls {
          try driver.map(port, at: first, count: 1, memory: memory, attributes: attributes)
          driver.demap(port, at: first, count: 1)
        }
      },
      BenchmarkRow("map 64", floor: "floor", operations: pages) {
        defer { unmapLists() }
        return try ThreadClock.time(mapLists)
      },
      BenchmarkRow("unmap 64", floor: "floor", operations: pages) {
        try mapLists()
        return ThreadClock.time(unmapLists)
      },
    ]
  }
}
