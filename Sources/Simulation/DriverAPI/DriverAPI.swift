// Theory of operation
//
// The DMA API of each domain: what a driver would call, with negotiation behind it. The domain's driver
// is a value that never waits (GuestDMA); here it is given a port, and where it lacks space the machine
// negotiates for it, lets the clock run until the answer is there, and repeats the call. What the driver
// gives back is released without waiting: the message goes out, and the answer comes when the clock goes
// on.
//
// When space is refused, the domain gives back what lies idle and asks once more; then it asks for no
// more than it needs; only then the refusal is the caller's.
//
// Invariants: `drivers` has at most one entry for each domain; a driver that is ready belongs to the
// present boot of its domain.

import DMA
import Hypervisor
import Negotiation
import Sun4v

/// A device as scripts and drivers name it.
public struct DeviceReference: Hashable, Sendable {
  /// The bus that it is on.
  public let rootComplex: RootComplexID
  /// Its bus, device and function number.
  public let function: BusDeviceFunction

  /// Names a device.
  public init(rootComplex: RootComplexID, function: BusDeviceFunction) {
    self.rootComplex = rootComplex
    self.function = function
  }
}

/// A mapping that a domain's DMA API has made.
public struct DriverMapping: Hashable, Sendable, BitwiseCopyable {
  /// The domain.
  public let domain: DomainID
  /// The mapping in the domain's driver.
  public let handle: DMAHandle
  /// The first bus address when it was made.
  public let address: DVMAAddress
  /// The number of bytes when it was made.
  public let length: UInt64

  fileprivate init(_ domain: DomainID, _ handle: DMAHandle, _ range: DMASegment) {
    self.domain = domain
    self.handle = handle
    address = range.address
    length = range.length
  }
}

/// A piece of a buffer.
public struct BufferPiece: Hashable, Sendable {
  /// The buffer.
  public let buffer: BufferID
  /// The first byte.
  public let offset: UInt64
  /// The number of bytes; `nil` for the rest of the buffer.
  public let length: UInt64?

  /// Names a piece.
  public init(_ buffer: BufferID, offset: UInt64, length: UInt64?) {
    self.buffer = buffer
    self.offset = offset
    self.length = length
  }
}

extension Machine {
  /// Maps a piece of a buffer for a device (Linux: `dma_map_single`).
  ///
  /// Throws the refusal, and nothing is mapped then: `invalid_argument`, `denied` with the limit that
  /// was met, `hypercall` with the status.
  public func mapSingle(
    _ domain: DomainID, _ device: DeviceReference, _ piece: BufferPiece, _ direction: DMADirection
  ) throws(MachineError) -> DriverMapping {
    let number = try driverDevice(domain, device)
    return try mapMemory(domain, number, try memory(of: piece, for: domain), direction)
  }

  /// Maps memory of a domain for a device by its number in the domain's driver.
  func mapMemory(
    _ domain: DomainID, _ device: Int, _ memory: MemoryPiece, _ direction: DMADirection
  ) throws(MachineError) -> DriverMapping {
    try perform(domain) { driver, port throws(DMAError) in
      try driver.mapSingle(port, device: device, memory, direction)
    }
  }

  /// Maps a list of pieces (Linux: `dma_map_sg`); its segments are what the device is given.
  public func mapScatter(
    _ domain: DomainID, _ device: DeviceReference, _ pieces: [BufferPiece],
    _ direction: DMADirection
  ) throws(MachineError) -> DriverMapping {
    let number = try driverDevice(domain, device)
    var list = sparePieces
    sparePieces = []
    defer { sparePieces = list }
    list.removeAll(keepingCapacity: true)
    list.reserveCapacity(pieces.count)
    var last = BufferID.none
    var record = BufferRecord.none
    for piece in pieces {
      if piece.buffer != last {
        record = try memoryRecord(piece.buffer, of: domain)
        last = piece.buffer
      }
      list.append(try memory(of: piece, in: record))
    }
    return try perform(domain) { driver, port throws(DMAError) in
      try driver.mapScatter(port, device: number, list, direction)
    }
  }

  /// Maps the first window of an object that may be larger than the device takes (illumos).
  public func mapWindows(
    _ domain: DomainID, _ device: DeviceReference, _ piece: BufferPiece, _ direction: DMADirection,
    partial: Bool
  ) throws(MachineError) -> DriverMapping {
    let number = try driverDevice(domain, device)
    let memory = try memory(of: piece, for: domain)
    return try perform(domain) { driver, port throws(DMAError) in
      try driver.mapWindows(port, device: number, memory, direction, partial: partial)
    }
  }

  /// Allocates memory that processor and device share for long (Linux: `dma_alloc_coherent`): whole
  /// pages, zeroed, contiguous, for reading and writing; unmapping frees it.
  public func allocateCoherent(
    _ domain: DomainID, _ device: DeviceReference, _ size: UInt64
  ) throws(MachineError) -> (mapping: DriverMapping, buffer: BufferID) {
    let number = try driverDevice(domain, device)
    let buffer = try allocate(domain, size)
    let record = try self.buffer(buffer)
    let page = PageSize.size8K
    let piece = MemoryPiece(address: record.base, length: page.pages(for: size) << page.shift)
    do throws(MachineError) {
      let mapping = try perform(domain) { driver, port throws(DMAError) in
        try driver.mapSingle(
          port, device: number, piece, .bidirectional, cookie: UInt64(buffer.number))
      }
      return (mapping, buffer)
    } catch {
      try discard(buffer, record)
      throw error
    }
  }

