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
    if case .control(let control) = software.software[Self.control.rawValue] {
      found += control.agent.checkInvariants()
      found += checkGrants(against: control)
    }
    found += checkMappings()
    found += checkDrivers()
    return found
  }

  /// Each grant that the hypervisor enforces is one that the control domain has given, and the other
  /// way round.
  private func checkGrants(against control: ControlDomainSoftware) -> [String] {
    var found: [String] = []
    let known = control.agent.grantList
    for rootComplex in hypervisor.state.rootComplexes {
      let ours = known.filter { $0.handle == rootComplex.handle }
      for grant in rootComplex.grants.all
      where !ours.contains(where: {
        $0.record.address == rootComplex.window.address(of: grant.base)
          && $0.record.pages == grant.pages
      }) {
        found.append(
          "\(rootComplex.name): the hypervisor enforces a grant of \(grant.pages) pages at "
            + "\(rootComplex.window.address(of: grant.base)) that the control domain does not know")
      }
      if rootComplex.grants.count < ours.count {
        found.append(
          "\(rootComplex.name): the control domain counts \(ours.count) grants, the hypervisor "
            + "\(rootComplex.grants.count)")
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
