import Hypervisor
import Negotiation
import Sun4v

/// Pieces of a domain's memory that scripts hold.
extension Machine {
  /// The buffers there are, in the order in which they were made.
  public var liveBuffers: [BufferID] { software.buffers.numbers.map { BufferID(number: $0) } }

  /// Allocates whole pages of a running domain's memory, filled with zeros.
  public func allocate(
    _ domain: DomainID, _ size: UInt64, alignment: UInt64 = PageSize.size8K.bytes
  ) throws(MachineError) -> BufferID {
    try checkOpen()
    let name = try record(of: domain).name
    guard size > 0, alignment > 0, alignment & (alignment - 1) == 0 else {
      throw MachineError(
        .invalidArgument,
        "\(name): a buffer of \(size) bytes aligned to \(alignment): wanted at least 1 byte, and a power "
          + "of two")
    }
    guard
      let base = try withMemory(
        of: domain,
        { memory in
          memory.allocate(size, alignment: max(alignment, PageSize.size8K.bytes))
        })
    else {
      let page = PageSize.size8K.bytes
      let place = alignment > page ? " at a multiple of \(ByteSize(alignment))" : ""
      throw MachineError(
        .noMemory,
        "\(name) has no \(ByteSize(max(size, page))) of free memory in one piece\(place)")
    }
    let record = BufferRecord(domain: domain, base: base, size: size)
    port(of: domain).fill(
      base, count: PageSize.size8K.pages(for: size) << PageSize.size8K.shift, with: 0)
    return BufferID(number: software.buffers.insert(record))
  }

  /// Runs a piece of code on a running domain's allocator of real memory.
  func withMemory<Value>(
    of domain: DomainID, _ body: (inout RealPageAllocator) -> Value
  ) throws(MachineError) -> Value {
    try checkExists(domain)
    guard let value = software.software[domain.rawValue].withBase({ body(&$0.memory) }) else {
      throw MachineError(
        .wrongState,
        "\(name(domain)) is not running; boot the machine or the domain first")
    }
    return value
  }

  /// A buffer's record; throws code `stale` once it is freed or its domain has gone.
  public func buffer(_ id: BufferID) throws(MachineError) -> BufferRecord { try record(of: id) }

  /// The same in line, for what scripts do by the million.
  @inline(__always)
  func record(of buffer: BufferID) throws(MachineError) -> BufferRecord {
    try checkOpen()
    guard let record = software.buffers[buffer.number] else { throw Self.bufferGone }
    return record
  }

  private static var bufferGone: MachineError {
    MachineError(.stale, "the buffer has been freed, or its domain has stopped")
  }

  /// Gives a buffer's memory back; throws code `wrong_state` while it is mapped.
  public func free(_ id: BufferID) throws(MachineError) {
    let record = try buffer(id)
    if record.mappings > 0, let mapping = mappings.first(where: { $0.buffer == id }) {
      throw MachineError(
        .wrongState, "the buffer is mapped at DVA \(mapping.base); unmap it first")
    }
    if let address = driverMapping(over: record) {
      throw MachineError(
        .wrongState, "the buffer is mapped at DVA \(address) by the DMA API; unmap it first")
    }
    try discard(id, record)
  }

  /// Gives a buffer's memory back that nothing maps.
  func discard(_ id: BufferID, _ record: BufferRecord) throws(MachineError) {
    _ = try withMemory(of: record.domain) { $0.release(record.base) }
    software.buffers.remove(id.number)
  }

  /// Bytes of a buffer.
  public func read(
    _ id: BufferID, at offset: UInt64, count: UInt64
  ) throws(MachineError) -> [UInt8] {
    let record = try buffer(id)
    try check(record, offset, count)
    try checkTransfer(count)
    guard let address = record.base.advanced(by: offset),
      let bytes = port(of: record.domain).read(address, count: Int(count))
    else { throw Self.memoryGone }
    return bytes
  }

  /// Writes bytes to a buffer.
  public func write(
    _ id: BufferID, at offset: UInt64, _ bytes: UnsafeRawBufferPointer
  ) throws(MachineError) {
    let record = try buffer(id)
    try check(record, offset, UInt64(bytes.count))
    guard let address = record.base.advanced(by: offset),
      port(of: record.domain).write(address, from: bytes)
    else { throw Self.memoryGone }
  }

  /// Sets bytes of a buffer to one value.
  public func fill(
    _ id: BufferID, at offset: UInt64, count: UInt64, with byte: UInt8
  ) throws(MachineError) {
    let record = try buffer(id)
    try check(record, offset, count)
    if byte != 0 { try checkTransfer(count) }
    guard let address = record.base.advanced(by: offset),
      port(of: record.domain).fill(address, count: count, with: byte)
    else { throw Self.memoryGone }
  }

  @inline(__always)
  func check(_ record: BufferRecord, _ offset: UInt64, _ count: UInt64) throws(MachineError) {
    guard offset <= record.size, count <= record.size - offset else {
      throw Self.outside(record, offset, count)
    }
  }

  private static func outside(
    _ record: BufferRecord, _ offset: UInt64, _ count: UInt64
  ) -> MachineError {
    MachineError(
      .invalidArgument,
      "\(count) bytes at offset \(offset): the buffer has \(record.size) bytes")
  }

  private static let memoryGone = MachineError(
    .stale, "the buffer's memory does not belong to its domain any more")
}
