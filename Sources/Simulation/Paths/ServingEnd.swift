// Theory of operation
//
// The control domain's side of the two ways that go through it, one value for each guest.
//
// Proxied: the control domain maps a buffer of its own, the device writes there, and ldc_copy moves the
// bytes to the guest, page by page. Shared: it imports the guest's pages with ldc_mapin, maps the real
// addresses that it got for the device, and the bytes go straight to the guest; then it demaps and
// gives the pages back with ldc_unmap. A page must leave the IOTSB before it is given back, or the
// device keeps reaching memory that is no longer shared.
//
// Invariants: a buffer with an operation under way has its entries in the IOTSB; one without has none,
// and nothing of it is imported.
//
// Source: FWARC 2008/424; OpenSPARC hypervisor 1.5.6, ldc.s (order of calls and limits of ldc_copy).

import Hypervisor
import Sun4v

/// A buffer that a device is to fill.
struct PathTransfer: Hashable {
  /// The guest's place in the comparison, from 0 on.
  let guest: Int
  /// The buffer.
  let slot: Int
  /// The operation's number.
  let operation: UInt64
  /// Where the device writes.
  let address: DVMAAddress
}

/// What the control domain does for one guest.
struct ServingEnd: Hashable {
  /// An operation under way.
  private struct Job: Hashable {
    let cookie: UInt64
    var imported: [RealAddress] = []
  }

  var endpoint: PathEndpoint
  private let channel: UInt64
  private let guest: Int
  private let size: UInt64
  private let range: PathRange
  /// The control domain's own buffers; `nil` in the shared way.
  private let bounce: PathBuffers?
  private var jobs: [Job?]

  init(
    endpoint: PathEndpoint, channel: ChannelID, guest: Int, request: PathRequest,
    range: PathRange, bounce: PathBuffers?
  ) {
    self.endpoint = endpoint
    self.channel = channel.rawValue
    self.guest = guest
    self.range = range
    self.bounce = bounce
    size = request.size
    jobs = Array(repeating: nil, count: request.depth)
  }

  /// Takes a request: maps a buffer for each operation in it, and returns what the device is to do.
  mutating func accept(
    _ message: PathMessage, _ port: DomainPort
  ) throws(MachineError) -> [PathTransfer] {
    guard message.kind == .request, let slots = message.slots(depth: jobs.count) else {
      throw MachineError(.invariant, "the control domain cannot use a guest's request")
    }
    var transfers: [PathTransfer] = []
    for slot in slots {
      let ordinal = UInt64(slot - slots.lowerBound)
      let bytes = (ordinal &* range.pages) << PageSize.size8K.shift
      var job = Job(cookie: message.cookie &+ bytes)
      if let bounce {
        try range.map(slot, memory: bounce.address(slot), port)
      } else {
        for page in 0..<range.pages {
          job.imported.append(
            try mapIn(job.cookie &+ page << PageSize.size8K.shift, port))
        }
        try range.map(slot, listed: job.imported, port)
      }
      jobs[slot] = job
      transfers.append(
        PathTransfer(
          guest: guest, slot: slot, operation: message.operation &+ ordinal,
          address: range.address(slot)))
    }
    return transfers
  }

  private func mapIn(_ cookie: UInt64, _ port: DomainPort) throws(MachineError) -> RealAddress {
    let result = port.fastTrap(HypercallNumber.ldcMapin, channel, cookie)
    guard result.status == .ok else { throw MachineError(refused: "ldc_mapin", result.status) }
    return RealAddress(result.ret1)
  }

  /// Ends operations whose bytes have come, and answers with as many messages as the workload wants.
  mutating func finish(
    _ transfers: [PathTransfer], workload: PathWorkload, _ port: DomainPort
  ) throws(MachineError) {
    for transfer in transfers {
      try end(transfer.slot, port)
      if workload == .blockRead { try answer(transfer, count: 1, port) }
    }
    if workload == .networkReceive, let first = transfers.first {
      try answer(first, count: transfers.count, port)
    }
  }

  private mutating func answer(
    _ transfer: PathTransfer, count: Int, _ port: DomainPort
  ) throws(MachineError) {
    try endpoint.send(
      PathMessage(
        kind: .done, operation: transfer.operation, slot: UInt64(transfer.slot),
        count: UInt64(count)),
      port)
  }

  private mutating func end(_ slot: Int, _ port: DomainPort) throws(MachineError) {
    guard jobs.indices.contains(slot), let job = jobs[slot] else {
      throw MachineError(.invariant, "buffer \(slot) has no operation under way")
    }
    jobs[slot] = nil
    try range.demap(slot, port)
    if let bounce {
      try copy(from: bounce.address(slot), to: job.cookie, port)
    }
    for page in job.imported {
      let status = port.fastTrap(HypercallNumber.ldcUnmap, page.rawValue).status
      if status != .ok { throw MachineError(refused: "ldc_unmap", status) }
    }
  }

  /// Copies one operation's bytes to the guest; a call stops at the end of a page, and lengths are
  /// multiples of 8.
  private func copy(
    from memory: RealAddress, to cookie: UInt64, _ port: DomainPort
  ) throws(MachineError) {
    let length = (size &+ 7) & ~7
    var done: UInt64 = 0
    while done < length {
      let result = port.fastTrap(
        HypercallNumber.ldcCopy, channel, 1, cookie &+ done, memory.rawValue &+ done,
        length &- done)
      guard result.status == .ok, result.ret1 > 0 else {
        throw MachineError(refused: "ldc_copy", result.status)
      }
      done &+= result.ret1
    }
  }
}
