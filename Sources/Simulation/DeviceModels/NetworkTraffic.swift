import DMA
import Hypervisor
import Sun4v

/// Traffic in bulk: what a driver does for each frame, many times, without a script between.
extension Machine {
  /// Receives or sends frames, mapping and unmapping the memory of each.
  ///
  /// For each frame the driver maps a piece of `buffer`, posts it, the device moves the frame, the driver
  /// reaps the descriptor, unmaps, and compares the frame's first eight bytes, its number, with what it
  /// expects. The first difference is an error with code `invariant`.
  ///
  /// - Returns: the frames that went through.
  public func networkTraffic(
    _ number: Int, frames: UInt64, size: UInt64, buffer: BufferID, direction: DMADirection
  ) throws(MachineError) -> UInt64 {
    let domain = try running(number).domain
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
    let places = record.size / step
    let reference = software.networks[number].reference
    var frame = [UInt8](repeating: 0, count: Int(size))
    for sequence in 0..<frames {
      let offset = (sequence % places) &* step
      let piece = BufferPiece(buffer, offset: offset, length: size)
      let place = RealAddress(record.base.rawValue &+ offset)
      let mapping = try mapSingle(domain, reference, piece, direction)
      let isMoved: Bool
      let segment = DMASegment(address: mapping.address, length: size)
      if direction == .fromDevice {
        _ = try postReceive(number, segment)
        frame.withUnsafeMutableBytes {
          $0.storeBytes(of: sequence.bigEndian, as: UInt64.self)
        }
        let outcome = try deliverBytes(number, frame)
        isMoved = outcome == .delivered && port(of: domain).loadWord(place) == sequence
      } else {
        port(of: domain).storeWord(sequence, at: place)
        isMoved = try transmitChecked(number, segment, expecting: sequence)
      }
      try reapOne(number, isTransmit: direction == .toDevice)
      try unmap(mapping)
      guard isMoved else {
        throw MachineError(.invariant, "frame \(sequence) did not arrive as it was sent")
      }
      if sequence & 0xfff == 0xfff {
        reportProgress(Progress("moving", sequence, of: frames, "frames"))
        if isInterrupted() {
          throw MachineError(.interrupted, "stopped after \(sequence) frames")
        }
      }
    }
    return frames
  }

  private func deliverBytes(_ number: Int, _ frame: [UInt8]) throws(MachineError) -> FrameOutcome {
    try frame.withUnsafeBytes { bytes in
      Result { () throws(MachineError) in try deliver(number, bytes) }
    }.get()
  }

  private func transmitChecked(
    _ number: Int, _ segment: DMASegment, expecting sequence: UInt64
  ) throws(MachineError) -> Bool {
    let before = software.networks[number].wire.count
    guard try transmit(number, segment).outcome == .delivered else { return false }
    guard software.networks[number].wire.count > before,
      let frame = software.networks[number].wire.popLast()
    else { return true }
    let word = frame.withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) }
    return word == sequence
  }

  /// Takes the one descriptor that was posted last.
  private func reapOne(_ number: Int, isTransmit: Bool) throws(MachineError) {
    let found = try poll(number)
    guard found.contains(where: { $0.isTransmit == isTransmit && $0.isGood }) else {
      throw MachineError(.invariant, "the descriptor of a frame is not done")
    }
  }
}
