// Theory of operation
//
// Traffic in bulk: what driver and device do for each frame, many times, without a script between. The
// driver maps a batch of frames one by one, fills a descriptor for each, and rings the doorbell; the
// device fetches the descriptors, moves the frames and writes the descriptors back, all by bus address;
// one MSI tells of the batch; the driver reaps, looks at every byte that came, and unmaps.
//
// A frame is its number and a pattern that depends on it. Sender and receiver add up its 64-bit words,
// each from the bytes that it has, and the sums must agree; a digest of all sums is reported.
//
// The first frame that did not arrive as it was sent ends the run, with nothing left mapped.

import DMA
import Hypervisor
import Sun4v

/// What a run of traffic did.
public struct TrafficReport: Hashable, Sendable {
  /// The frames that went through.
  public internal(set) var frames: UInt64 = 0
  /// The bytes of all frames.
  public internal(set) var bytes: UInt64 = 0
  /// A digest of the frames' sums, in order.
  public internal(set) var checksum: UInt64 = 0xcbf2_9ce4_8422_2325
  /// The records of MSIs that the driver took.
  public internal(set) var interrupts: UInt64 = 0
}

extension Machine {
  /// The most frames of a batch, as a Linux driver takes them at once (`NAPI_POLL_WEIGHT`).
  private static let trafficBatch: UInt64 = 64

  /// Receives or sends frames, mapping and unmapping the memory of each.
  ///
  /// Throws code `invariant` for the first frame that did not arrive as it was sent, `wrong_state` where
  /// descriptors are in the ring already.
  public func networkTraffic(
    _ number: Int, frames: UInt64, size: UInt64, buffer: BufferID, direction: DMADirection
  ) throws(MachineError) -> TrafficReport {
    let running = try running(number)
    let record = try self.buffer(buffer)
    let step = (size &+ 2047) & ~2047
    guard (8...UInt64(NetworkDevice.longestFrame)).contains(size), step <= record.size else {
      throw MachineError(
        .invalidArgument,
        "frames of \(size) bytes: wanted 8 to \(NetworkDevice.longestFrame), rounded up to 2K no more "
          + "than the buffer's \(record.size)")
    }
    guard direction != .bidirectional else {
      throw MachineError(.invalidArgument, "a frame goes to_device or from_device")
    }
    guard record.domain == running.domain else {
      throw MachineError(
        .invalidArgument, "the buffer is not memory of the domain that drives the controller")
    }
    guard running.receive.isIdle, running.transmit.isIdle else {
      throw MachineError(.wrongState, "descriptors are in the rings already; poll first")
    }
    let reference = software.networks[number].reference
    let batch = min(running.receive.entries, record.size / step, Self.trafficBatch)
    var lane = TrafficLane(
      number: number, device: try driverDevice(running.domain, reference),
      memory: record.base, step: step, size: size, direction: direction,
      port: port(of: running.domain), bus: bus(of: reference))
    if let message = running.device.interrupt {
      let handle = try rootComplex(reference.rootComplex).handle
      lane.events = TrafficEvents(lane.port, handle, message: message)
    }
    defer { lane.end() }
    var report = TrafficReport()
    while report.frames < frames {
      try exchange(min(batch, frames &- report.frames), &lane, &report)
      reportProgress(Progress("moving", report.frames, of: frames, "frames"))
      if isInterrupted() {
        throw MachineError(.interrupted, "stopped after \(report.frames) frames")
      }
    }
    return report
  }

