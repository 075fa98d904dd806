// Theory of operation
//
// The calls that make, describe and bind supplied tables. The order of checks is nowhere written, so
// it is that of the arguments: the device handle, then each argument from left to right, then whether
// the thing can be done. An IOTSB handle of another domain is as unknown as one that was never given.
//
// Source: Linux hypervisor.h.

import Sun4v

extension HypervisorState {
  /// The place of the root complex of a handle, if a domain may supply tables to it: its owner, or one
  /// that a function was loaned to.
  @inline(__always) private func tablePlace(_ handle: UInt64, _ domain: DomainID) -> Int? {
    guard model == .atu, let place = rootComplexIndex(handle) else { return nil }
    let bus = rootComplexes[place]
    return bus.owner == domain || bus.functions.contains { $0.assignee == domain } ? place : nil
  }

  /// The places of the root complex and of a domain's table on it.
  @inline(__always)
  func suppliedPlace(
    _ handle: UInt64, _ table: UInt64, _ domain: DomainID
  ) -> (bus: Int, table: Int)? {
    guard let place = tablePlace(handle, domain), table > 0,
      table <= UInt64(rootComplexes[place].suppliedTables.count),
      rootComplexes[place].suppliedTables[Int(table) &- 1]?.domain == domain
    else { return nil }
    return (place, Int(table) &- 1)
  }

  /// pci_iotsb_conf: handle, ra, size, pagesize, iova.
  mutating func configureTable(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard let place = tablePlace(arguments.a0, domain) else { return HypercallResult(.invalid) }
    let base = RealAddress(arguments.a1)
    let size = arguments.a2
    guard base.isAligned(to: .size8K) else { return HypercallResult(.badAlignment) }
    guard
      domains[domain.rawValue].memoryMap.physical(base, guestSize: size) != nil
    else { return HypercallResult(.noRealAddress) }
    guard size & 7 == 0, size >> 3 <= WindowGeometry.entryLimit,
      let pageSize = PageSize(bytes: arguments.a3),
      rootComplexes[place].pageSizes.contains(pageSize),
      case let address = DVMAAddress(arguments.a4), address.isAligned(to: pageSize),
      rootComplexes[place].addressRanges.contains(where: {
        $0.contains(address, size: (size >> 3) << pageSize.shift)
      }),
      let geometry = try? WindowGeometry(
        model: model, base: address, size: (size >> 3) << pageSize.shift, pageSize: pageSize)
    else { return HypercallResult(.invalid) }
    let tables = rootComplexes[place].suppliedTables
    if tables.contains(where: {
      $0?.domain == domain && $0?.realAddress == base && $0?.table.geometry.base == address
    }) {
      return HypercallResult(.busy)
    }
    let slot = tables.firstIndex { $0 == nil } ?? tables.count
    guard slot < RootComplex.suppliedTableLimit,
      let table = try? TranslationTable(geometry: geometry, layout: entryLayout)
    else { return HypercallResult(.tooMany) }
    let supplied = SuppliedTable(
      domain: domain, realAddress: base, byteCount: size, table: table)
    if slot == tables.count {
      rootComplexes[place].suppliedTables.append(supplied)
    } else {
      rootComplexes[place].suppliedTables[slot] = supplied
    }
    return HypercallResult(.ok, UInt64(slot) &+ 1)
  }

  /// pci_iotsb_info: handle, IOTSB handle.
  ///
  /// Handle 0 is the window's own table: it has no address in memory (all ones), and the functions
  /// that are bound to no table use it.
  func tableInfo(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    guard let place = tablePlace(arguments.a0, domain) else { return HypercallResult(.invalid) }
    let bus = rootComplexes[place]
    if arguments.a1 == 0 {
      let bound = Set(bus.bindings.map(\.function))
      let free = bus.functions.filter { !bound.contains($0.address) }.count
      return HypercallResult(
        .ok, .max, bus.window.entryCount &* 8, bus.window.pageSize.bytes,
        bus.window.base.rawValue, UInt64(free))
    }
    guard let supplied = bus.suppliedTable(arguments.a1), supplied.domain == domain else {
      return HypercallResult(.invalid)
    }
    let geometry = supplied.table.geometry
    return HypercallResult(
      .ok, supplied.realAddress.rawValue, supplied.byteCount, geometry.pageSize.bytes,
      geometry.base.rawValue, bus.boundCount(arguments.a1))
  }

