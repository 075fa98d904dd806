// Theory of operation
//
// A disk and the driver that a domain runs for it. Submission queue, completion queue and an area for
// scatter lists are coherent memory of the domain; the list of submission n lies at place n modulo the
// depth. The driver writes submissions with the processor's stores and rings the doorbell at once; the
// completion is found by polling.
//
// Invariants: reaped <= submitted <= reaped + depth.

import DMA
import Hypervisor
import Sun4v

/// A disk, and its driver once a domain runs one.
struct DiskUnit: Hashable {
  /// What exists while a driver runs.
  struct Running: Hashable {
    let domain: DomainID
    let queues: DriverMapping
    let memory: RealAddress
    let depth: UInt64
    var submitted: UInt64 = 0
    var reaped: UInt64 = 0

    /// The most entries of one list.
    static let listEntries: UInt64 = 256
    static let listSize = listEntries * 16

    /// Where the completions begin, and where the lists.
    var completionOffset: UInt64 { depth &* BlockDevice.submissionSize }
    var listOffset: UInt64 { completionOffset &+ depth &* 16 }
    static func size(_ depth: UInt64) -> UInt64 {
      depth &* (BlockDevice.submissionSize &+ 16 &+ listSize)
    }
  }

  let reference: DeviceReference
  let sectors: UInt64
  var device: BlockDevice?
  var running: Running?
}

/// A submission that is done, as its driver finds it.
public struct DiskCompletion: Hashable, Sendable {
  /// The submission's number.
  public let number: UInt64
  /// The bytes that were moved; 0 where it failed.
  public let length: UInt64
  /// Whether it was done whole.
  public let isGood: Bool
}

/// Disks: queues, submissions, completions.
extension Machine {
  /// Adds an empty disk to a function; returns its number.
  public func addDisk(
    _ reference: DeviceReference, sectors: UInt64
  ) throws(MachineError) -> Int {
    try checkOpen()
    guard (1...(1 << 32)).contains(sectors) else {
      throw MachineError(
        .invalidArgument, "a disk of \(sectors) sectors: wanted 1 to \(1 << 32 as UInt64)")
    }
    software.disks.append(DiskUnit(reference: reference, sectors: sectors))
    return software.disks.count - 1
  }

  /// A domain's driver takes the disk: it allocates the queues in coherent memory.
  ///
  /// What was written to the disk by an earlier driver is gone.
  public func attachDisk(
    _ number: Int, to domain: DomainID, depth: UInt64, interrupt: UInt32?
  ) throws(MachineError) {
    try checkDevice(software.disks.indices.contains(number))
    if let running = software.disks[number].running, isLive(running.queues) {
      throw MachineError(
        .wrongState, "the disk has a driver in \(try record(of: running.domain).name)")
    }
    guard (1...1024).contains(depth) else {
      throw MachineError(.invalidArgument, "queues of \(depth) entries: wanted 1 to 1024")
    }
    let made = try allocateCoherent(
      domain, software.disks[number].reference, DiskUnit.Running.size(depth))
    let running = DiskUnit.Running(
      domain: domain, queues: made.mapping, memory: try buffer(made.buffer).base, depth: depth)
    let base = made.mapping.address.rawValue
    software.disks[number].device = BlockDevice(
      submissions: DVMAAddress(base),
      completions: DVMAAddress(base &+ running.completionOffset), depth: depth,
      sectors: software.disks[number].sectors, interrupt: interrupt)
    software.disks[number].running = running
  }

  private func diskDriver(_ number: Int) throws(MachineError) -> DiskUnit.Running {
    try checkDevice(software.disks.indices.contains(number))
    guard let running = software.disks[number].running else {
      throw MachineError(.wrongState, "the disk has no driver; attach it to a domain first")
    }
    guard isLive(running.queues) else {
      throw MachineError(.stale, "the driver's domain has stopped; attach the disk again")
    }
    return running
  }

  /// The driver submits an operation on a scatter list, and the device does it; returns its number.
  public func submit(
    _ number: Int, _ operation: BlockDevice.Operation, sector: UInt64, _ segments: [DMASegment]
  ) throws(MachineError) -> UInt64 {
    let running = try diskDriver(number)
    guard running.submitted &- running.reaped < running.depth else {
      throw MachineError(
        .wrongState, "all \(running.depth) entries of the queue are in use; poll first")
    }
    guard (1...Int(DiskUnit.Running.listEntries)).contains(segments.count) else {
      throw MachineError(
        .invalidArgument,
        "a list of \(segments.count) segments: wanted 1 to \(DiskUnit.Running.listEntries)")
    }
    let slot = running.submitted % running.depth
    let list = running.listOffset &+ slot &* DiskUnit.Running.listSize
    let submission = slot &* BlockDevice.submissionSize
    let completion = running.completionOffset &+ slot &* 16
    let port = port(of: running.domain)
    func store(_ word: UInt64, _ offset: UInt64) {
      port.storeWord(word, at: RealAddress(running.memory.rawValue &+ offset))
    }
    for (entry, segment) in segments.enumerated() {
      store(segment.address.rawValue, list &+ UInt64(entry) &* 16)
      store(segment.length, list &+ UInt64(entry) &* 16 &+ 8)
    }
    store(
      operation.number << 56 | UInt64(segments.count) << 32 | running.submitted & 0xffff_ffff,
      submission)
    store(sector, submission &+ 8)
    store(running.queues.address.rawValue &+ list, submission &+ 16)
    store(0, submission &+ 24)
    store(0, completion &+ 8)
    software.disks[number].running?.submitted &+= 1
    let bus = bus(of: software.disks[number].reference)
    _ = software.disks[number].device?.takeNext(bus)
    noticeInterrupts()
    return running.submitted
  }

  /// The driver looks which submissions are done.
  public func pollDisk(_ number: Int) throws(MachineError) -> [DiskCompletion] {
    var running = try diskDriver(number)
    let port = port(of: running.domain)
    var found: [DiskCompletion] = []
    while running.reaped < running.submitted {
      let offset = running.completionOffset &+ (running.reaped % running.depth) &* 16
      let place = RealAddress(running.memory.rawValue &+ offset &+ 8)
      guard let word = port.loadWord(place), word & DescriptorRing.done != 0 else { break }
      let isGood = word & DescriptorRing.error == 0
      found.append(
        DiskCompletion(
          number: running.reaped, length: isGood ? word & 0xffff_ffff_ffff : 0, isGood: isGood))
      running.reaped &+= 1
    }
    software.disks[number].running = running
    return found
  }
}
