// Theory of operation
//
// A virtual CPU has four queues in its domain's memory: CPU mondos, device mondos, resumable and
// non-resumable errors. An entry is 64 bytes. The hypervisor writes at the tail, the domain reads at
// the head; both are registers of the CPU, as byte offsets. Equal means empty, and one slot always
// stays free, so that full and empty differ.
//
// A device mondo that finds its queue full or missing is not lost: the interrupt stays with its
// sender, which tries again. The model keeps such mondos in order in `waiting` and moves them in as
// the domain makes room.
//
// Invariants: size is 0 or a power of two of at least two entries; head and tail are multiples of 64
// below the size; `waiting` is empty while the queue has room.
//
// Source: UltraSPARC Virtual Machine Specification, chapters 6 and 13; OpenSPARC hypervisor,
// hcall_core.s (qconf) and intr.s.

import Sun4v

/// One 64-byte entry of a queue: what an interrupt or an error report tells a domain.
///
/// Kept as it lies in memory, since nearly all that is done with an entry is to move it.
public struct Mondo: Hashable, Sendable, BitwiseCopyable {
  /// The eight words, each big endian.
  @usableFromInline var stored: SIMD8<UInt64>

  /// Makes an entry of its eight words.
  public init(_ words: SIMD8<UInt64>) {
    stored = words
    for place in 0..<8 { stored[place] = words[place].bigEndian }
  }

  /// Makes a device mondo that says nothing but its source: a sysino or a cookie.
  @inlinable public init(source: UInt64) { stored = SIMD8(source.bigEndian, 0, 0, 0, 0, 0, 0, 0) }

  /// The eight words; word 0 of a device mondo names the source.
  public var words: SIMD8<UInt64> { Mondo(stored).stored }

  /// One of the eight words, by its place.
  @inlinable public subscript(place: Int) -> UInt64 {
    get { UInt64(bigEndian: stored[place]) }
    set { stored[place] = newValue.bigEndian }
  }

  /// Word 0: the sysino or cookie of a device mondo.
  @inlinable public var source: UInt64 { self[0] }
}

/// Which of a virtual CPU's queues; the raw value is the argument of `cpu_qconf`.
public enum MondoQueueKind: UInt64, Hashable, Sendable, CaseIterable {
  /// Mondos that CPUs send one another.
  case cpu = 0x3c
  /// Interrupts of devices and channels.
  case device = 0x3d
  /// Errors that software may continue after.
  case resumableError = 0x3e
  /// Errors that it may not.
  case nonresumableError = 0x3f
}

/// One queue of a virtual CPU.
public struct MondoQueue: Hashable, Sendable {
  /// The size of an entry in bytes.
  public static let entrySize: UInt64 = 64
  /// The most entries that a queue may have.
  public static let maximumEntries: UInt64 = 1 << 14

  /// The real address of the first entry, all ones while the queue is not configured.
  public internal(set) var base = RealAddress(.max)
  /// The size in bytes, 0 while the queue is not configured.
  public internal(set) var size: UInt64 = 0
  /// The byte offset of the entry that the domain reads next.
  public internal(set) var head: UInt64 = 0
  /// The byte offset of the entry that is written next.
  public internal(set) var tail: UInt64 = 0
  /// Mondos whose senders wait for room, in order.
  public internal(set) var waiting: [Mondo] = []
  var physical = PhysicalAddress(0)

  /// Makes a queue that is not configured.
  public init() {}

  /// The number of entries, 0 while the queue is not configured.
  public var entries: UInt64 { size / Self.entrySize }
  /// Whether there is nothing for the domain to read.
  public var isEmpty: Bool { head == tail }
  /// Whether an entry can be written.
  public var hasRoom: Bool { size != 0 && (tail &+ Self.entrySize) & (size &- 1) != head }

  /// Where the entry lies that the domain reads next; `nil` where there is none.
  @inline(__always) var oldest: RealAddress? {
    size == 0 || isEmpty ? nil : base.advanced(by: head)
  }

  /// Moves the head behind the oldest entry, which there must be.
  @inline(__always) mutating func dropOldest() { head = (head &+ Self.entrySize) & (size &- 1) }

  /// Moves waiting mondos into the queue as far as there is room.
  @inline(__always) mutating func admitWaiting(in memory: inout PhysicalMemory) {
    if !waiting.isEmpty { admitSome(in: &memory) }
  }

  @inline(never) private mutating func admitSome(in memory: inout PhysicalMemory) {
    var admitted = 0
    while admitted < waiting.count, append(waiting[admitted], in: &memory) { admitted += 1 }
    waiting.removeFirst(admitted)
  }

  /// Writes an entry at the tail; false, writing nothing, where there is no room.
  @inline(__always) @discardableResult
  mutating func append(_ mondo: Mondo, in memory: inout PhysicalMemory) -> Bool {
    guard hasRoom else { return false }
    let place = PhysicalAddress(physical.rawValue &+ tail)
    _ = memory.store(mondo, at: place)
    tail = (tail &+ Self.entrySize) & (size &- 1)
    return true
  }
}
