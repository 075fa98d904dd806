// Theory of operation
//
// A root complex is a PCIe bus with an IOMMU. It has one owner, the domain whose devices table names
// it; its window's IOTSB, which pci_iommu_map and its sisters reach; the grants of the window to other
// domains; the functions on the bus; and, on some models, further tables: on t2 the bypass table in
// the upper half of 64-bit bus addresses, on atu the IOTSBs that domains supply.
//
// Invariants: a function's BDF and name are unique on its bus; `validEntries` adds up, domain by
// domain, to the table's count.

import Sun4v

/// A PCIe root complex.
public struct RootComplex: Hashable, Sendable {
  /// Its number.
  public let id: RootComplexID
  /// The part that it is of.
  public let model: MachineModel
  /// Its name, such as `pci@400`.
  public let name: String
  /// The handle by which domains name it.
  public let handle: DeviceHandle
  /// The domain that it belongs to, or `nil` once that domain has lost it.
  public internal(set) var owner: DomainID?
  /// Whether devices may use bypass addresses.
  public let allowsBypass: Bool
  /// The table of its window.
  public internal(set) var table: TranslationTable
  /// The parts of the window that belong to other domains than the owner.
  public internal(set) var grants: GrantTable
  /// The functions on the bus, in order of BDF.
  public internal(set) var functions: [PCIFunction] = []
  /// Its bus: link, registers, and the interrupts and event queues that domains see.
  public package(set) var bus = BusState()
  /// Of atu: the tables that domains supplied, by handle minus one; those given up leave a hole.
  public internal(set) var suppliedTables: [SuppliedTable?] = []
  /// Of atu: which functions use which of those tables, in order of function and address.
  public internal(set) var bindings: [TableBinding] = []
  /// Of atu: where supplied tables may lie.
  public let addressRanges: [BusAddressRange]
  /// Of atu: the page sizes that they may have.
  public let pageSizes: [PageSize]
  /// The translations it remembers.
  public internal(set) var iotlb: IOTLB
  /// What decides which table translates an access.
  public internal(set) var control = IOMMUControl()
  /// The pending errors.
  public internal(set) var faults = FaultRegisters()
  /// Whether errors wait to be reported.
  public internal(set) var holdsErrorInterrupt = false
  /// Of t2: IOTSB 1, which maps the owner's memory into the upper half of bus addresses where bypass
  /// is allowed, and nothing otherwise.
  public internal(set) var bypassTable: TranslationTable?
  /// The number of valid entries that each domain has in the window, by the domain's number.
  private(set) var validEntries: [Int] = []

  init(
    id: RootComplexID, model: MachineModel, configuration: RootComplexConfiguration,
    owner: DomainID,
    geometry: WindowGeometry, layout: EntryLayout
  ) throws(ConfigurationError) {
    self.id = id
    self.model = model
    name = configuration.name
    handle = configuration.handle
    self.owner = owner
    addressRanges = configuration.addressRanges
    pageSizes = configuration.pageSizes
    allowsBypass = configuration.allowsBypass
    table = try TranslationTable(geometry: geometry, layout: layout)
    grants = try GrantTable(pageCount: geometry.entryCount)
    iotlb = IOTLB(isEnabled: configuration.hasIOTLB)
    if model == .t2 {
      bypassTable = try TranslationTable(geometry: .bypass(), layout: layout)
    }
  }

  /// The window's geometry.
  @inline(__always) public var window: WindowGeometry { table.geometry }

  /// The number of valid entries that a domain has in the window.
  public func validEntries(of domain: DomainID) -> Int {
    domain.rawValue >= 0 && domain.rawValue < validEntries.count
      ? validEntries[domain.rawValue] : 0
  }

  @inline(__always) mutating func addValid(_ change: Int, of domain: DomainID) {
    if validEntries.count <= domain.rawValue { makeCount(of: domain) }
    validEntries[domain.rawValue] &+= change
  }

  @inline(never) private mutating func makeCount(of domain: DomainID) {
    while validEntries.count <= domain.rawValue { validEntries.append(0) }
  }

  /// The domain that an entry belongs to: its grant's holder, or the root complex's owner.
  public func holder(of index: UInt64) -> DomainID? { grants.grant(at: index)?.grantee ?? owner }

  /// The function of a BDF, or `nil` where there is none.
  public func function(_ address: BusDeviceFunction) -> PCIFunction? {
    functions.first { $0.address == address }
  }

  /// The function of a name, or `nil` where there is none.
  public func function(named name: String) -> PCIFunction? {
    functions.first { $0.name == name }
  }

  /// Whether two root complexes are alike; trailing zeros of the counts do not matter.
  public static func == (a: Self, b: Self) -> Bool {
    a.id == b.id && a.name == b.name && a.handle == b.handle && a.owner == b.owner
      && a.allowsBypass == b.allowsBypass && a.functions == b.functions && a.bus == b.bus
      && a.iotlb == b.iotlb
      && a.suppliedTables == b.suppliedTables && a.bindings == b.bindings
      && a.addressRanges == b.addressRanges && a.pageSizes == b.pageSizes
      && a.control == b.control && a.faults == b.faults
      && a.holdsErrorInterrupt == b.holdsErrorInterrupt && a.bypassTable == b.bypassTable
      && a.grants == b.grants && a.table == b.table
  }

  /// Feeds what equality compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(id)
    hasher.combine(owner)
    hasher.combine(functions)
    hasher.combine(bus)
    hasher.combine(iotlb)
    hasher.combine(suppliedTables)
    hasher.combine(bindings)
    hasher.combine(control)
    hasher.combine(faults)
    hasher.combine(holdsErrorInterrupt)
    hasher.combine(bypassTable)
    hasher.combine(grants)
    hasher.combine(table)
  }
}
