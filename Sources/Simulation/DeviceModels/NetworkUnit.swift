// Theory of operation
//
// A network controller and the driver that a domain runs for it. The driver keeps its two rings in
// coherent memory of the domain, writes descriptors there with the processor's own stores, and finds out
// what is done by looking at them. The device sees the rings and the frames by bus address only.
//
// A driver's counters never go back: descriptor n of a ring lies at place n modulo the size, so a number
// that a script keeps means one frame for ever.
//
// Invariants: reaped <= taken by the device <= filled <= reaped + entries, for each ring.

import DMA
import Hypervisor
import Sun4v

/// A ring as its driver sees it.
struct RingMemory: Hashable {
  let mapping: DriverMapping
  let memory: RealAddress
  let entries: UInt64
  var filled: UInt64 = 0
  var reaped: UInt64 = 0

  /// The real address of a descriptor.
  func descriptor(_ number: UInt64) -> RealAddress {
    RealAddress(memory.rawValue &+ (number % entries) &* DescriptorRing.descriptorSize)
  }

  /// The real address of a descriptor's status and length.
  func status(_ number: UInt64) -> RealAddress {
    RealAddress(descriptor(number).rawValue &+ 8)
  }

  /// Whether the driver has taken back every descriptor that it filled.
  var isIdle: Bool { filled == reaped }
}

/// A network controller, and its driver once a domain runs one.
struct NetworkUnit: Hashable {
  /// What exists while a driver runs.
  struct Running: Hashable {
    let domain: DomainID
    var device: NetworkDevice
    var receive: RingMemory
    var transmit: RingMemory
  }

  let reference: DeviceReference
  var running: Running?
  /// Frames that were sent and not taken yet, oldest first; the newest are lost beyond the limit.
  var wire: [[UInt8]] = []

  static let wireLimit = 4096
}

/// A descriptor that is done, as its driver finds it.
public struct NetworkCompletion: Hashable, Sendable {
  /// Whether it was for sending.
  public let isTransmit: Bool
  /// The descriptor's number, as posting returned it.
  public let number: UInt64
  /// The bytes of the frame; 0 where it failed.
  public let length: UInt64
  /// Whether the frame went through.
  public let isGood: Bool
}

/// Network controllers: rings, frames, completions.
extension Machine {
  /// The most descriptors of a ring.
  static let largestRing: UInt64 = 65536

  /// Adds a network controller to a function; returns its number.
  public func addNetworkDevice(_ reference: DeviceReference) throws(MachineError) -> Int {
    try checkOpen()
    software.networks.append(NetworkUnit(reference: reference))
    return software.networks.count - 1
  }

  /// A domain's driver takes the controller: it allocates both rings in coherent memory.
  ///
  /// The interrupt comes when so many descriptors are done as `coalescing` says, at least 1.
  public func attachNetwork(
    _ number: Int, to domain: DomainID, entries: UInt64, interrupt: UInt32?,
    coalescing: UInt64 = 1
  ) throws(MachineError) {
    try checkDevice(software.networks.indices.contains(number))
    if let running = software.networks[number].running, isLive(running.receive.mapping) {
      throw MachineError(
        .wrongState, "the controller has a driver in \(try record(of: running.domain).name)")
    }
    guard (1...Self.largestRing).contains(entries) else {
      throw MachineError(
        .invalidArgument, "rings of \(entries) descriptors: wanted 1 to \(Self.largestRing)")
    }
    let reference = software.networks[number].reference
    let receive = try makeRing(entries, domain, reference)
    let transmit: RingMemory
    do throws(MachineError) {
      transmit = try makeRing(entries, domain, reference)
    } catch {
      try unmap(receive.mapping)
      throw error
    }
    software.networks[number].running = NetworkUnit.Running(
      domain: domain,
      device: NetworkDevice(
        receive: DescriptorRing(base: receive.mapping.address, count: entries),
        transmit: DescriptorRing(base: transmit.mapping.address, count: entries),
        interrupt: interrupt, coalescing: coalescing),
      receive: receive, transmit: transmit)
  }

  private func makeRing(
    _ entries: UInt64, _ domain: DomainID, _ reference: DeviceReference
  ) throws(MachineError) -> RingMemory {
    let made = try allocateCoherent(
      domain, reference, entries &* DescriptorRing.descriptorSize)
    return RingMemory(
      mapping: made.mapping, memory: try buffer(made.buffer).base, entries: entries)
  }

  /// The driver lets the controller go and frees its rings.
  public func detachNetwork(_ number: Int) throws(MachineError) {
    let running = try running(number)
    try unmap(running.receive.mapping)
    try unmap(running.transmit.mapping)
    software.networks[number].running = nil
  }

  @inline(__always)
  func running(_ number: Int) throws(MachineError) -> NetworkUnit.Running {
    try checkDevice(software.networks.indices.contains(number))
    guard let running = software.networks[number].running else {
      throw MachineError(.wrongState, "the controller has no driver; attach it to a domain first")
    }
    guard isLive(running.receive.mapping) else {
      throw MachineError(.stale, "the driver's domain has stopped; attach the controller again")
    }
    return running
  }

