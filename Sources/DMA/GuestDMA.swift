// Theory of operation
//
// What a driver in a domain calls: map memory for a device, unmap it, hand it over and back. The value
// holds the bus addresses that the domain has in hand (AddressSpace), the limits of its devices, and its
// mappings in a table of slots. A handle names a slot and which of its lives it means, so an old handle
// finds nothing instead of somebody else's mapping, and no dictionary is on the path.
//
// It never waits. Where no address in hand will do, an operation changes nothing and answers
// `needsSpace`; whoever drives the domain negotiates, adds the space, and repeats the operation. What the
// driver wants to give back it puts into a list that is taken by the same hands. A mapping with space in
// hand stays inside this value and the hypercall, and allocates nothing.
//
// An operation is done whole or not at all. Where an entry is refused in the middle, the entries before
// it are removed and the addresses go back. (Linux's sun4v code leaves the entries.)
//
// Invariants: each slot in use has its pages in extents of its space, no two share a page; the sums of
// pages agree (checkInvariants).
//
// Sources: Linux arch/sparc/kernel/pci_sun4v.c and iommu-common.c; illumos px_dma.c and ddi_dma_attr.

import Hypervisor
import Negotiation
import Sun4v

/// One window of a root complex as a driver sees it.
public struct DMAWindow: Hashable, Sendable {
  /// The root complex.
  public let handle: DeviceHandle
  /// The first DVA.
  public let base: DVMAAddress
  /// The number of pages.
  public let pages: UInt64
  /// The size of a page.
  public let pageSize: PageSize

  /// Describes a window.
  public init(handle: DeviceHandle, base: DVMAAddress, pages: UInt64, pageSize: PageSize) {
    self.handle = handle
    self.base = base
    self.pages = pages
    self.pageSize = pageSize
  }
}

/// A device as its driver's domain knows it.
struct DeviceEntry: Hashable, Sendable {
  let function: BusDeviceFunction
  /// The window of its root complex.
  let window: Int32
  /// The addresses that its mappings come from: the window's, or a table's.
  var space: Int32
  var limits: DeviceLimits
  var placement: Placement
}

/// A mapping, or a place for one.
struct MappingSlot: Hashable, Sendable {
  var generation: UInt32 = 1
  /// The address space, or -1 for a slot that is free.
  var space: Int32 = -1
  var device: Int32 = 0
  /// The entry in the table of details, or -1; of a free slot the next free one, or -1.
  var link: Int32 = -1
  var place = Place(extent: 0, index: 0, pages: 0)
  var address = DVMAAddress(0)
  var length: UInt64 = 0
  var memory = RealAddress(0)
  var direction = DMADirection.bidirectional
  var cookie: UInt64 = 0
}

/// What mappings of several ranges or pieces need beyond their slot.
struct MappingDetail: Hashable, Sendable {
  var places: [Place] = []
  var memory: [MemoryPiece] = []
  /// By which rules the pieces of a scatter list make segments.
  var merging = SegmentRules.none
  /// The size of a window in bytes; 0 for a scatter list.
  var windowBytes: UInt64 = 0
  var activeWindow: UInt64 = 0

  /// Forgets everything but the room that its lists have, for the next.
  mutating func empty() {
    places.removeAll(keepingCapacity: true)
    memory.removeAll(keepingCapacity: true)
    merging = .none
    windowBytes = 0
    activeWindow = 0
  }
}

/// A domain's DMA driver: a plain value.
public struct GuestDMA: Hashable, Sendable {
  /// The boot of the domain that it belongs to; handles of other boots are stale.
  public let incarnation: UInt64
  /// The windows, in the order of the machine description.
  public let windows: [DMAWindow]
  /// How space is kept in hand.
  public internal(set) var cache: CacheConfiguration
  var spaces: [AddressSpace]
  var devices: [DeviceEntry] = []
  @usableFromInline var deviceNumbers = DeviceNumbers()
  var slots: [MappingSlot] = []
  var freeSlot: Int32 = -1
  var details: [MappingDetail] = []
  var freeDetails: [Int32] = []
  @usableFromInline var returns: [ReturnedSpace] = []
  /// Details that are being put together; empty between calls, but for the room that its lists have.
  var draft = MappingDetail()
  @usableFromInline var counters = DMAStatistics()
  var mappedPages = MappedPages()

  /// Whether it is a domain's at all; the driver of a domain that does not run has no window.
  public var isReady: Bool { incarnation > 0 }

  /// What stands for a driver where a domain does not run.
  public static let none = GuestDMA(incarnation: 0, windows: [], listAddress: RealAddress(0))

  /// Makes the driver of a domain; `listAddress` is a page of its memory for lists.
  public init(
    incarnation: UInt64, windows: [DMAWindow], listAddress: RealAddress,
    cache: CacheConfiguration = CacheConfiguration()
  ) {
    self.incarnation = incarnation
    self.windows = windows
    self.cache = cache
    spaces = windows.map { window in
      AddressSpace(
        driver: IOMMUDriver(
          handle: window.handle, windowBase: window.base, pageSize: window.pageSize,
          listAddress: listAddress),
        windowPages: window.pages)
    }
  }

