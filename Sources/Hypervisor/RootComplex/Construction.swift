import Sun4v

/// Building a machine: what no hypercall does.
extension HypervisorState {
  /// Adds a root complex that belongs to a domain.
  ///
  /// Throws `ConfigurationError` for an owner that does not exist, a name or handle that is taken, a
  /// handle that the model's code would not accept, or a window that the model cannot have.
  public mutating func addRootComplex(
    _ configuration: RootComplexConfiguration, owner: DomainID
  ) throws(ConfigurationError) -> RootComplexID {
    guard domains.indices.contains(owner.rawValue) else {
      throw ConfigurationError(.unknownDomain, "no domain has the number \(owner)")
    }
    try checkIdentity(configuration)
    let deployed = try WindowGeometry.deployed(model)
    let geometry = try WindowGeometry(
      model: model, base: configuration.windowBase ?? deployed.base,
      size: configuration.windowSize ?? deployed.size, pageSize: configuration.pageSize)
    let id = RootComplexID(rootComplexes.count)
    let made = try RootComplex(
      id: id, model: model, configuration: configuration, owner: owner, geometry: geometry,
      layout: entryLayout)
    for segment in configuration.ioSegments {
      guard
        domains[owner.rawValue].memoryMap.install(
          .device, base: segment.base, size: segment.size,
          physical: PhysicalAddress(segment.base.rawValue))
      else {
        throw ConfigurationError(
          .badMemory, "\(segment.size) bytes of I/O at \(segment.base) leave 40 bits of address")
      }
    }
    rootComplexes.append(made)
    do throws(ConfigurationError) {
      try fillBypassTable(of: id.rawValue)
    } catch {
      rootComplexes.removeLast()
      throw error
    }
    return id
  }

  /// Maps all of the owner's memory in the bypass table, 4 MiB an entry from index 0 on, in order of
  /// real address; only on t2, and only where bypass is allowed.
  ///
  /// The real code stops the machine where a block is not a multiple of 4 MiB, and computes wrong
  /// entries beyond 2 GiB (32-bit arithmetic, OpenSPARC hypervisor, res_piu_pcie.c); both are refused
  /// here.
  private mutating func fillBypassTable(of place: Int) throws(ConfigurationError) {
    guard rootComplexes[place].allowsBypass, let owner = rootComplexes[place].owner,
      let geometry = rootComplexes[place].bypassTable?.geometry
    else { return }
    let page = geometry.pageSize
    let bits = entryLayout.bits(for: IOAttributes(read: true, write: true), readImplied: true)
    let blocks = domains[owner.rawValue].memoryMap.segments.filter { $0.kind == .memory }
    let total = blocks.reduce(0) { $0 &+ $1.size }
    let limit = conformance == .deployed ? 1 << 31 : geometry.size
    guard total <= limit else {
      throw ConfigurationError(
        .unsupported,
        "bypass for \(total) bytes of memory: t2's table is right for at most 2 GiB")
    }
    var index: UInt64 = 0
    for block in blocks {
      let start = block.base.rawValue &+ block.offset
      guard start & (page.bytes &- 1) == 0, block.size & (page.bytes &- 1) == 0 else {
        throw ConfigurationError(
          .badMemory, "bypass for memory at \(PhysicalAddress(start)): wanted multiples of 4M")
      }
      rootComplexes[place].bypassTable?.fill(
        from: index, count: block.size >> page.shift, first: start,
        bits: bits)
      index &+= block.size >> page.shift
    }
  }

  private func checkIdentity(
    _ configuration: RootComplexConfiguration
  ) throws(ConfigurationError) {
    if rootComplexes.contains(where: { $0.name == configuration.name }) {
      throw ConfigurationError(.duplicate, "there is a root complex named \(configuration.name)")
    }
    if comparesHandlesByIndex && configuration.handle.deviceIndex == nil {
      throw ConfigurationError(
        .badHandle, "handle \(configuration.handle): \(model) wants bits 5:0 to be zero")
    }
    if let other = rootComplexes.first(where: { sameDevice($0.handle, configuration.handle) }) {
      throw ConfigurationError(
        .badHandle,
        "handle \(configuration.handle) names the device that \(other.name) is, handle "
          + "\(other.handle)")
    }
  }

