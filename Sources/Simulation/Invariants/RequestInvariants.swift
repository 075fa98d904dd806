import Hypervisor
import Negotiation
import Sun4v

/// Requests and grants belong together, one to one.
extension Machine {
  /// No grant without a request, and no request with two: where a guest knows the answer to a request, the
  /// control domain holds no grant for it that the answer does not name.
  func checkRequests(_ control: ControlDomainSoftware) -> [String] {
    var found: [String] = []
    var counts: [GrantOrigin: Int] = [:]
    for grant in control.agent.grantList {
      if case .reclaiming = grant.state { continue }
      counts[GrantOrigin(guest: grant.guest, request: grant.request), default: 0] += 1
      guard let guest = software.software[grant.guest.rawValue].guest else { continue }
      if let wanted = guest.agent.openRequest(grant.request) {
        let origin = GrantOrigin(guest: grant.guest, request: grant.request)
        if counts[origin] == Int(wanted.count) + 1 {
          found.append(
            "request \(grant.request) of \(name(grant.guest)) for \(wanted.count) ranges has more "
              + "grants than that: \(grant.id) is one too many")
        }
        continue
      }
      switch guest.outcome(of: grant.request) {
      case .granted(let records) where !records.contains(where: { $0.grant == grant.id }):
        found.append(
          "grant \(grant.id) is for request \(grant.request) of \(name(grant.guest)), which was "
            + "answered with \(records.map { "\($0.grant)" }.joined(separator: ", "))")
      case .denied, .refused:
        found.append(
          "grant \(grant.id) is for request \(grant.request) of \(name(grant.guest)), which was denied"
        )
      default: break
      }
    }
    return found
  }

  /// Where nothing is under way, a guest and the control domain know the same grants: none is leaked,
  /// and none lost.
  func checkAgreement(_ control: ControlDomainSoftware) -> [String] {
    guard isQuiet else { return [] }
    var found: [String] = []
    let all = Dictionary(grouping: control.agent.grantList, by: \.guest)
    for domain in domains {
      guard let guest = software.software[domain.rawValue].guest,
        guest.agent.phase == .ready
      else { continue }
      let theirs = Set((all[domain] ?? []).map(\.id))
      let own = Set(guest.agent.grantList.map(\.id))
      for id in theirs.subtracting(own).sorted() {
        found.append("grant \(id) is leaked: \(name(domain)) does not know that it holds it")
      }
      for id in own.subtracting(theirs).sorted() {
        found.append(
          "grant \(id) is lost: \(name(domain)) holds it, the control domain does not know")
      }
    }
    return found
  }

  /// Whether nothing will happen by itself: no interrupt, no timer, no packet held back.
  var isQuiet: Bool { next() == nil && hypervisor.state.pendingMondos.isEmpty }
}

private struct GrantOrigin: Hashable {
  let guest: DomainID
  let request: RequestID
}
