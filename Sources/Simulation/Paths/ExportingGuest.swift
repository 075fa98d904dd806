import Hypervisor
import Sun4v

/// A guest's side of the proxied and the shared way: it exports buffers and asks for them to be filled.
///
/// A buffer's pages are in the channel's map table from the request to the answer, with the one right
/// that the way needs: copying out for the proxied way, writing by devices for the shared one.
struct ExportingGuest: Hashable {
  var endpoint: PathEndpoint
  let buffers: PathBuffers
  private let table: RealAddress
  private let rights: SharedPageRights

  init(endpoint: PathEndpoint, buffers: PathBuffers, table: RealAddress, way: IOPath) {
    self.endpoint = endpoint
    self.buffers = buffers
    self.table = table
    rights = way == .proxied ? .copyOut : .ioWrite
  }

  /// The entries of a map table for so many pages.
  static func tableEntries(pages: UInt64) -> UInt64 {
    var entries: UInt64 = 2
    while entries < pages { entries <<= 1 }
    return entries
  }

  /// Exports buffers and asks for operations, with as many messages as the workload wants.
  mutating func ask(
    slots: Range<Int>, first operation: UInt64, workload: PathWorkload, _ port: DomainPort
  ) throws(MachineError) -> UInt64 {
    var exported: UInt64 = 0
    for slot in slots { exported &+= try writeEntries(of: slot, rights, port) }
    switch workload {
    case .blockRead:
      for slot in slots {
        try send(slot, 1, operation &+ UInt64(slot - slots.lowerBound), port)
      }
    case .networkReceive: try send(slots.lowerBound, slots.count, operation, port)
    }
    return exported
  }

  private mutating func send(
    _ slot: Int, _ count: Int, _ operation: UInt64, _ port: DomainPort
  ) throws(MachineError) {
    let cookie = SharedMemoryCookie(
      pageSize: .size8K, index: buffers.firstPage(slot), offset: 0)
    try endpoint.send(
      PathMessage(
        kind: .request, operation: operation, slot: UInt64(slot), count: UInt64(count),
        cookie: cookie.rawValue),
      port)
  }

  /// Takes a buffer out of the table again.
  mutating func withdraw(_ slot: Int, _ port: DomainPort) throws(MachineError) -> UInt64 {
    try writeEntries(of: slot, [], port)
  }

  private func writeEntries(
    of slot: Int, _ rights: SharedPageRights, _ port: DomainPort
  ) throws(MachineError) -> UInt64 {
    for page in 0..<buffers.pages {
      let memory = RealAddress(
        buffers.address(slot).rawValue &+ page << PageSize.size8K.shift)
      let word =
        rights.isEmpty
        ? 0 : MapTableEntry(page: memory, pageSize: .size8K, rights: rights).rawValue
      let place = table.rawValue &+ (buffers.firstPage(slot) &+ page) &* ChannelMapTable.entrySize
      guard port.storeWord(word, at: RealAddress(place)) else {
        throw MachineError(.stale, "the guest's map table is not its memory any more")
      }
    }
    return buffers.pages
  }
}
