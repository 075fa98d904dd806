// Theory of operation
//
// On the model atu a domain can supply tables of its own beside the window: it gives memory, a page
// size and a range of bus addresses, gets a handle, and binds functions to the table. A bound function's
// accesses in the range go through the table; what is outside every bound range goes through the
// window. Who may supply and bind: the root complex's owner, and domains that functions are loaned to,
// each for its own functions, so that a guest's table serves the guest's functions only.
//
// The memory that a domain gives holds nothing here: the entries are the hypervisor's own and the
// domain may not look at them anyhow. It is checked as if it held them.
//
// Invariants: the ranges of a function's tables do not overlap; a bound table exists and is of the
// domain that the function belongs to; an entry leads to memory of the table's domain.
//
// Source: Linux hypervisor.h (the only public text of the group), pci_sun4v.c.

import Sun4v

/// A table that a domain supplied.
public struct SuppliedTable: Hashable, Sendable {
  /// The domain.
  public let domain: DomainID
  /// The memory that it gave for the entries.
  public let realAddress: RealAddress
  /// The size of that memory in bytes: 8 an entry.
  public let byteCount: UInt64
  /// The entries.
  public internal(set) var table: TranslationTable

  /// The range of bus addresses.
  public var range: BusAddressRange {
    BusAddressRange(base: table.geometry.base, size: table.geometry.size)
  }
}

/// That a function uses a supplied table.
public struct TableBinding: Hashable, Sendable, Comparable {
  /// The function.
  public let function: BusDeviceFunction
  /// The first bus address of the table.
  public let base: DVMAAddress
  /// The table's handle.
  public let handle: UInt64

  /// Orders by function, then address.
  public static func < (a: Self, b: Self) -> Bool {
    (a.function, a.base) < (b.function, b.base)
  }
}

extension RootComplex {
  /// The most tables that domains can supply to one root complex.
  public static let suppliedTableLimit = 256

  /// Whether functions are bound to tables of their own.
  @inline(__always) var hasBindings: Bool { !bindings.isEmpty }

  /// The supplied table of a handle, or `nil` where there is none.
  public func suppliedTable(_ handle: UInt64) -> SuppliedTable? {
    guard handle > 0, handle <= UInt64(suppliedTables.count) else { return nil }
    return suppliedTables[Int(handle) &- 1]
  }

  /// The number of functions that are bound to a table.
  public func boundCount(_ handle: UInt64) -> UInt64 {
    UInt64(bindings.lazy.filter { $0.handle == handle }.count)
  }

  /// The first place in `bindings` of a function.
  private func firstBinding(_ function: BusDeviceFunction) -> Int {
    bindings.partitioningIndex { $0.function >= function }
  }

  /// The handle of the table that a function uses for an address, or `nil` where none covers it.
  func boundHandle(_ function: BusDeviceFunction, _ address: UInt64) -> UInt64? {
    var place = firstBinding(function)
    while place < bindings.count, bindings[place].function == function {
      let binding = bindings[place]
      if let supplied = suppliedTables[Int(binding.handle) &- 1],
        supplied.table.geometry.index(of: DVMAAddress(address)) != nil
      {
        return binding.handle
      }
      place &+= 1
    }
    return nil
  }

  /// Walks the table that a function is bound to for an address; `nil` where none covers it.
  func walkBound(
    _ requester: BusDeviceFunction, _ address: UInt64, _ access: AccessKind
  ) -> IOMMUWalk? {
    guard let handle = boundHandle(requester, address),
      let supplied = suppliedTables[Int(handle) &- 1]
    else { return nil }
    var walk = supplied.table.walk(requester, address, access)
    if walk.faultBits != 0 { walk.holder = supplied.domain }
    return walk
  }
}

extension HypervisorState {
  /// Unbinds and drops the tables that a domain supplied, and unbinds functions it is to lose.
  mutating func releaseTables(of domain: DomainID, _ place: Int) {
    for slot in rootComplexes[place].suppliedTables.indices
    where rootComplexes[place].suppliedTables[slot]?.domain == domain {
      for binding in rootComplexes[place].bindings where binding.handle == UInt64(slot) &+ 1 {
        unbind(binding, place)
      }
      rootComplexes[place].suppliedTables[slot] = nil
    }
    while case .some(nil) = rootComplexes[place].suppliedTables.last {
      rootComplexes[place].suppliedTables.removeLast()
    }
  }

  mutating func unbind(_ binding: TableBinding, _ place: Int) {
    rootComplexes[place].bindings.removeAll { $0 == binding }
    if events.isListening {
      events.stream.append(
        .binding(rootComplex: RootComplexID(place), binding: binding, isBound: false), at: now)
    }
  }

  /// What contradicts the rules of supplied tables, in words.
  func checkTables(of bus: RootComplex) -> [String] {
    var found: [String] = []
    for binding in bus.bindings {
      guard let supplied = bus.suppliedTable(binding.handle) else {
        found.append("\(bus.name): \(binding.function) is bound to no table")
        continue
      }
      let holder = bus.function(binding.function).flatMap { $0.assignee ?? bus.owner }
      if holder != supplied.domain {
        found.append("\(bus.name): \(binding.function) uses the table of another domain")
      }
    }
    for case (let slot, .some(let supplied)) in bus.suppliedTables.enumerated() {
      var total = 0
      supplied.table.forEachValid { index, entry in
        total &+= 1
        if !mayReach(
          supplied.domain, entry.physicalAddress, pageSize: supplied.table.geometry.pageSize,
          on: bus)
        {
          found.append(
            "\(bus.name): entry \(index) of table \(slot + 1) leads to \(entry.physicalAddress)")
        }
      }
      if total != supplied.table.validCount {
        found.append("\(bus.name): table \(slot + 1) has \(total) valid entries")
      }
    }
    return found
  }
}
