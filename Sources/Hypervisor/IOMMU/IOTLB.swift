// Theory of operation
//
// A root complex keeps translations that it has used, and goes on using them until the hypervisor
// flushes them. A table that changes without a flush therefore leaves stale translations: after a map
// over a valid entry where the call does not flush (PCI services as specified), and after a soft
// reset, which zeroes the table and flushes nothing.
//
// No source gives the size or the policy of the real parts, so ours is chosen to be deterministic and
// easy to reason about: 64 lines, the index modulo 64 picks the line, a new translation takes the
// line of the old one, and only valid entries are kept.
//
// Every access looks here, so a line is two words side by side in memory of its own, a hit is one
// comparison and remembering is two stores. Nothing is counted: who flushes looks at the lines that
// it means. Copies share the lines until one of them changes a line.
//
// Source: OpenSPARC hypervisor 1.5.6 (which calls flush); UltraSPARC Virtual Machine Specification,
// section 23.4.1 (map does not flush).

/// One translation that a root complex remembers.
public struct IOTLBLine: Hashable, Sendable {
  /// The index of the entry in its table.
  public let index: UInt64
  /// The entry as it was read.
  public let entry: UInt64
}

/// A line as it is stored.
@usableFromInline struct IOTLBSlot {
  /// The index; of an empty line one that no table has.
  @usableFromInline var tag: UInt64
  /// The entry; 0 for an empty line.
  @usableFromInline var entry: UInt64

  @inlinable @inline(__always) init(tag: UInt64, entry: UInt64) {
    self.tag = tag
    self.entry = entry
  }

  static var empty: IOTLBSlot { IOTLBSlot(tag: .max, entry: 0) }
}

/// The memory of the lines.
///
/// Sendable although it is mutable: only `IOTLB` and a session of accesses write, and only to lines
/// that one state alone refers to.
private final class IOTLBStorage: @unchecked Sendable {
  let lines: UnsafeMutablePointer<IOTLBSlot>

  init() {
    lines = .allocate(capacity: IOTLB.lineCount)
    lines.initialize(repeating: .empty, count: IOTLB.lineCount)
  }

  init(copying other: IOTLBStorage) {
    lines = .allocate(capacity: IOTLB.lineCount)
    lines.initialize(from: other.lines, count: IOTLB.lineCount)
  }

  deinit { lines.deallocate() }
}

/// The translations that a root complex remembers for one table.
public struct IOTLB: Sendable {
  /// The number of lines, a power of two.
  @inlinable public static var lineCount: Int { 64 }

  private var storage = IOTLBStorage()

  /// Whether translations are remembered at all.
  public internal(set) var isEnabled: Bool {
    didSet { if !isEnabled { flushAll() } }
  }

  init(isEnabled: Bool) { self.isEnabled = isEnabled }

  /// The place of an index's line.
  @inlinable @inline(__always) static func place(_ index: UInt64) -> Int {
    Int(truncatingIfNeeded: index) & (lineCount &- 1)
  }

  /// The remembered entry of an index.
  @inline(__always) func lookup(_ index: UInt64) -> UInt64? {
    let slot = storage.lines[Self.place(index)]
    return slot.tag == index ? slot.entry : nil
  }

  /// The lines for writing; valid until the IOTLB is copied or released.
  @inline(__always) mutating func writableLines() -> UnsafeMutablePointer<IOTLBSlot> {
    if !isKnownUniquelyReferenced(&storage) { storage = IOTLBStorage(copying: storage) }
    return storage.lines
  }

  /// Forgets the entries of a range of indexes.
  @inline(__always) mutating func flush(from first: UInt64, count: UInt64) {
    if remembers(from: first, count: count) { forget(from: first, count: count) }
  }

  /// Whether an entry of a range of indexes is remembered.
  @inline(__always) private func remembers(from first: UInt64, count: UInt64) -> Bool {
    guard count < UInt64(Self.lineCount) else { return remembersSome(from: first, count: count) }
    let lines = storage.lines
    var index = first
    while index != first &+ count {
      if lines[Self.place(index)].tag == index { return true }
      index &+= 1
    }
    return false
  }

  /// The same for a range that may be in any line; by fours, which halves the instructions.
  @inline(never) private func remembersSome(from first: UInt64, count: UInt64) -> Bool {
    let lines = storage.lines
    func holds(_ line: Int) -> Bool { lines[line].tag &- first < count }
    for line in stride(from: 0, to: Self.lineCount, by: 4)
    where holds(line) || holds(line &+ 1) || holds(line &+ 2) || holds(line &+ 3) { return true }
    return false
  }

  @inline(never) private mutating func forget(from first: UInt64, count: UInt64) {
    let lines = writableLines()
    for line in 0..<Self.lineCount where lines[line].tag &- first < count { lines[line] = .empty }
  }

  /// Forgets everything.
  mutating func flushAll() { flush(from: 0, count: .max) }

  /// The remembered translations in order of line.
  public var lines: [IOTLBLine] {
    (0..<Self.lineCount).compactMap { line in
      let slot = storage.lines[line]
      return slot.tag == .max ? nil : IOTLBLine(index: slot.tag, entry: slot.entry)
    }
  }
}

extension IOTLB: Hashable {
  /// Whether both remember the same, or nothing.
  public static func == (a: IOTLB, b: IOTLB) -> Bool {
    a.isEnabled == b.isEnabled && (a.storage === b.storage || a.lines == b.lines)
  }

  /// Feeds what is remembered.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(isEnabled)
    hasher.combine(lines)
  }
}