  // MARK: Devices

  /// A device's number here; a device that was never named gets Linux's default limits.
  public mutating func device(
    _ function: BusDeviceFunction, on handle: DeviceHandle
  ) throws(DMAError) -> Int {
    guard let window = windows.firstIndex(where: { $0.handle == handle }) else {
      throw DMAError(.invalidArgument, "the domain has no window of root complex \(handle)")
    }
    return device(function, window: window)
  }

  /// A device's number here, by the place of its window in the list.
  public mutating func device(_ function: BusDeviceFunction, window: Int) -> Int {
    if let known = knownDevice(function, window: window) { return known }
    deviceNumbers.enter(DeviceName(function, window: window), number: devices.count)
    let limits = DeviceLimits()
    devices.append(
      DeviceEntry(
        function: function, window: Int32(window), space: Int32(window), limits: limits,
        placement: placement(limits, in: window)))
    return devices.count - 1
  }

  /// A device's number here, by the place of its window in the list; `nil` where it was never named.
  ///
  /// In line: for a call the caller would copy the driver.
  @inlinable @inline(__always)
  public func knownDevice(_ function: BusDeviceFunction, window: Int) -> Int? {
    deviceNumbers.number(of: DeviceName(function, window: window))
  }

  /// A device's limits.
  public func limits(of device: Int) -> DeviceLimits { devices[device].limits }

  /// Whether a device's mappings come from a table of 64-bit addresses.
  public func usesTable(_ device: Int) -> Bool {
    spaces[Int(devices[device].space)].driver.table != 0
  }

  /// Sets a device's limits for mappings made from now on; throws, changing nothing, where no range
  /// of the window meets them.
  public mutating func setLimits(_ limits: DeviceLimits, of device: Int) throws(DMAError) {
    let driver = spaces[Int(devices[device].window)].driver
    try limits.validate(windowBase: driver.windowBase, pageSize: driver.pageSize)
    devices[device].limits = limits
    let table = spaces[Int(devices[device].space)].driver
    if usesTable(device), limits.isWide, limits.reaches(table.windowBase, table.pageSize) {
      devices[device].placement = placement(limits, in: Int(devices[device].space))
    } else {
      leaveTable(device)
    }
  }

  func placement(_ limits: DeviceLimits, in space: Int) -> Placement {
    Placement(
      limits, base: spaces[space].driver.windowBase, pages: spaces[space].windowPages,
      pageSize: spaces[space].driver.pageSize)
  }

  /// The last address of a window's smallest mask, rounded up as Linux does before it asks whether a
  /// device's mask covers it (pci_sun4v.c: `dma_addr_mask`).
  public func supportsMask(_ mask: DVMAAddress, window: Int) -> Bool {
    let size = windows[window].pages << windows[window].pageSize.shift
    var needed: UInt64 = 1
    while needed < size { needed <<= 1 }
    return mask.rawValue & (needed &- 1) == needed &- 1
  }

  // MARK: Slots

  @inline(__always)
  func slot(of handle: DMAHandle) throws(DMAError) -> Int {
    let slot = handle.slot
    guard handle.incarnation == incarnation, slots.indices.contains(slot),
      slots[slot].generation == handle.generation, slots[slot].space >= 0
    else {
      throw DMAError(
        .stale, "the mapping has been undone already, or its grant or domain has gone")
    }
    return slot
  }

  /// Takes a slot for a mapping whose bus addresses are a range; `body` fills in what else there is.
  @inline(__always)
  mutating func makeSlot(
    _ range: DMASegment, _ body: (inout MappingSlot) -> Void
  ) -> DMAStep {
    var slot = Int(freeSlot)
    if slot >= 0 {
      freeSlot = slots[slot].link
    } else {
      slot = slots.count
      slots.append(MappingSlot())
    }
    slots[slot].link = -1
    slots[slot].cookie = 0
    slots[slot].address = range.address
    slots[slot].length = range.length
    body(&slots[slot])
    counters.maps &+= 1
    counters.live &+= 1
    if mappedPages.isKept { noteMapped(slot) }
    return .mapped(
      DMAHandle(slot: slot, generation: slots[slot].generation, incarnation: incarnation), range)
  }

  @inline(__always)
  mutating func dropSlot(_ slot: Int) {
    if mappedPages.isKept { noteUnmapped(slot) }
    let link = slots[slot].link
    if link >= 0 {
      details[Int(link)].empty()
      freeDetails.append(link)
    }
    slots[slot].space = -1
    slots[slot].generation &+= 1
    slots[slot].link = freeSlot
    freeSlot = Int32(truncatingIfNeeded: slot)
    counters.live &-= 1
  }

  /// Gives what was put together a place among the details, in exchange for one that is free.
  mutating func makeDetail() -> Int32 {
    if let place = freeDetails.popLast() {
      swap(&details[Int(place)], &draft)
      return place
    }
    details.append(draft)
    draft = MappingDetail()
    return Int32(details.count - 1)
  }
}
