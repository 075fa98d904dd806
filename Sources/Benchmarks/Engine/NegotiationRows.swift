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
    let setup = try MachineUnderTest(windowPages: 1 << 19)
    let machine = setup.machine
    let handle = try machine.rootComplex(setup.bus).handle
    let guest = setup.guests[0]
    var held = 0
    while held < live {
      let count = min(live - held, batch)
      held += try machine.negotiate(
        guest, GrantRequest(handle: handle, pages: 1, count: UInt32(count))
      ).count
    }
    guard try machine.rootComplex(setup.bus).grants.count == live else {
      throw BenchmarkError("negotiation: \(held) grants instead of \(live)")
    }
    let request = GrantRequest(handle: handle, pages: 1)
    return BenchmarkRow("\(live) live", floor: "floor", operations: requests) {
      var grants: [GrantReference] = []
      let time = try ThreadClock.time { () throws(MachineError) in
        for _ in 0..<requests { grants += try machine.negotiate(guest, request) }
      }
      guard grants.count == requests else {
        throw BenchmarkError("negotiation: \(grants.count) grants for \(requests) requests")
      }
      for grant in grants { try machine.release(grant) }
      return time
    }
  }
}
