import Sun4v

/// The memory and numbers with which a domain drives its end of a channel.
public struct LDCEndpointConfiguration: Hashable, Sendable {
  /// The channel's number in the domain.
  public var channel: ChannelID
  /// The real address of the transmit queue, a multiple of its size.
  public var transmitQueue: RealAddress
  /// The real address of the receive queue, a multiple of its size.
  public var receiveQueue: RealAddress
  /// Packets in each queue: a power of two, at least 2.
  public var entries: UInt64
  /// The receive interrupt, or `nil` for an end that is polled.
  public var interrupt: LDCReceiveInterrupt?
  /// The most packets taken in one call of `service`, so that a flood cannot hold the domain; at
  /// least 1.
  public var packetsPerService: Int { didSet { packetsPerService = max(1, packetsPerService) } }
  /// The most packets kept while the transmit queue is full; at least 1.
  public var maximumBacklog: Int { didSet { maximumBacklog = max(1, maximumBacklog) } }
  /// Nanoseconds until a call that would block, or a full transmit queue, is tried again.
  public var retryDelay: UInt64

  /// Makes a configuration; a queue holds 128 packets unless told otherwise, as in Linux.
  public init(
    channel: ChannelID, transmitQueue: RealAddress, receiveQueue: RealAddress,
    entries: UInt64 = 128, interrupt: LDCReceiveInterrupt? = nil
  ) {
    self.channel = channel
    self.transmitQueue = transmitQueue
    self.receiveQueue = receiveQueue
    self.entries = entries
    self.interrupt = interrupt
    packetsPerService = 128
    maximumBacklog = 1024
    retryDelay = 10_000
  }

  /// The size of one queue in bytes.
  var queueSize: UInt64 { entries &* UInt64(LDCPacket.byteCount) }

  /// What is wrong with the numbers, or `nil`.
  var fault: LDCEndpointError? {
    guard entries >= 2, entries & (entries &- 1) == 0, entries <= 1 &<< 20 else {
      return .badEntries(entries)
    }
    for base in [transmitQueue, receiveQueue] {
      guard base.isAligned(to: queueSize), base.advanced(by: queueSize) != nil else {
        return .badQueueAddress(base, size: queueSize)
      }
    }
    return nil
  }
}

/// The interrupt by which the hypervisor tells of packets and of changes of the channel.
///
/// Source: FWARC 2006/074 (interrupt cookies).
public struct LDCReceiveInterrupt: Hashable, Sendable {
  /// The handle of the channel device: `cfg-handle` of `channel-devices`.
  public var device: DeviceHandle
  /// The number, `rx-ino` of the channel endpoint.
  public var number: UInt64
  /// The first word of the device mondo that is delivered; not 1 to 2047.
  public var cookie: UInt64
  /// The virtual CPU that gets it.
  public var processor: UInt64

  /// Makes an interrupt.
  public init(device: DeviceHandle, number: UInt64, cookie: UInt64, processor: UInt64 = 0) {
    self.device = device
    self.number = number
    self.cookie = cookie
    self.processor = processor
  }
}

/// Why an end of a channel cannot be driven.
public enum LDCEndpointError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The number of entries is not a power of two from 2 to 2^20.
  case badEntries(UInt64)
  /// A queue does not begin at a multiple of its size.
  case badQueueAddress(RealAddress, size: UInt64)
  /// A hypercall was refused; its number and status.
  case refused(call: UInt64, HypervisorStatus)
  /// The memory of a queue cannot be reached.
  case memoryLost(RealAddress)

  /// A stable name for scripts.
  public var code: String {
    switch self {
    case .badEntries: "ldc-queue-entries"
    case .badQueueAddress: "ldc-queue-address"
    case .refused: "ldc-call-refused"
    case .memoryLost: "ldc-queue-memory"
    }
  }

  /// What was wrong and what would be right.
  public var description: String {
    switch self {
    case .badEntries(let entries):
      "a queue of \(entries) entries; the number must be a power of two from 2 to 1048576"
    case .badQueueAddress(let address, let size):
      "a queue at \(address); it must begin at a multiple of its size, \(size.hexadecimal) bytes"
    case .refused(let call, let status):
      "hypercall \(call.hexadecimal) was refused with \(status): \(status.meaning)"
    case .memoryLost(let address):
      "the queue memory at \(address) does not belong to the domain any more"
    }
  }
}