  /// Adds a function to a root complex's bus.
  public mutating func addFunction(
    _ address: BusDeviceFunction, name: String, to rootComplex: RootComplexID
  ) throws(ConfigurationError) {
    guard rootComplexes.indices.contains(rootComplex.rawValue) else {
      throw ConfigurationError(
        .unknownRootComplex, "no root complex has the number \(rootComplex)")
    }
    let functions = rootComplexes[rootComplex.rawValue].functions
    if functions.contains(where: { $0.address == address || $0.name == name }) {
      throw ConfigurationError(
        .duplicate,
        "\(rootComplexes[rootComplex.rawValue].name) has a function \(address) or \(name) already")
    }
    let place = functions.firstIndex { $0.address > address } ?? functions.endIndex
    rootComplexes[rootComplex.rawValue].functions.insert(
      PCIFunction(address: address, name: name, assignee: nil), at: place)
  }

  /// Loans a function to a domain, or takes it back with `nil`; it is then bound to no table.
  public mutating func assignFunction(
    _ address: BusDeviceFunction, of rootComplex: RootComplexID, to domain: DomainID?
  ) throws(ConfigurationError) {
    guard rootComplexes.indices.contains(rootComplex.rawValue),
      let place = rootComplexes[rootComplex.rawValue].functions.firstIndex(where: {
        $0.address == address
      })
    else {
      throw ConfigurationError(
        .unknownRootComplex, "no function \(address) on root complex \(rootComplex)")
    }
    if let domain, !domains.indices.contains(domain.rawValue) {
      throw ConfigurationError(.unknownDomain, "no domain has the number \(domain)")
    }
    for binding in rootComplexes[rootComplex.rawValue].bindings where binding.function == address {
      unbind(binding, rootComplex.rawValue)
    }
    let owner = rootComplexes[rootComplex.rawValue].owner
    rootComplexes[rootComplex.rawValue].functions[place].assignee = domain == owner ? nil : domain
  }

  /// Gives a domain a block of memory.
  ///
  /// A block may not overlap another's physical memory, nor lie where the model's IOTTEs cannot point.
  public mutating func installMemory(
    _ domain: DomainID, base: RealAddress, size: UInt64, physical: PhysicalAddress
  ) throws(ConfigurationError) {
    guard domains.indices.contains(domain.rawValue) else {
      throw ConfigurationError(.unknownDomain, "no domain has the number \(domain)")
    }
    let reach = entryLayout.addressMask | 0x1fff
    guard let end = physical.advanced(by: size), size > 0, end.rawValue &- 1 <= reach else {
      throw ConfigurationError(
        .badMemory,
        "\(size) bytes at physical \(physical): on this model memory lies below "
          + "\(PhysicalAddress(reach &+ 1))")
    }
    for other in domains {
      for segment in other.memoryMap.segments where segment.kind == .memory {
        let start = segment.base.rawValue &+ segment.offset
        if physical.rawValue < start &+ segment.size && start < end.rawValue {
          throw ConfigurationError(
            .badMemory,
            "\(size) bytes at physical \(physical) overlap memory of \(other.name) at "
              + "\(PhysicalAddress(start))")
        }
      }
    }
    if let other = domains[domain.rawValue].memoryMap.neighbor(of: base, size: size) {
      throw ConfigurationError(
        .badMemory,
        "\(size) bytes at real \(base): memory at \(other.base) has the same 16 GiB of real "
          + "address, where one block fits")
    }
    guard
      domains[domain.rawValue].memoryMap.install(
        .memory, base: base, size: size, physical: physical)
    else {
      throw ConfigurationError(
        .badMemory,
        "\(size) bytes at real \(base): wanted inside 40 bits of real address")
    }
    for place in rootComplexes.indices where rootComplexes[place].owner == domain {
      try fillBypassTable(of: place)
    }
  }
}