  /// Removes a mapping of any kind; memory that came with it is freed.
  public func unmap(_ mapping: DriverMapping) throws(MachineError) {
    try checkOpen()
    let cookie = try withDriver(mapping.domain) { driver, port throws(DMAError) in
      try driver.unmap(port, mapping.handle)
    }
    if cookie != 0 {
      let buffer = BufferID(number: Int(truncatingIfNeeded: cookie))
      try discard(buffer, try self.buffer(buffer))
    }
    if software.drivers[mapping.domain.rawValue].hasReturns { giveBackSpace(of: mapping.domain) }
  }

  /// Hands a mapping's memory to the device or to the processor.
  public func sync(_ mapping: DriverMapping, for target: SyncTarget) throws(MachineError) {
    try checkOpen()
    try withDriver(mapping.domain) { driver, port throws(DMAError) in
      try driver.sync(port, mapping.handle, for: target)
    }
  }

  /// Maps another window of an object.
  public func moveWindow(
    _ mapping: DriverMapping, to window: UInt64
  ) throws(MachineError) {
    try checkOpen()
    try withDriver(mapping.domain) { driver, port throws(DMAError) in
      try driver.moveWindow(port, mapping.handle, to: window)
    }
  }

  /// What the device is given of a mapping now.
  public func segments(of mapping: DriverMapping) throws(MachineError) -> [DMASegment] {
    try checkOpen()
    return try withDriver(mapping.domain) { driver, _ throws(DMAError) in
      try driver.segments(of: mapping.handle)
    }
  }

  /// The first of what the device is given of a mapping now.
  public func firstSegment(of mapping: DriverMapping) throws(MachineError) -> DMASegment? {
    try checkOpen()
    return try withDriver(mapping.domain) { driver, _ throws(DMAError) in
      try driver.firstSegment(of: mapping.handle)
    }
  }

  /// The number of windows of a mapping and the one that is mapped, counted from 0.
  public func windows(
    of mapping: DriverMapping
  ) throws(MachineError) -> (count: UInt64, active: UInt64) {
    try checkOpen()
    return try withDriver(mapping.domain) { driver, _ throws(DMAError) in
      try driver.windows(of: mapping.handle)
    }
  }

  /// Whether a mapping is there.
  public func isLive(_ mapping: DriverMapping) -> Bool {
    let place = mapping.domain.rawValue
    return software.drivers.indices.contains(place)
      && software.drivers[place].isLive(mapping.handle)
  }

  // MARK: Running the driver

  /// Runs a piece of a domain's driver, in place.
  @inline(__always)
  func withDriver<Value>(
    _ domain: DomainID, _ body: (inout GuestDMA, DomainPort) throws(DMAError) -> Value
  ) throws(MachineError) -> Value {
    let place = domain.rawValue
    guard software.drivers.indices.contains(place) else {
      throw MachineError(.stale, "the domain's DMA API has made no mapping")
    }
    do throws(DMAError) {
      return try body(&software.drivers[place], port(of: domain))
    } catch {
      throw MachineError(error)
    }
  }

  /// Runs an operation that maps, and negotiates where it lacks space.
  @inline(__always)
  private func perform(
    _ domain: DomainID, _ body: (inout GuestDMA, DomainPort) throws(DMAError) -> DMAStep
  ) throws(MachineError) -> DriverMapping {
    switch try withDriver(domain, body) {
    case .mapped(let handle, let range): return DriverMapping(domain, handle, range)
    case .needsSpace(let wanted): return try supplyAndPerform(wanted, domain, body)
    }
  }

  private func supplyAndPerform(
    _ first: SpaceRequest, _ domain: DomainID,
    _ body: (inout GuestDMA, DomainPort) throws(DMAError) -> DMAStep
  ) throws(MachineError) -> DriverMapping {
    var wanted = first
    // A list of ranges may lack space more than once; each round adds what the last one lacked.
    for _ in 0..<Self.supplyLimit {
      try supply(wanted, to: domain)
      switch try withDriver(domain, body) {
      case .mapped(let handle, let range): return DriverMapping(domain, handle, range)
      case .needsSpace(let more): wanted = more
      }
    }
    throw MachineError(
      .denied, "the space that was negotiated for the mapping did not suffice", name: "no_space")
  }

  /// The most times that one operation negotiates.
  private static let supplyLimit = 4096

  @inline(__always)
  private func memory(
    of piece: BufferPiece, for domain: DomainID
  ) throws(MachineError) -> MemoryPiece {
    try memory(of: piece, in: memoryRecord(piece.buffer, of: domain))
  }

  @inline(__always)
  private func memoryRecord(
    _ id: BufferID, of domain: DomainID
  ) throws(MachineError) -> BufferRecord {
    let record = try record(of: id)
    guard record.domain == domain else { throw notItsOwn(record, domain) }
    return record
  }

  /// Why a domain does not map a buffer of another.
  func notItsOwn(_ buffer: BufferRecord, _ domain: DomainID) -> MachineError {
    MachineError(
      .invalidArgument,
      "the buffer is memory of \(name(buffer.domain)); \(name(domain)) maps its own only")
  }

  @inline(__always)
  private func memory(
    of piece: BufferPiece, in record: BufferRecord
  ) throws(MachineError) -> MemoryPiece {
    let length = piece.length ?? record.rest(from: piece.offset)
    try check(record, piece.offset, length)
    return MemoryPiece(
      address: RealAddress(record.base.rawValue &+ piece.offset), length: length)
  }
}
