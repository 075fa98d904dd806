import Sun4v

/// One queue of 64-byte packets at an end of a channel: a ring in the domain's memory, with byte
/// offsets that the hypervisor keeps.
public struct ChannelQueue: Hashable, Sendable {
  /// The size of a packet in bytes.
  public static let packetSize: UInt64 = 64

  /// The real address of the first packet; an unconfigured queue keeps the last one it had.
  public package(set) var base = RealAddress(0)
  /// The size in bytes, 0 while the queue is not configured.
  public package(set) var size: UInt64 = 0
  /// The byte offset of the oldest packet.
  public package(set) var head: UInt64 = 0
  /// The byte offset after the newest packet.
  public package(set) var tail: UInt64 = 0
  var physical = PhysicalAddress(0)

  /// Makes a queue that is not configured.
  public init() {}

  /// Makes a queue in the middle of its life; `physical` is where `base` lies.
  package init(
    base: RealAddress, size: UInt64, head: UInt64, tail: UInt64, physical: PhysicalAddress
  ) {
    self.base = base
    self.size = size
    self.head = head
    self.tail = tail
    self.physical = physical
  }

  /// The number of packets that fit, 0 while the queue is not configured.
  public var entries: UInt64 { size / Self.packetSize }
  /// Whether the queue is configured.
  public var isConfigured: Bool { size != 0 }
  /// Whether no packet waits.
  public var isEmpty: Bool { head == tail }

  /// The bytes between head and tail.
  var used: UInt64 { isConfigured ? (tail &- head) & (size &- 1) : 0 }
  /// The bytes that can still be written; one slot always stays free.
  var room: UInt64 { isConfigured ? size &- Self.packetSize &- used : 0 }

  /// The offset so many bytes after another, around the end of the ring.
  func offset(_ offset: UInt64, plus bytes: UInt64) -> UInt64 { (offset &+ bytes) & (size &- 1) }
}
