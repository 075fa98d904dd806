import Hypervisor
import Negotiation
import Simulation
import Sun4v

/// P6: a request for one page, from the guest's call to its answer, with so many grants live.
///
/// Every packet goes through the hypervisor's queues, is acknowledged and checked; interrupts and the
/// model's clock are part of it. Giving the grants back is not timed.
enum NegotiationRows {
  private static let requests = 64
  /// Ranges asked for at once where only the number of live grants matters.
  private static let batch = 128

  static func make() throws -> [BenchmarkRow] {
    try [10, 1_000, 100_000].map(row) + [.copying(bytes: 8192, times: 10_000)]
  }

  private static func row(live: Int) throws -> BenchmarkRow {
    // A domain holds at most 2^16 grants, so two share them.
    let setup = try MachineUnderTest(windowPages: 1 << 19, guests: 2)
    let machine = setup.machine
    let handle = try machine.rootComplex(setup.bus).handle
    for (guest, share) in zip(setup.guests, [live - live / 2, live / 2]) {
      var left = share
      while left > 0 {
        let count = UInt32(min(left, batch))
        left -= try machine.negotiate(
          guest, GrantRequest(handle: handle, pages: 1, count: count)
        ).count
      }
    }
    guard try machine.rootComplex(setup.bus).grants.count == live else {
      throw BenchmarkError("negotiation: there are not \(live) grants")
    }
    let request = GrantRequest(handle: handle, pages: 1)
    return BenchmarkRow("\(live) live", floor: "floor", operations: requests) {
      var grants: [GrantReference] = []
      let time = try ThreadClock.time { () throws(MachineError) in
        for _ in 0..<requests { grants += try machine.negotiate(setup.guests[0], request) }
      }
      guard grants.count == requests else {
        throw BenchmarkError("negotiation: \(grants.count) grants for \(requests) requests")
      }
      for grant in grants { try machine.release(grant) }
      return time
    }
  }
}
