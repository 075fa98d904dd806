// Theory of operation
//
// api_set_version fills a domain's table of calls: every call of a group is EBADTRAP until a version
// of the group is chosen that has it. A minor version adds calls to the lower ones; another major
// starts afresh. The released code works on the table by difference, which shows in one place: when
// a domain goes back to a lower minor, a call that the dropped minor had merely replaced is lost
// until the group is chosen anew. As specified, the version alone decides.
//
// Source: OpenSPARC hypervisor 1.5.6, hcall.s and hcall_groups.s; FWARC 2006/052.

import Sun4v

extension HypervisorState {
  /// api_set_version: group, major, minor.
  mutating func setVersion(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    let group = APIGroup(rawValue: arguments.a0)
    if group == .sun4v && offered.versions(of: group) != nil {
      guard arguments.a1 == 1 else { return HypercallResult(.notSupported) }
      domains[domain.rawValue].versions.choose(APIVersion(1, 0), for: group)
      return HypercallResult(.ok, 0)
    }
    guard let versions = offered.versions(of: group) else { return HypercallResult(.invalid) }
    let chosen = domains[domain.rawValue].versions.version(of: group)
    guard arguments.a1 != 0 else {
      if domains[domain.rawValue].frozenGroups.contains(group) { return HypercallResult(.busy) }
      enableCalls(domain, group, from: chosen, to: nil)
      return HypercallResult(.ok, 0)
    }
    guard let highest = versions.first(where: { $0.major == arguments.a1 }) else {
      return HypercallResult(.notSupported)
    }
    if domains[domain.rawValue].frozenGroups.contains(group) { return HypercallResult(.busy) }
    let version = APIVersion(arguments.a1, min(arguments.a2, highest.minor))
    enableCalls(domain, group, from: chosen, to: version)
    return HypercallResult(.ok, version.minor)
  }

  /// api_get_version: group.
  ///
  /// A known group that was never set: EOK and 0.0 as deployed, EINVAL and 0.0 as specified.
  func getVersion(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    let group = APIGroup(rawValue: arguments.a0)
    guard offered.versions(of: group) != nil else {
      return conformance == .specified
        ? HypercallResult(.invalid, 0, 0) : HypercallResult(.invalid)
    }
    if let version = domains[domain.rawValue].versions.version(of: group) {
      return HypercallResult(.ok, version.major, version.minor)
    }
    return HypercallResult(conformance == .specified ? .invalid : .ok, 0, 0)
  }

  private mutating func enableCalls(
    _ domain: DomainID, _ group: APIGroup, from old: APIVersion?, to new: APIVersion?
  ) {
    let calls = HypercallTable.standard.calls
    // By the place: a call is much to copy, and a domain that boots asks for a hundred.
    for index in calls.indices where calls[index].group == group {
      let range =
        conformance == .specified ? calls[index].specifiedVersions : calls[index].versions
      var enabled = new.map(range.contains) ?? false
      if conformance == .deployed, let old, let new, old.major == new.major, enabled {
        let call = calls[index]
        let wasEnabled = domains[domain.rawValue].versions.isEnabled(index)
        if new.minor < old.minor {
          // Going down only takes away: the dropped minors' own calls, and what they replaced.
          enabled =
            wasEnabled
            && !call.replacedIn.contains {
              $0.major == new.major && $0.minor > new.minor && $0.minor <= old.minor
            }
        } else {
          enabled = wasEnabled || addsCall(call, range, above: old, upTo: new)
        }
      }
      domains[domain.rawValue].versions.set(index, enabled: enabled)
    }
    domains[domain.rawValue].versions.choose(new, for: group)
  }

  /// Whether a minor above one version, up to another, puts the call or a routine in its place.
  private func addsCall(
    _ call: Hypercall, _ range: APIVersionRange, above old: APIVersion, upTo new: APIVersion
  ) -> Bool {
    (range.first + call.replacedIn).contains {
      $0.major == new.major && $0.minor > old.minor && $0.minor <= new.minor
    }
  }

  /// Says whether a group's version can change now; a change of one that cannot answers EBUSY.
  public mutating func setVersionFrozen(_ domain: DomainID, _ group: APIGroup, _ frozen: Bool) {
    guard domains.indices.contains(domain.rawValue) else { return }
    if frozen {
      domains[domain.rawValue].frozenGroups.insert(group)
    } else {
      domains[domain.rawValue].frozenGroups.remove(group)
    }
  }
}
