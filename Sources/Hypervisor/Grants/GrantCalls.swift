// Theory of operation
//
// The one thing that no sun4v hypervisor has and the method needs: the root complex's owner tells the
// hypervisor that an index range of its window belongs to the domain at the far end of a channel.
// From then on that domain, and no other, may map there, through the same handle and the same calls
// as the owner uses; and the owner may not. To take a grant back, the hypervisor first removes the
// grantee's entries and every remembered translation of them, so that when the call returns no
// device reaches the grantee's memory through the range.
//
// The group is our own and part of no specification. dvma_grant checks, in order: the handle (EINVAL),
// the caller being the owner (ENOACCESS), index and count (EINVAL), the channel (ECHANNEL), its far end
// being another domain (EINVAL), and that the range holds neither a page of another grant nor a valid
// entry (EBUSY). dvma_revoke wants exactly the range of one grant (else ENOMAP).

import Sun4v

extension HypercallTable {
  /// The calls that grant DVA ranges.
  static let grantCalls: [Hypercall] = [
    Hypercall(
      "dvma_grant", HypercallNumber.dvmaGrant, group: .dvma,
      arguments: ["handle", "tsbid", "pages", "channel"], results: ["pages"],
      summary: "Gives an index range of the caller's window to the domain at a channel's far end.",
      source: "dvmash's own; in no published specification"
    ) { $0.grantRange($1, $2) },
    Hypercall(
      "dvma_revoke", HypercallNumber.dvmaRevoke, group: .dvma,
      arguments: ["handle", "tsbid", "pages"], results: ["ttes_demapped"],
      summary: "Removes a grant's entries and flushes them, then takes the grant back.",
      source: "dvmash's own; in no published specification"
    ) { $0.revokeRange($1, $2) },
    Hypercall(
      "dvma_info", HypercallNumber.dvmaInfo, group: .dvma,
      arguments: ["handle", "tsbid"], results: ["tsbid", "pages", "attributes"],
      summary: "Tells the bounds of the caller's grant that holds an index.",
      source: "dvmash's own; in no published specification"
    ) { $0.grantInfo($1, $2) },
  ]
}

extension HypervisorState {
  mutating func grantRange(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    guard let place = rootComplexIndex(arguments.a0) else { return HypercallResult(.invalid) }
    guard rootComplexes[place].owner == domain else { return HypercallResult(.noAccess) }
    let first = arguments.a1
    let pages = arguments.a2
    let usable = rootComplexes[place].window.usableEntries
    guard first < usable, pages > 0, pages <= usable &- first else {
      return HypercallResult(.invalid)
    }
    let channel = ChannelID(arguments.a3)
    guard let peer = peerDomain(of: channel, for: domain) else {
      return HypercallResult(.badChannel)
    }
    guard peer != domain, domains.indices.contains(peer.rawValue) else {
      return HypercallResult(.invalid)
    }
    guard rootComplexes[place].grants.isUngranted(from: first, count: pages),
      !rootComplexes[place].table.hasValid(from: first, count: pages)
    else { return HypercallResult(.busy) }
    let grant = Grant(grantee: peer, base: first, pages: pages, channel: channel)
    rootComplexes[place].grants.insert(grant)
    if events.isListening {
      events.stream.append(.granted(rootComplex: RootComplexID(place), grant: grant), at: now)
    }
    return HypercallResult(.ok, pages)
  }

  mutating func revokeRange(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard let place = rootComplexIndex(arguments.a0) else { return HypercallResult(.invalid) }
    guard rootComplexes[place].owner == domain else { return HypercallResult(.noAccess) }
    guard arguments.a1 < rootComplexes[place].window.usableEntries, arguments.a2 > 0 else {
      return HypercallResult(.invalid)
    }
    guard let grant = rootComplexes[place].grants.grant(at: arguments.a1),
      grant.base == arguments.a1, grant.pages == arguments.a2
    else { return HypercallResult(.noMapping) }
    return HypercallResult(.ok, UInt64(withdraw(grant, from: place)))
  }

  /// Removes a live grant's entries and then the grant; returns how many entries were valid.
  @discardableResult
  mutating func withdraw(_ grant: Grant, from place: Int) -> Int {
    let removed = demapEntries(place, from: grant.base, count: grant.pages, of: grant.grantee)
    _ = rootComplexes[place].grants.remove(base: grant.base, pages: grant.pages)
    if events.isListening {
      events.stream.append(.revoked(rootComplex: RootComplexID(place), grant: grant), at: now)
    }
    return removed
  }

  func grantInfo(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    guard let place = rootComplexIndex(arguments.a0, usableBy: domain),
      arguments.a1 < rootComplexes[place].window.usableEntries
    else { return HypercallResult(.invalid) }
    guard let grant = rootComplexes[place].grants.grant(at: arguments.a1),
      grant.grantee == domain || rootComplexes[place].owner == domain
    else { return HypercallResult(.noMapping) }
    let attributes = IOAttributes(read: true, write: true)
    return HypercallResult(.ok, grant.base, grant.pages, attributes.rawValue)
  }
}
