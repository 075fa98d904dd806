import DMA
import Hypervisor
import Negotiation
import Sun4v

/// What a script asks to be mapped.
public struct MappingRequest: Hashable, Sendable {
  /// Where the range of DVA comes from.
  public enum Place: Hashable, Sendable, BitwiseCopyable {
    /// A free run inside a grant.
    case grant(GrantReference)
    /// A page offset inside a grant.
    case grantPage(GrantReference, UInt64)
    /// A DVA, whoever it belongs to: the hypervisor decides.
    case address(DVMAAddress)
    /// A free run of the private part: the control domain only.
    case privatePart(RootComplexID)
  }

  /// The memory.
  public var buffer: BufferID
  /// The offset of the first byte in the buffer.
  public var offset: UInt64
  /// The number of bytes, at least 1; `nil` for the rest of the buffer.
  public var length: UInt64?
  /// Where it goes.
  public var place: Place
  /// Which way data may move.
  public var direction: DMADirection
  /// The only function that may use the mapping, or `nil` for any.
  public var requester: BusDeviceFunction?

  /// Makes a request.
  public init(
    buffer: BufferID, offset: UInt64 = 0, length: UInt64?, place: Place, direction: DMADirection,
    requester: BusDeviceFunction? = nil
  ) {
    self.buffer = buffer
    self.offset = offset
    self.length = length
    self.place = place
    self.direction = direction
    self.requester = requester
  }
}

/// Mapping a domain's memory for devices, by the domain's own hypercalls.
extension Machine {
  /// Maps a piece of a buffer; throws the refusal, and nothing is mapped then.
  public func map(
    _ domain: DomainID, _ request: MappingRequest
  ) throws(MachineError) -> (id: MappingID, record: MappingRecord) {
    let buffer = try record(of: request.buffer)
    try checkExists(domain)
    guard buffer.domain == domain else { throw notItsOwn(buffer, domain) }
    let length = request.length ?? buffer.rest(from: request.offset)
    try check(buffer, request.offset, length)
    guard length > 0 else {
      throw MachineError(.invalidArgument, "a mapping of 0 bytes: wanted at least 1")
    }
    let target = try target(of: request, for: domain)
    let page = target.window.pageSize
    let inPage = request.offset & (page.bytes - 1)
    let pages = page.pages(for: inPage + length)
    let spot = try spot(for: request.place, pages, target)
    let index = spot.index
    let driver = try driver(of: domain, target)
    do {
      try driver.map(
        port(of: domain), at: index, count: pages,
        memory: RealAddress(buffer.base.rawValue &+ (request.offset - inPage)),
        attributes: request.direction.attributes(requester: request.requester))
    } catch {
      giveBack(request.place, index, pages, target)
      throw MachineError(error)
    }
    take(request.place, spot, pages, target)
    let record = MappingRecord(
      domain: domain, rootComplex: target.id, place: request.place, buffer: request.buffer,
      base: DVMAAddress(target.window.address(of: index).rawValue &+ inPage),
      length: length, firstIndex: index, pages: pages, direction: request.direction,
      requester: request.requester)
    software.buffers.change(request.buffer.number) { $0.mappings &+= 1 }
    return (MappingID(number: software.mappings.insert(record)), record)
  }

  /// Removes a mapping's entries; throws code `stale` where it was removed already.
  public func unmap(_ id: MappingID) throws(MachineError) {
    let record = try mapping(id)
    let target = try window(of: record.rootComplex)
    let status = try driver(of: record.domain, target).demap(
      port(of: record.domain), at: record.firstIndex, count: record.pages)
    guard status == .ok else {
      throw MachineError(
        .hypercall, "pci_iommu_demap answered \(status) (\(status.meaning)) at \(record.base)",
        name: status.name)
    }
    forget(id)
    release(record, target)
  }

  /// Takes a mapping out of the records.
  func forget(_ id: MappingID) {
    guard let record = software.mappings.remove(id.number) else { return }
    software.buffers.change(record.buffer.number) { $0.mappings &-= 1 }
  }

  /// A mapping's record; throws code `stale` once it is undone.
  public func mapping(_ id: MappingID) throws(MachineError) -> MappingRecord {
    try checkOpen()
    guard let record = software.mappings[id.number] else {
      throw MachineError(.stale, "the mapping has been undone, or its domain has stopped")
    }
    return record
  }

  /// The records of all mappings, in the order in which they were made.
  public var mappings: [MappingRecord] {
    software.mappings.numbers.compactMap { software.mappings[$0] }
  }

  /// The live mappings with their numbers, in the order in which they were made.
  public var liveMappings: [(id: MappingID, record: MappingRecord)] {
    software.mappings.numbers.compactMap { number in
      software.mappings[number].map { (MappingID(number: number), $0) }
    }
  }

  // MARK: Places

