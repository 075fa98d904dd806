import DMA
import Hypervisor
import Negotiation
import Sun4v

/// A guest's side of the direct way: it maps its own pages inside grants that it negotiated.
struct DirectGuest: Hashable {
  let buffers: PathBuffers
  private let place: Int
  private let range: PathRange
  private let timing: NegotiationTiming
  /// The grant of each buffer where every operation negotiates.
  private var grants: [GrantReference?]

  /// Prepares a guest; negotiates where that is done once.
  init(_ bench: PathMachine, _ place: Int, _ request: PathRequest) throws(MachineError) {
    let guest = bench.guests[place]
    self.place = place
    timing = request.negotiation
    buffers = try bench.buffers(of: guest, request)
    grants = Array(repeating: nil, count: request.depth)
    let iommu = try bench.iommu(of: guest)
    var first: UInt64 = 0
    if timing == .once {
      let grant = try Self.negotiate(request.pagesPerGuest, iommu.handle, guest, bench)
      first = try Self.firstEntry(of: grant, bench)
    }
    range = PathRange(
      iommu: iommu, firstEntry: first, pages: request.pagesPerOperation,
      requester: bench.functions[place])
  }

  private static func negotiate(
    _ pages: UInt64, _ handle: DeviceHandle, _ guest: DomainID, _ bench: PathMachine
  ) throws(MachineError) -> GrantReference {
    let grants = try bench.machine.negotiate(guest, GrantRequest(handle: handle, pages: pages))
    guard let grant = grants.first else {
      throw MachineError(.denied, "the control domain answered without a grant")
    }
    return grant
  }

  private static func firstEntry(
    of grant: GrantReference, _ bench: PathMachine
  ) throws(MachineError) -> UInt64 {
    let window = try bench.machine.rootComplex(bench.rootComplex).window
    guard let index = window.index(of: grant.record.address) else {
      throw MachineError(.invariant, "grant \(grant.record.grant) lies in no window")
    }
    return index
  }

  /// The range of a buffer: a part of the one grant, or a grant of its own.
  private func range(of slot: Int, _ bench: PathMachine) throws(MachineError) -> PathRange {
    guard let grant = grants[slot] else { return range }
    let first = try Self.firstEntry(of: grant, bench) &- UInt64(slot) &* range.pages
    return PathRange(
      iommu: range.iommu, firstEntry: first, pages: range.pages, requester: range.requester)
  }

  /// Maps a buffer and says what the device is to do.
  mutating func start(
    _ slot: Int, _ operation: UInt64, _ bench: PathMachine
  ) throws(MachineError) -> PathTransfer {
    let guest = bench.guests[place]
    if timing == .perOperation {
      grants[slot] = try Self.negotiate(range.pages, range.iommu.handle, guest, bench)
    }
    let place = try range(of: slot, bench)
    try place.map(slot, memory: buffers.address(slot), bench.machine.port(of: guest))
    return PathTransfer(
      guest: self.place, slot: slot, operation: operation, address: place.address(slot))
  }

  /// Takes a buffer back from the device.
  mutating func finish(_ slot: Int, _ bench: PathMachine) throws(MachineError) {
    let port = bench.machine.port(of: bench.guests[place])
    try range(of: slot, bench).demap(slot, port)
    if let grant = grants[slot] {
      grants[slot] = nil
      try bench.machine.release(grant)
    }
  }
}
