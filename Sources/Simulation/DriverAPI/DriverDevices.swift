import DMA
import Hypervisor
import Negotiation
import Sun4v

/// Devices' limits, the cache's settings, and what the DMA API did.
extension Machine {
  /// The span of a table of 64-bit addresses, in bytes: fixed, as in Linux (pci_sun4v.c).
  static let tableSpan: UInt64 = 0x8_0000_0000

  /// A device's number in a domain's driver; the driver is made at first use.
  @inline(__always)
  func driverDevice(
    _ domain: DomainID, _ device: DeviceReference
  ) throws(MachineError) -> Int {
    try prepareDriver(of: domain)
    // The driver's windows are those of all root complexes; none is added after the boot.
    let window = device.rootComplex.rawValue
    guard software.drivers[domain.rawValue].windows.indices.contains(window) else {
      throw noRootComplex(device.rootComplex)
    }
    // Asked first, since to look something up does not take asking whether the driver is shared.
    return software.drivers[domain.rawValue].knownDevice(device.function, window: window)
      ?? software.drivers[domain.rawValue].device(device.function, window: window)
  }

  private func makeDriver(of domain: DomainID) throws(MachineError) {
    let name = try record(of: domain).name
    guard isRunning(domain) else {
      throw MachineError(
        .wrongState, "\(name) is not running; boot the machine or the domain first")
    }
    let list = try listPage(of: domain)
    while software.drivers.count <= domain.rawValue { software.drivers.append(.none) }
    software.drivers[domain.rawValue] = GuestDMA(
      incarnation: software.plans[domain.rawValue].boots,
      windows: hypervisor.state.rootComplexes.map { rootComplex in
        let window = rootComplex.window
        return DMAWindow(
          handle: rootComplex.handle, base: window.base, pages: window.usableEntries,
          pageSize: window.pageSize)
      },
      listAddress: list)
  }

  /// The limits that a domain's driver keeps for a device.
  public func limits(
    _ domain: DomainID, _ device: DeviceReference
  ) throws(MachineError) -> (limits: DeviceLimits, usesTable: Bool) {
    let number = try driverDevice(domain, device)
    let driver = software.drivers[domain.rawValue]
    return (driver.limits(of: number), driver.usesTable(number))
  }

  /// Sets a device's limits for the mappings that follow.
  ///
  /// On model atu a mask wider than 32 bits has the domain supply a table of 64-bit addresses and bind
  /// the device to it; where that fails the device goes on with the window, as in Linux. Returns why,
  /// or `nil` where it did not fail.
  @discardableResult
  public func setLimits(
    _ limits: DeviceLimits, _ domain: DomainID, _ device: DeviceReference
  ) throws(MachineError) -> String? {
    let number = try driverDevice(domain, device)
    try withDriver(domain) { driver, _ throws(DMAError) in
      try driver.setLimits(limits, of: number)
    }
    guard configuration.model == .atu, software.drivers[domain.rawValue].wantsTable(number)
    else { return nil }
    do throws(MachineError) {
      try bindTable(domain, device, number)
      return nil
    } catch {
      return error.message
    }
  }

  private func bindTable(
    _ domain: DomainID, _ device: DeviceReference, _ number: Int
  ) throws(MachineError) {
    let target = try rootComplex(device.rootComplex)
    if !software.drivers[domain.rawValue].hasTable(for: number) {
      guard let range = target.addressRanges.last, range.base.rawValue > 0xffff_ffff else {
        throw MachineError(.notFound, "\(target.name) has no range of 64-bit bus addresses")
      }
      let entries = min(range.size, Self.tableSpan) >> target.window.pageSize.shift
      let bytes = entries << 3
      guard
        let memory = try withMemory(
          of: domain, { $0.allocate(bytes, alignment: Self.powerOfTwo(from: bytes)) })
      else {
        throw MachineError(
          .noMemory,
          "\(try record(of: domain).name) has no \(ByteSize(bytes)) in one piece for the table")
      }
      port(of: domain).fill(memory, count: bytes, with: 0)
      do throws(MachineError) {
        try withDriver(domain) { driver, port throws(DMAError) in
          try driver.supplyTable(
            port, for: number, TablePlan(base: range.base, entries: entries, memory: memory))
        }
      } catch {
        _ = try withMemory(of: domain) { $0.release(memory) }
        throw error
      }
    }
    try withDriver(domain) { driver, port throws(DMAError) in
      try driver.bindTable(port, number)
    }
  }

  /// Changes how a domain's driver keeps space in hand.
  public func configureCache(
    _ cache: CacheConfiguration, of domain: DomainID
  ) throws(MachineError) {
    try prepareDriver(of: domain)
    try withDriver(domain) { driver, _ throws(DMAError) in try driver.configure(cache) }
    giveBackSpace(of: domain)
  }

  /// How a domain's driver keeps space in hand.
  public func cacheConfiguration(
    of domain: DomainID
  ) throws(MachineError) -> CacheConfiguration {
    try prepareDriver(of: domain)
    return software.drivers[domain.rawValue].cache
  }

  /// Gives back everything that a domain's driver holds without a mapping in it.
  public func trimCache(of domain: DomainID) throws(MachineError) {
    try prepareDriver(of: domain)
    for window in software.drivers[domain.rawValue].windows.indices {
      software.drivers[domain.rawValue].trim(window, to: 0)
    }
    giveBackSpace(of: domain)
  }

  /// What a domain's driver holds and has done.
  public func driverStatistics(of domain: DomainID) throws(MachineError) -> DMAStatistics {
    try prepareDriver(of: domain)
    return software.drivers[domain.rawValue].statistics
  }

  @inline(__always)
  private func prepareDriver(of domain: DomainID) throws(MachineError) {
    try checkOpen()
    let place = domain.rawValue
    if !software.drivers.indices.contains(place) || !software.drivers[place].isReady {
      try makeDriver(of: domain)
    }
  }
}
