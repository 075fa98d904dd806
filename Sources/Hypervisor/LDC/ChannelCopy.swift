// Theory of operation
//
// ldc_copy moves bytes between the caller's memory and a page that the far end exports with the
// right to copy. It may move fewer bytes than asked: it stops at the end of the page on either side.
//
// The deployed code knows only 8 KiB pages and does not look at the size in the table's entry. As
// specified every size works, an entry without any right is ENOMAP, and a cookie whose size is not
// the entry's is EBADPGSZ.
//
// Source: OpenSPARC hypervisor 1.5.6, ldc.s; FWARC 2008/424.

import Sun4v

extension HypervisorState {
  private static let copyPage: UInt64 = 8192

  /// ldc_copy: channel, flags, cookie, address, length.
  mutating func copyOverChannel(
    _ domain: Int, _ arguments: HypercallArguments
  ) -> HypercallResult {
    let (flags, cookie, length) = (arguments.a1, arguments.a2, arguments.a4)
    guard (cookie | arguments.a3 | length) & 7 == 0 else { return HypercallResult(.badAlignment) }
    // The comparison of flags is signed in the deployed code, so a negative number passes.
    let flagsPass = !followsSpecification ? Int64(bitPattern: flags) <= 1 : flags <= 1
    guard flagsPass, Int64(bitPattern: length) > 0 else { return HypercallResult(.invalid) }
    guard let channel = domains[domain].channels.usable(arguments.a0) else {
      return HypercallResult(.badChannel)
    }
    guard
      let local = domains[domain].memoryMap.physical(RealAddress(arguments.a3), guestSize: length)
    else { return HypercallResult(.noRealAddress) }
    switch exported(domain, channel, SharedMemoryCookie(rawValue: cookie), flags, length) {
    case .refused(let status): return HypercallResult(status)
    case .value(let far):
      let toPageEnd = Self.copyPage &- local.rawValue & (Self.copyPage &- 1)
      let count = !followsSpecification ? min(far.length, toPageEnd) : far.length
      let moved =
        flags == 0
        ? memory.copy(from: far.physical, to: local, count: Int(count))
        : memory.copy(from: local, to: far.physical, count: Int(count))
      return moved ? HypercallResult(.ok, count) : HypercallResult(.noRealAddress)
    }
  }

  /// Where a cookie leads, and how many of the bytes asked for lie in its page.
  private func exported(
    _ domain: Int, _ channel: Int, _ cookie: SharedMemoryCookie, _ flags: UInt64, _ length: UInt64
  ) -> Checked<(physical: PhysicalAddress, length: UInt64)> {
    guard case .domain = domains[domain].channels.endpoints[channel].target else {
      // A service of the hypervisor: the cookie is a physical address.
      guard !followsSpecification else { return .refused(.invalid) }
      let toPageEnd = Self.copyPage &- cookie.rawValue & (Self.copyPage &- 1)
      return .value((PhysicalAddress(cookie.rawValue), min(length, toPageEnd)))
    }
    guard let peer = peer(domain, channel),
      domains[peer.domain].channels.endpoints[peer.channel].isUsable
    else { return .refused(.badChannel) }
    guard domains[peer.domain].channels.endpoints[peer.channel].mapTable != nil else {
      return .refused(.noMapping)
    }
    let isDeployed = !followsSpecification
    guard let pageSize = PageSize(code: cookie.pageSizeCode), !isDeployed || pageSize == .size8K
    else { return .refused(.badPageSize) }
    let index = isDeployed ? (cookie.rawValue << 8) >> 21 : cookie.index(pageSize)
    guard let place = mapTableEntry(peer.domain, peer.channel, index),
      let word = memory.loadWord(place)
    else { return .refused(.noMapping) }
    let entry = MapTableEntry(rawValue: word)
    if !isDeployed {
      guard entry.rights.rawValue != 0 else { return .refused(.noMapping) }
      guard entry.pageSizeCode == cookie.pageSizeCode else { return .refused(.badPageSize) }
    }
    guard word & (0x200 &<< flags) != 0 else { return .refused(.noAccess) }
    let offset = cookie.offset(pageSize)
    let count = min(length, pageSize.bytes &- offset)
    guard
      let physical = domains[peer.domain].memoryMap.physical(
        RealAddress(entry.page.rawValue | offset), size: count)
    else { return .refused(.noRealAddress) }
    return .value((physical, count))
  }
}
