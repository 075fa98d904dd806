import DMA
import Hypervisor
import Sun4v

/// One direction of a controller while traffic runs through it.
struct TrafficLane {
  let number: Int
  /// The device's number in the domain's DMA API.
  let device: Int
  /// Where the frames of a batch lie, `step` bytes apart.
  let memory: RealAddress
  let step: UInt64
  let size: UInt64
  let direction: DMADirection
  let port: DomainPort
  let bus: DeviceBus
  let frame: TrafficFrame
  /// The event queue that the driver serves; `nil` where it serves none.
  var events: TrafficEvents?
  /// The mappings of the batch, in order.
  var mappings: [DriverMapping] = []
  /// The sums of the batch's frames, as they were sent.
  var sums: [UInt64] = []

  init(
    number: Int, device: Int, memory: RealAddress, step: UInt64, size: UInt64,
    direction: DMADirection, port: DomainPort, bus: DeviceBus
  ) {
    self.number = number
    self.device = device
    self.memory = memory
    self.step = step
    self.size = size
    self.direction = direction
    self.port = port
    self.bus = bus
    frame = TrafficFrame(size: Int(size))
  }

  func address(of place: UInt64) -> RealAddress {
    RealAddress(memory.rawValue &+ place &* step)
  }

  /// Frees the memory of the frames outside the machine.
  func end() { frame.end() }
}

/// The bytes of one frame at its sender and at its receiver, outside the machine.
///
/// Both lie in whole words, of which the last may be used in part and is zero beyond; so a frame's sum
/// is that of its words.
struct TrafficFrame {
  private let size: Int
  private let words: UnsafeMutableBufferPointer<UInt64>
  private let received: UnsafeMutableBufferPointer<UInt64>

  init(size: Int) {
    self.size = size
    let count = (size + 7) / 8
    words = .allocate(capacity: count)
    words.initialize(repeating: 0)
    received = .allocate(capacity: count)
    received.initialize(repeating: 0)
  }

  func end() {
    words.deallocate()
    received.deallocate()
  }

  /// The frame as it is sent.
  var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(words)[..<size])
  }
  /// Room for the frame as it is received.
  var otherBytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(received)[..<size])
  }

  /// Makes the frame of a number, and returns its sum.
  func make(_ number: UInt64) -> UInt64 {
    var sum: UInt64 = 0
    var word = number &* 0x9e37_79b9_7f4a_7c15
    for index in words.indices {
      words[index] = word
      word &+= 0x0101_0101_0101_0101
    }
    words[0] = number.bigEndian
    if size & 7 != 0, let last = words.indices.last {
      words[last] &= UInt64(littleEndian: (1 << UInt64(8 * (size & 7))) &- 1)
    }
    for word in words { sum &+= UInt64(littleEndian: word) }
    return sum
  }

  /// The sum of the frame as it was received.
  func sumOfOther() -> UInt64 {
    var sum: UInt64 = 0
    for word in received { sum &+= UInt64(littleEndian: word) }
    return sum
  }
}

/// The event queue of a driver's MSI, by hypercalls.
struct TrafficEvents {
  private let handle: UInt64
  private let message: UInt64
  private let queue: UInt64

  /// Finds the queue to which the domain bound an MSI; `nil` where it bound none that takes records.
  init?(_ port: DomainPort, _ handle: DeviceHandle, message: UInt32) {
    self.handle = handle.rawValue
    self.message = UInt64(message)
    let valid = port.fastTrap(HypercallNumber.pciMSIGetvalid, handle.rawValue, UInt64(message))
    let bound = port.fastTrap(HypercallNumber.pciMSIGetmsiq, handle.rawValue, UInt64(message))
    guard valid.status == .ok, valid.ret1 == 1, bound.status == .ok else { return nil }
    queue = bound.ret1
  }

  /// Takes the records that wait, and has the MSI be queued anew; the number of records.
  func take(_ port: DomainPort) -> UInt64 {
    let head = port.fastTrap(HypercallNumber.pciMSIQGethead, handle, queue)
    let tail = port.fastTrap(HypercallNumber.pciMSIQGettail, handle, queue)
    guard head.status == .ok, tail.status == .ok else { return 0 }
    port.fastTrap(HypercallNumber.pciMSIQSethead, handle, queue, tail.ret1)
    port.fastTrap(HypercallNumber.pciMSISetstate, handle, message, 0)
    let size = MSIQueue.recordCount &* MSIQueue.recordSize
    return ((tail.ret1 &+ size &- head.ret1) % size) / MSIQueue.recordSize
  }
}
