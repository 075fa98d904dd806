// Theory of operation
//
// A packet that only acknowledges strikes out what its receiver keeps to send again, and does nothing else:
// no rule looks at that, no message comes of it, and whatever else may happen before or after it leads to
// the same state, since links are only ever read by their own domain and nothing is sent again before a
// timer fires. So where no timer may fire while it is under way, a search loses nothing by delivering it
// at once, and need not try everything else both before and after it. What waits for a domain must be
// nothing but that: no news of the far end, no timer that is due, nothing that waits for the window.
//
// Such deliveries end: each takes packets away and makes none. So nothing is put off for ever.
//
// Source: partial order reduction by an ample set of one invisible, independent transition (Peled, 1993).

import Channels
import Hypervisor
import Negotiation
import Sun4v

extension Machine {
  /// A domain for which nothing waits but packets that only acknowledge, or `nil`.
  func silentDelivery() -> DomainID? {
    guard hypervisor.state.callFaults == nil, software.crashes.isEmpty else { return nil }
    return domains.first { domain in
      guard software.agenda.delivery(to: domain) != nil else { return false }
      let state = hypervisor.state
      let waiting = WaitingInterrupts(sources: state.waitingMondoSources(of: domain)) { channel in
        state.packetsOnTheWay(to: domain, channel)?.compactMap { try? LDCPacket($0) }
      }
      let place = software.software[domain.rawValue]
      return place.control?.takesSilently(waiting, now: now)
        ?? place.guest?.takesSilently(waiting, now: now) ?? false
    }
  }
}
