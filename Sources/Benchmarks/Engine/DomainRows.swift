import Hypervisor
import Negotiation
import Simulation
import Sun4v

/// How a negotiation's cost grows with the number of domains: a request for one page of every guest in
/// turn, each answered before the next.
///
/// Giving the grants back is not timed.
enum DomainRows {
  private static let requests = 1_000

  static func make() throws -> [BenchmarkRow] {
    try [1, 10, 100, 1_000].map(row) + [.copying(bytes: 8192, times: 10_000)]
  }

  private static func row(guests: Int) throws -> BenchmarkRow {
    let setup = try MachineUnderTest(guests: guests, guestMemory: ByteSize(16 << 20))
    let machine = setup.machine
    let request = GrantRequest(handle: try machine.rootComplex(setup.bus).handle, pages: 1)
    return BenchmarkRow("\(guests) guests", floor: "floor", operations: requests) {
      var grants: [GrantReference] = []
      grants.reserveCapacity(requests)
      let time = try ThreadClock.time { () throws(MachineError) in
        for turn in 0..<requests {
          grants += try machine.negotiate(setup.guests[turn % guests], request)
        }
      }
      guard grants.count == requests else {
        throw BenchmarkError("domains: \(grants.count) grants for \(requests) requests")
      }
      for grant in grants { try machine.release(grant) }
      return time
    }
  }
}
