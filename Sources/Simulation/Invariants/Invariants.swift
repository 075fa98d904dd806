// Theory of operation
//
// What must hold between any two steps of a machine, whatever the domains did. The hypervisor checks its
// tables and the control agent its books; here the two are compared, what is left of domains that are
// gone is looked for, and what a request was answered with. Everything is recomputed from the state.
//
// The rules by number:
//   1 a valid entry lies in a live grant of its domain; the control domain's outside every grant
//   2 no page in two grants; free, granted, guard, quarantined and private pages are the window
//   3 an entry leads to memory of the domain that installed it, or exported to it
//   4 a device reaches what the table says; what is remembered beyond that is reported as stale, and may
//     not lead to memory of a domain that the entry does not belong to any more
//   5 no grant without a request, no request with two grants; quotas hold
//   6 of a domain that is gone nothing is left
//   7 where nothing is under way, both sides of a channel know the same grants
// That reliable channels deliver once and in order is the link's to keep (Channels); what would follow from
// a breach shows in 5 and 7. That the same seed gives the same events is no property of one state.
//
// A root complex keeps a grant whose removal was refused, and every grant while the control domain is down:
// it belongs to nobody then, and is neither counted as left over nor as unknown.

import Hypervisor
import Negotiation
import Sun4v

/// What must hold whenever no operation is under way.
extension Machine {
  /// Checks every invariant of hypervisor, negotiation and machine; throws code `invariant` with a list
  /// of what is broken.
  public func check() throws(MachineError) {
    try checkOpen()
    let broken = invariantViolations()
    if !broken.isEmpty {
      throw MachineError(.invariant, broken.joined(separator: "; "))
    }
  }

  /// Every invariant that is broken, in words.
  public func invariantViolations() -> [String] {
    var found = hypervisor.state.checkInvariants()
    if let control = software.software[Self.control.rawValue].control {
      found += control.agent.checkInvariants()
      found += checkGrants(against: control)
      found += checkRequests(control)
      found += checkPages(control)
      found += checkAgreement(control)
    }
    found += checkMappings()
    found += checkDrivers()
    found += checkStale()
    for domain in domains where !isRunning(domain) { found += checkGone(domain) }
    return found
  }

  func name(_ domain: DomainID) -> String {
    hypervisor.state.domain(domain)?.name ?? "domain \(domain)"
  }

  /// Each grant that the hypervisor enforces is one that the control domain has given, and the other
  /// way round.
  private func checkGrants(against control: ControlDomainSoftware) -> [String] {
    var found: [String] = []
    let known = control.agent.grantList
    for rootComplex in hypervisor.state.rootComplexes {
      let ours = known.filter { $0.handle == rootComplex.handle }
      let installed = rootComplex.grants.all
      let books = Dictionary(ours.map { ($0.address, $0) }) { first, _ in first }
      for grant in installed {
        let address = rootComplex.window.address(of: grant.base)
        guard let book = books[address], book.pages == grant.pages else {
          found.append(
            "\(rootComplex.name): the hypervisor enforces a grant of \(grant.pages) pages at "
              + "\(address) that the control domain does not know")
          continue
        }
        if book.guest != grant.grantee {
          found.append(
            "\(rootComplex.name): grant \(book.id) at \(address) is \(name(book.guest))'s by the "
              + "control domain's book and \(name(grant.grantee))'s by the hypervisor's")
        }
      }
      if installed.count < ours.count {
        found.append(
          "\(rootComplex.name): the control domain counts \(ours.count) grants, the hypervisor "
            + "\(installed.count)")
      }
    }
    return found
  }

  /// Free, granted, guard, quarantined, carved out and private pages add up to the window.
  private func checkPages(_ control: ControlDomainSoftware) -> [String] {
    var found: [String] = []
    for window in control.agent.windows {
      guard
        let place = hypervisor.state.rootComplexes.first(where: {
          $0.handle == window.window.handle
        })
      else { continue }
      let counts = window.allocator.statistics()
      let sum =
        counts.freePages + counts.usedPages + counts.guardPages + counts.quarantinedPages
        + counts.reservedPages
      let privatePages = window.window.pages &- window.window.reservedPages
      if UInt64(sum) &+ privatePages != place.window.usableEntries {
        found.append(
          "\(place.name): \(counts.freePages) free, \(counts.usedPages) granted, "
            + "\(counts.guardPages) guard, \(counts.quarantinedPages) quarantined, "
            + "\(counts.reservedPages) carved out and \(privatePages) private pages are not the "
            + "\(place.window.usableEntries) of the window")
      }
      if UInt64(counts.usedPages) != place.grants.pages {
        found.append(
          "\(place.name): \(counts.usedPages) pages in use by the allocator, "
            + "\(place.grants.pages) granted by the hypervisor")
      }
    }
    return found
  }

  /// Each mapping that a script holds has its entries, of the domain that made it.
  private func checkMappings() -> [String] {
    var found: [String] = []
    for record in mappings {
      guard let rootComplex = hypervisor.state.rootComplex(record.rootComplex) else { continue }
      for index in record.firstIndex..<(record.firstIndex + record.pages)
      where rootComplex.table.entry(index)?.isValid != true {
        found.append(
          "\(rootComplex.name): entry \(index) of the mapping at \(record.base) is not valid")
      }
    }
    return found
  }
}