  /// Moves one batch of frames.
  private func exchange(
    _ count: UInt64, _ lane: inout TrafficLane, _ report: inout TrafficReport
  ) throws(MachineError) {
    var moved: UInt64 = 0
    do throws(MachineError) {
      for place in 0..<count {
        lane.mappings.append(
          try mapMemory(
            lane.port.domain, lane.device,
            MemoryPiece(address: lane.address(of: place), length: lane.size), lane.direction))
      }
      try post(lane, first: report.frames)
      moved = move(&lane, first: report.frames)
      moved = min(moved, reap(&lane, first: report.frames))
    } catch {
      try unmapAll(&lane)
      throw error
    }
    noticeInterrupts()
    report.interrupts &+= lane.events?.take(lane.port) ?? 0
    for sum in lane.sums.prefix(Int(moved)) {
      report.checksum = (report.checksum ^ sum) &* 0x100_0000_01b3
    }
    report.frames &+= moved
    report.bytes &+= moved &* lane.size
    lane.sums.removeAll(keepingCapacity: true)
    try unmapAll(&lane)
    guard moved == count else {
      throw MachineError(.invariant, "frame \(report.frames) did not arrive as it was sent")
    }
  }

  private func unmapAll(_ lane: inout TrafficLane) throws(MachineError) {
    while let mapping = lane.mappings.popLast() { try unmap(mapping) }
  }

  /// The driver writes frames that go out into memory, and a descriptor for each frame.
  private func post(_ lane: TrafficLane, first: UInt64) throws(MachineError) {
    let isSending = lane.direction == .toDevice
    for (place, mapping) in lane.mappings.enumerated() {
      guard let running = software.networks[lane.number].running else { return }
      if isSending {
        _ = lane.frame.make(first &+ UInt64(place))
        lane.port.write(lane.address(of: UInt64(place)), from: lane.frame.bytes)
      }
      let segment = DMASegment(address: mapping.address, length: lane.size)
      try fill(isSending ? running.transmit : running.receive, segment, running.domain)
      if isSending {
        software.networks[lane.number].running?.transmit.filled &+= 1
        _ = software.networks[lane.number].running?.device.transmit.ringDoorbell()
      } else {
        software.networks[lane.number].running?.receive.filled &+= 1
        _ = software.networks[lane.number].running?.device.receive.ringDoorbell()
      }
    }
  }

  /// The device moves the frames of a batch; how many in a row it moved as they are.
  private func move(_ lane: inout TrafficLane, first: UInt64) -> UInt64 {
    guard var device = software.networks[lane.number].running?.device else { return 0 }
    var moved: UInt64 = 0
    for place in 0..<UInt64(lane.mappings.count) {
      let expected = lane.frame.make(first &+ place)
      lane.sums.append(expected)
      var isSame = true
      let outcome: FrameOutcome?
      if lane.direction == .fromDevice {
        outcome = device.deliver(lane.frame.bytes, lane.bus)
      } else {
        let (frame, size) = (lane.frame, Int(lane.size))
        outcome = device.sendNext(lane.bus, frame.otherBytes) { bytes in
          isSame = bytes.count == size && frame.sumOfOther() == expected
        }
      }
      if outcome == .delivered, isSame, moved == place { moved &+= 1 }
    }
    device.signalWaiting(lane.bus)
    software.networks[lane.number].running?.device = device
    return moved
  }

  /// The driver takes the descriptors of a batch back and reads the frames that came in; how many in a
  /// row are as they were sent.
  private func reap(_ lane: inout TrafficLane, first: UInt64) -> UInt64 {
    guard let running = software.networks[lane.number].running else { return 0 }
    let isSending = lane.direction == .toDevice
    var ring = isSending ? running.transmit : running.receive
    var good: UInt64 = 0
    for place in 0..<UInt64(lane.mappings.count) {
      let word = lane.port.loadWord(ring.status(ring.reaped)) ?? 0
      guard word & DescriptorRing.done != 0 else { break }
      ring.reaped &+= 1
      var isGood =
        word & DescriptorRing.error == 0 && word & 0xffff_ffff == lane.size
      if isGood, !isSending {
        isGood =
          lane.port.read(lane.address(of: place), into: lane.frame.otherBytes)
          && lane.frame.sumOfOther() == lane.sums[Int(place)]
      }
      if isGood, good == place { good &+= 1 }
    }
    if isSending {
      software.networks[lane.number].running?.transmit.reaped = ring.reaped
    } else {
      software.networks[lane.number].running?.receive.reaped = ring.reaped
    }
    return good
  }
}