  /// pci_iotsb_unconf: handle, IOTSB handle.
  mutating func dropTable(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    guard let place = suppliedPlace(arguments.a0, arguments.a1, domain) else {
      return HypercallResult(.invalid)
    }
    guard rootComplexes[place.bus].boundCount(arguments.a1) == 0 else {
      return HypercallResult(.busy)
    }
    rootComplexes[place.bus].suppliedTables[place.table] = nil
    return HypercallResult(.ok)
  }

  /// The function that a `pci_device` argument names, if it is a domain's.
  private func function(
    _ argument: UInt64, of domain: DomainID, _ place: Int
  ) -> BusDeviceFunction? {
    guard let address = BusDeviceFunction(pciDevice: argument),
      let function = rootComplexes[place].function(address),
      (function.assignee ?? rootComplexes[place].owner) == domain
    else { return nil }
    return address
  }

  /// pci_iotsb_bind: handle, IOTSB handle, device.
  mutating func bindTable(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    guard let place = suppliedPlace(arguments.a0, arguments.a1, domain),
      let function = function(arguments.a2, of: domain, place.bus),
      let range = rootComplexes[place.bus].suppliedTable(arguments.a1)?.range
    else { return HypercallResult(.invalid) }
    let bus = rootComplexes[place.bus]
    let overlaps = bus.bindings.contains { binding in
      guard binding.function == function,
        let other = bus.suppliedTable(binding.handle)?.range
      else { return false }
      return other.base.rawValue < range.base.rawValue &+ range.size
        && range.base.rawValue < other.base.rawValue &+ other.size
    }
    guard !overlaps else { return HypercallResult(.busy) }
    let binding = TableBinding(function: function, base: range.base, handle: arguments.a1)
    let spot = bus.bindings.firstIndex { $0 > binding } ?? bus.bindings.endIndex
    rootComplexes[place.bus].bindings.insert(binding, at: spot)
    if events.isListening {
      events.stream.append(
        .binding(rootComplex: RootComplexID(place.bus), binding: binding, isBound: true), at: now)
    }
    return HypercallResult(.ok)
  }

  /// pci_iotsb_unbind: handle, IOTSB handle, device.
  mutating func unbindTable(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard let place = suppliedPlace(arguments.a0, arguments.a1, domain),
      let function = function(arguments.a2, of: domain, place.bus)
    else { return HypercallResult(.invalid) }
    guard
      let binding = rootComplexes[place.bus].bindings.first(where: {
        $0.function == function && $0.handle == arguments.a1
      })
    else { return HypercallResult(.noMapping) }
    unbind(binding, place.bus)
    return HypercallResult(.ok)
  }

  /// pci_iotsb_get_binding: handle, device, iova.
  ///
  /// The address must be the base of one of the address ranges; the answer is the handle of the table
  /// that the function uses in that range.
  func tableBinding(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    guard let place = tablePlace(arguments.a0, domain),
      let function = function(arguments.a1, of: domain, place),
      let range = rootComplexes[place].addressRanges.first(where: {
        $0.base.rawValue == arguments.a2
      })
    else { return HypercallResult(.invalid) }
    guard
      let binding = rootComplexes[place].bindings.first(where: {
        $0.function == function && range.contains($0.base, size: 1)
      })
    else { return HypercallResult(.noMapping) }
    return HypercallResult(.ok, binding.handle)
  }
}