  private func target(
    of request: MappingRequest, for domain: DomainID
  ) throws(MachineError) -> WindowReference {
    switch request.place {
    case .grant(let grant), .grantPage(let grant, _):
      guard grant.domain == domain else {
        throw MachineError(
          .outsideGrant, "grant \(grant.record.grant) is not \(name(domain))'s")
      }
      guard state(of: grant) == .live else {
        throw MachineError(.stale, "grant \(grant.record.grant) is not live any more")
      }
      try checkNotCached(grant)
      return try window(of: grant.rootComplex)
    case .privatePart(let id): return try window(of: id)
    case .address(let address):
      guard
        let found = hypervisor.state.rootComplexes.first(where: {
          $0.window.index(of: address) != nil
        })
      else {
        throw MachineError(.invalidArgument, "DVA \(address) is in no root complex's window")
      }
      guard address.isAligned(to: found.window.pageSize) else {
        throw MachineError(
          .invalidArgument,
          "DVA \(address): wanted a multiple of the page size, \(found.window.pageSize)")
      }
      return WindowReference(found)
    }
  }

  /// Where a range goes.
  private struct Spot {
    /// The first entry.
    let index: UInt64
    /// What is known of the pages in use of the grant that it lies in, which saves looking it up again.
    var use: Dictionary<GrantKey, PageRuns>.Index?
  }

  private func spot(
    for place: MappingRequest.Place, _ pages: UInt64, _ target: WindowReference
  ) throws(MachineError) -> Spot {
    switch place {
    case .address(let address):
      return Spot(index: target.window.index(of: address) ?? 0)
    case .grant(let grant):
      let use = software.grantUse.index(forKey: key(grant))
      var found: UInt64? = pages <= grant.record.pages ? 0 : nil
      if let use {
        found = software.grantUse.values[use].firstFree(pages, below: grant.record.pages)
      }
      guard let free = found else {
        throw MachineError(
          .outsideGrant,
          "\(pages) pages do not fit what is free of grant \(grant.record.grant)'s "
            + "\(grant.record.pages) pages")
      }
      return Spot(index: try index(of: free, in: grant, target), use: use)
    case .grantPage(let grant, let page):
      guard page <= grant.record.pages, pages <= grant.record.pages - page else {
        throw MachineError(
          .outsideGrant,
          "\(pages) pages from page \(page) on leave grant \(grant.record.grant), which has "
            + "\(grant.record.pages) pages")
      }
      let use = software.grantUse.index(forKey: key(grant))
      if let use, software.grantUse.values[use].overlaps(page..<(page + pages)) {
        throw MachineError(
          .invalidArgument,
          "pages \(page) to \(page + pages - 1) of grant \(grant.record.grant) are mapped already",
          name: "already_mapped")
      }
      return Spot(index: try index(of: page, in: grant, target), use: use)
    case .privatePart:
      return Spot(index: try takePrivate(pages, target))
    }
  }

  private func key(_ grant: GrantReference) -> GrantKey {
    GrantKey(domain: grant.domain, grant: grant.record.grant)
  }

  private func index(
    of page: UInt64, in grant: GrantReference, _ target: WindowReference
  ) throws(MachineError) -> UInt64 {
    guard let base = target.window.index(of: grant.record.address) else {
      throw MachineError(.stale, "grant \(grant.record.grant) lies in no window")
    }
    return base + page
  }

  private func relative(
    _ index: UInt64, _ pages: UInt64, _ grant: GrantReference, _ target: WindowReference
  ) -> Range<UInt64> {
    let first = index &- (target.window.index(of: grant.record.address) ?? index)
    return first..<(first + pages)
  }

  private func take(
    _ place: MappingRequest.Place, _ spot: Spot, _ pages: UInt64, _ target: WindowReference
  ) {
    switch place {
    case .grant(let grant), .grantPage(let grant, _):
      let range = relative(spot.index, pages, grant, target)
      if let use = spot.use {
        software.grantUse.values[use].insert(range)
      } else {
        software.grantUse[key(grant), default: PageRuns()].insert(range)
      }
    case .address, .privatePart: break
    }
  }

  private func giveBack(
    _ place: MappingRequest.Place, _ index: UInt64, _ pages: UInt64, _ target: WindowReference
  ) {
    if case .privatePart = place { freePrivate(index, pages, target) }
  }

  private func release(_ record: MappingRecord, _ target: WindowReference) {
    switch record.place {
    case .grant(let grant), .grantPage(let grant, _):
      guard let use = software.grantUse.index(forKey: key(grant)) else { return }
      software.grantUse.values[use]
        .remove(relative(record.firstIndex, record.pages, grant, target))
    case .privatePart: freePrivate(record.firstIndex, record.pages, target)
    case .address: break
    }
  }

  /// The driver of a domain for a root complex.
  private func driver(
    of domain: DomainID, _ target: WindowReference
  ) throws(MachineError) -> IOMMUDriver {
    IOMMUDriver(
      handle: target.handle, windowBase: target.window.base, pageSize: target.window.pageSize,
      listAddress: try listPage(of: domain))
  }

  /// A domain's page for lists of `pci_iommu_map`, allocated at first use.
  func listPage(of domain: DomainID) throws(MachineError) -> RealAddress {
    let place = domain.rawValue
    if software.listPages.indices.contains(place), let known = software.listPages[place] {
      return known
    }
    let made = try withMemory(of: domain) {
      $0.allocate(PageSize.size8K.bytes, alignment: PageSize.size8K.bytes)
    }
    guard let made else {
      throw MachineError(
        .noMemory, "\(name(domain)) has no page left for lists of pci_iommu_map")
    }
    while software.listPages.count <= place { software.listPages.append(nil) }
    software.listPages[place] = made
    return made
  }
}