  /// The driver hands over a buffer for a frame to arrive in; returns the descriptor's number.
  public func postReceive(
    _ number: Int, _ buffer: DMASegment
  ) throws(MachineError) -> UInt64 {
    let running = try running(number)
    try fill(running.receive, buffer, running.domain)
    software.networks[number].running?.receive.filled &+= 1
    _ = software.networks[number].running?.device.receive.ringDoorbell()
    return running.receive.filled
  }

  /// The driver hands over a frame, and the device sends it.
  public func transmit(
    _ number: Int, _ frame: DMASegment
  ) throws(MachineError) -> (number: UInt64, outcome: FrameOutcome) {
    let running = try running(number)
    try fill(running.transmit, frame, running.domain)
    software.networks[number].running?.transmit.filled &+= 1
    _ = software.networks[number].running?.device.transmit.ringDoorbell()
    let outcome = sendNext(number) { [self] bytes in
      if software.networks[number].wire.count < NetworkUnit.wireLimit {
        software.networks[number].wire.append([UInt8](bytes))
      }
    }
    return (running.transmit.filled, outcome ?? .dropped)
  }

  func fill(
    _ ring: RingMemory, _ buffer: DMASegment, _ domain: DomainID
  ) throws(MachineError) {
    guard ring.filled &- ring.reaped < ring.entries else {
      throw MachineError(
        .wrongState, "all \(ring.entries) descriptors of the ring are in use; poll first")
    }
    guard buffer.length <= UInt64(NetworkDevice.longestFrame) else {
      throw MachineError(
        .invalidArgument,
        "a buffer of \(buffer.length) bytes: wanted at most \(NetworkDevice.longestFrame)")
    }
    let place = ring.descriptor(ring.filled)
    let port = port(of: domain)
    var words = (buffer.address.rawValue.bigEndian, buffer.length.bigEndian)
    guard withUnsafeBytes(of: &words, { port.write(place, from: $0) }) else {
      throw MachineError(.stale, "the ring's memory is not the domain's any more")
    }
  }

  /// The device sends the next frame that waits, if one does.
  private func sendNext(
    _ number: Int, _ wire: (UnsafeRawBufferPointer) -> Void
  ) -> FrameOutcome? {
    guard var device = software.networks[number].running?.device else { return nil }
    let bus = bus(of: software.networks[number].reference)
    let outcome = withUnsafeTemporaryAllocation(
      byteCount: NetworkDevice.longestFrame, alignment: 8
    ) { device.sendNext(bus, $0, wire: wire) }
    software.networks[number].running?.device = device
    noticeInterrupts()
    return outcome
  }

  /// A frame arrives from the wire.
  public func deliver(
    _ number: Int, _ frame: UnsafeRawBufferPointer
  ) throws(MachineError) -> FrameOutcome {
    _ = try running(number)
    let bus = bus(of: software.networks[number].reference)
    let outcome = software.networks[number].running?.device.deliver(frame, bus) ?? .dropped
    noticeInterrupts()
    return outcome
  }

  /// The driver looks which descriptors are done; those of receiving come first.
  public func poll(_ number: Int) throws(MachineError) -> [NetworkCompletion] {
    var running = try running(number)
    var found: [NetworkCompletion] = []
    reap(&running.receive, running.domain, isTransmit: false, &found)
    reap(&running.transmit, running.domain, isTransmit: true, &found)
    software.networks[number].running = running
    return found
  }

  private func reap(
    _ ring: inout RingMemory, _ domain: DomainID, isTransmit: Bool,
    _ found: inout [NetworkCompletion]
  ) {
    let port = port(of: domain)
    while ring.reaped < ring.filled {
      guard let word = port.loadWord(ring.status(ring.reaped)), word & DescriptorRing.done != 0
      else { return }
      let isGood = word & DescriptorRing.error == 0
      found.append(
        NetworkCompletion(
          isTransmit: isTransmit, number: ring.reaped, length: isGood ? word & 0xffff_ffff : 0,
          isGood: isGood))
      ring.reaped &+= 1
    }
  }

  /// The frames that were sent, oldest first; they are taken away.
  public func takeFrames(_ number: Int) throws(MachineError) -> [[UInt8]] {
    try checkDevice(software.networks.indices.contains(number))
    defer { software.networks[number].wire.removeAll() }
    return software.networks[number].wire
  }

  /// Counters of a controller, in a fixed order.
  public func networkStatistics(
    _ number: Int
  ) throws(MachineError) -> [(name: String, value: UInt64)] {
    try checkDevice(software.networks.indices.contains(number))
    guard let running = software.networks[number].running else { return [] }
    let device = running.device
    return [
      ("received", device.received), ("sent", device.sent), ("dropped", device.dropped),
      ("faults", device.faults), ("interrupts", device.interrupts),
      ("receive_waiting", device.receive.waiting),
      ("transmit_waiting", device.transmit.waiting),
      ("receive_posted", running.receive.filled), ("transmit_posted", running.transmit.filled),
    ]
  }

  /// A snapshot of before a device was added has no such device.
  func checkDevice(_ exists: Bool) throws(MachineError) {
    try checkOpen()
    if !exists {
      throw MachineError(.stale, "the state that was restored is of before the device was added")
    }
  }

  func bus(of reference: DeviceReference) -> DeviceBus {
    DeviceBus(hypervisor, reference.rootComplex, reference.function)
  }
}
