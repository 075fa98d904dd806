import Hypervisor
import Sun4v

/// What became of a frame.
public enum FrameOutcome: String, Hashable, Sendable, CaseIterable {
  /// It is in memory.
  case delivered
  /// No descriptor was there for it.
  case dropped
  /// The frame is longer than the buffer of the descriptor.
  case tooLong = "too_long"
  /// The IOMMU refused an access.
  case fault
}

/// A network controller with a ring for receiving and one for sending; a plain value.
public struct NetworkDevice: Hashable, Sendable {
  /// The longest frame in bytes.
  public static let longestFrame = 65536

  /// The ring of buffers for frames that arrive.
  public var receive: DescriptorRing
  /// The ring of frames to send.
  public var transmit: DescriptorRing
  /// The MSI that is signalled when descriptors are done.
  public var interrupt: UInt32?
  /// How many descriptors are done before the MSI is signalled, at least 1.
  public let coalescing: UInt64
  /// Frames that went into memory, and out of it.
  public private(set) var received: UInt64 = 0
  /// Frames that were sent.
  public private(set) var sent: UInt64 = 0
  /// Frames for which there was no room.
  public private(set) var dropped: UInt64 = 0
  /// Accesses that the IOMMU refused.
  public private(set) var faults: UInt64 = 0
  /// How often the MSI was signalled, whatever became of it.
  public private(set) var interrupts: UInt64 = 0
  /// Descriptors done since.
  private var unsignalled: UInt64 = 0

  /// Makes a device with its rings.
  public init(
    receive: DescriptorRing, transmit: DescriptorRing, interrupt: UInt32?, coalescing: UInt64 = 1
  ) {
    self.receive = receive
    self.transmit = transmit
    self.interrupt = interrupt
    self.coalescing = max(1, coalescing)
  }

  /// A frame arrives from the wire.
  public mutating func deliver(_ frame: UnsafeRawBufferPointer, _ bus: DeviceBus) -> FrameOutcome {
    guard receive.waiting > 0 else {
      dropped &+= 1
      return .dropped
    }
    let place = receive.current
    guard let (address, status) = bus.readWords(place) else {
      faults &+= 1
      return .fault
    }
    var outcome = FrameOutcome.delivered
    if UInt64(frame.count) > status & 0xffff_ffff {
      outcome = .tooLong
    } else if bus.write(DVMAAddress(address), from: frame) != nil {
      outcome = .fault
    }
    if !finish(place, isGood: outcome == .delivered, UInt64(frame.count), bus) { outcome = .fault }
    receive.advance()
    switch outcome {
    case .delivered: received &+= 1
    case .fault: faults &+= 1
    default: dropped &+= 1
    }
    noteDone(bus)
    return outcome
  }

  /// Sends the next frame that waits; `nil` where none does.
  ///
  /// - Parameter wire: is given the frame's bytes during the call.
  public mutating func sendNext(
    _ bus: DeviceBus, _ buffer: UnsafeMutableRawBufferPointer,
    wire: (UnsafeRawBufferPointer) -> Void
  ) -> FrameOutcome? {
    guard transmit.waiting > 0 else { return nil }
    let place = transmit.current
    guard let (address, status) = bus.readWords(place) else {
      faults &+= 1
      return .fault
    }
    let length = Int(status & 0xffff_ffff)
    var outcome = FrameOutcome.delivered
    if length > min(buffer.count, Self.longestFrame) {
      outcome = .tooLong
    } else {
      let frame = UnsafeMutableRawBufferPointer(rebasing: buffer[..<length])
      if bus.read(DVMAAddress(address), into: frame) != nil {
        outcome = .fault
      } else {
        wire(UnsafeRawBufferPointer(frame))
      }
    }
    if !finish(place, isGood: outcome == .delivered, UInt64(length), bus) { outcome = .fault }
    transmit.advance()
    switch outcome {
    case .delivered: sent &+= 1
    case .fault: faults &+= 1
    default: dropped &+= 1
    }
    noteDone(bus)
    return outcome
  }

  private mutating func noteDone(_ bus: DeviceBus) {
    unsignalled &+= 1
    if unsignalled >= coalescing { signalWaiting(bus) }
  }

  /// Signals the MSI for descriptors that are done and were not told of, as the device's timer does.
  public mutating func signalWaiting(_ bus: DeviceBus) {
    guard unsignalled > 0, interrupt != nil else { return }
    unsignalled = 0
    interrupts &+= 1
    bus.interrupt(interrupt)
  }

  private func finish(
    _ place: DVMAAddress, isGood: Bool, _ length: UInt64, _ bus: DeviceBus
  ) -> Bool {
    let word =
      isGood
      ? DescriptorRing.done | length : DescriptorRing.done | DescriptorRing.error
    return bus.writeWord(word, at: DVMAAddress(place.rawValue &+ 8))
  }
}
