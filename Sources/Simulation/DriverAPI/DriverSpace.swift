import DMA
import Hypervisor
import Negotiation
import Sun4v

/// Space for a domain's driver: negotiated by guests, private for the control domain.
extension Machine {
  /// Adds the space that a driver lacks.
  func supply(_ wanted: SpaceRequest, to domain: DomainID) throws(MachineError) {
    let window = software.drivers[domain.rawValue].windows[wanted.window]
    guard let target = self.window(of: window.handle)
    else { throw MachineError(.notFound, "no root complex has the handle \(window.handle)") }
    if domain == Self.control {
      try supplyPrivate(wanted, target)
    } else {
      try supplyGrant(wanted, target, to: domain)
    }
  }

  private func supplyPrivate(
    _ wanted: SpaceRequest, _ target: WindowReference
  ) throws(MachineError) {
    // Any run of so many pages has a place for the range, wherever it begins.
    let slack = (wanted.alignment &- 1) &+ (wanted.boundary > 0 ? wanted.pages &- 1 : 0)
    let enough = wanted.pages &+ slack
    let cache = software.drivers[Self.control.rawValue].cache
    var pages = cache.isEnabled ? max(cache.batchPages, enough) : enough
    var index: UInt64
    do throws(MachineError) {
      index = try takePrivate(pages, target)
    } catch {
      guard error.code == .denied else { throw error }
      software.drivers[Self.control.rawValue].trim(wanted.window, to: 0)
      giveBackSpace(of: Self.control)
      pages = enough
      index = try takePrivate(pages, target)
    }
    if !software.drivers[Self.control.rawValue].add(
      .privatePart, window: wanted.window, firstIndex: index, pages: pages)
    {
      freePrivate(index, pages, target)
      throw MachineError(.noMemory, "no memory for the allocator of \(pages) pages")
    }
  }

  private func supplyGrant(
    _ wanted: SpaceRequest, _ target: WindowReference, to domain: DomainID
  ) throws(MachineError) {
    let cache = software.drivers[domain.rawValue].cache
    let exact = GrantRequest(
      handle: target.handle, pages: wanted.pages, alignment: wanted.alignment,
      boundary: wanted.boundary, highestAddress: wanted.highestAddress)
    var request = exact
    if cache.isEnabled, cache.batchPages > wanted.pages {
      request.pages = cache.batchPages
      // A grant that begins at a multiple of the range's size rounded up has room for it before the
      // next boundary.
      if wanted.boundary > 0 {
        request.boundary = 0
        request.alignment = max(wanted.alignment, Self.powerOfTwo(from: wanted.pages))
      }
    }
    let granted: [GrantReference]
    do throws(MachineError) {
      granted = try negotiate(domain, request)
    } catch {
      guard error.code == .denied else { throw error }
      for window in software.drivers[domain.rawValue].windows.indices {
        software.drivers[domain.rawValue].trim(window, to: 0)
      }
      guard software.drivers[domain.rawValue].hasReturns || request != exact else { throw error }
      giveBackSpace(of: domain)
      granted = try negotiate(domain, exact)
    }
    for grant in granted {
      let index = target.window.index(of: grant.record.address) ?? target.window.entryCount
      if !software.drivers[domain.rawValue].add(
        .grant(grant.record.grant), window: wanted.window, firstIndex: index,
        pages: grant.record.pages)
      {
        try release(grant)
        throw MachineError(
          .noMemory, "no memory for the allocator of \(grant.record.pages) pages")
      }
    }
  }

  static func powerOfTwo(from pages: UInt64) -> UInt64 {
    guard pages > 1, pages <= 1 << 62 else { return 1 }
    return 1 << UInt64(64 - (pages - 1).leadingZeroBitCount)
  }

  /// Releases what a domain's driver gives back; the clock need not run for it.
  func giveBackSpace(of domain: DomainID) {
    let returned = software.drivers[domain.rawValue].takeReturns()
    var grants: [GrantID] = []
    for space in returned {
      switch space.source {
      case .grant(let grant) where space.wasAskedFor:
        // A grant that the control domain took meanwhile needs no surrender.
        _ = try? withGuest(domain) { guest, port, events in
          try? guest.surrender(grant, port, events: &events)
        }
      case .grant(let grant): grants.append(grant)
      case .privatePart:
        let handle = software.drivers[domain.rawValue].windows[space.window].handle
        if let target = window(of: handle) {
          freePrivate(space.firstIndex, space.pages, target)
        }
      case .table: break
      }
    }
    var rest = grants[...]
    while !rest.isEmpty {
      let batch = Array(rest.prefix(Self.releaseBatch))
      rest = rest.dropFirst(Self.releaseBatch)
      _ = try? withGuest(domain) { guest, port, events in
        try? guest.release(batch, port, events: &events)
      }
    }
  }

  /// The number of grants that one RELEASE names.
  private static let releaseBatch = 128

  /// Tells a domain's driver what became of its grants.
  func noticeGrants(_ events: [NegotiationEvent], of domain: DomainID) {
    let place = domain.rawValue
    guard !events.isEmpty, software.drivers.indices.contains(place),
      software.drivers[place].isReady
    else { return }
    for event in events {
      switch event {
      case .revokeAsked(domain, let grant, _) where !ignoresRevoke(domain):
        software.drivers[place].revokeAsked(grant)
      case .revoked(domain, let grant, true), .lost(domain, let grant):
        software.drivers[place].lost(port(of: domain), grant)
      default: break
      }
    }
    if software.drivers[place].hasReturns { giveBackSpace(of: domain) }
  }

  /// Refuses what would take a grant out of its driver's hands.
  func checkNotCached(_ grant: GrantReference) throws(MachineError) {
    let place = grant.domain.rawValue
    guard software.drivers.indices.contains(place),
      software.drivers[place].holds(grant.record.grant)
    else { return }
    throw MachineError(
      .wrongState,
      "grant \(grant.record.grant) is in the hands of the domain's DMA API; "
        + "dma:trim() gives idle ones back")
  }

  func dropDriver(of domain: DomainID) {
    if software.drivers.indices.contains(domain.rawValue) {
      software.drivers[domain.rawValue] = .none
    }
  }

  func driverMapping(over record: BufferRecord) -> DVMAAddress? {
    let place = record.domain.rawValue
    // A driver keeps the slots of all mappings that it ever had at once; without live ones none is asked.
    guard software.drivers.indices.contains(place), software.drivers[place].hasMappings else {
      return nil
    }
    return software.drivers[place].mapping(
      over: MemoryPiece(address: record.base, length: record.size))
  }

  /// Each mapping of the DMA API has its entries, and its sums add up.
  func checkDrivers() -> [String] {
    var found: [String] = []
    for (domain, driver) in software.drivers.enumerated() where driver.isReady {
      let name = hypervisor.state.domains[domain].name
      found += driver.checkInvariants().map { "\(name): \($0)" }
      for range in driver.mappedEntries {
        guard
          let target = hypervisor.state.rootComplexes.first(where: { $0.handle == range.handle })
        else { continue }
        let table =
          range.table == 0 ? target.table : target.suppliedTable(range.table)?.table
        for index in range.index..<(range.index &+ range.count)
        where table?.entry(index)?.isValid != true {
          found.append(
            "\(target.name): entry \(index) of a mapping of \(name)'s DMA API is not valid")
        }
      }
    }
    return found
  }
}
