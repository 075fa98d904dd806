import Negotiation
import Sun4v

/// What tests of single messages ask for and how.
extension ChaoticNetwork {
  /// Two guests whose sessions are up.
  static func connected(
    _ limits: (inout ControlAgentConfiguration) -> Void = { _ in }
  ) throws -> ChaoticNetwork {
    var network = try ChaoticNetwork(guests: 2, seed: 1, limits: limits)
    network.connect(0)
    network.connect(1)
    _ = network.settle()
    return network
  }

  /// Asks, and returns what came of it.
  mutating func ask(_ wanted: GrantRequest, guest: Int = 0) throws -> RequestOutcome? {
    let id = try request(guest, wanted)
    _ = settle()
    return guests[guest].outcome(of: id)
  }

  /// A request for pages of the network's window.
  static func wanting(
    _ pages: UInt64, _ change: (inout GrantRequest) -> Void = { _ in }
  ) -> GrantRequest {
    var request = GrantRequest(handle: handle, pages: pages)
    change(&request)
    return request
  }
}
