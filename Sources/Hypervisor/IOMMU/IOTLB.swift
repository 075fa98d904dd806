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
// Source: OpenSPARC hypervisor 1.5.6 (which calls flush); UltraSPARC Virtual Machine Specification,
// section 23.4.1 (map does not flush).

/// One translation that a root complex remembers.
public struct IOTLBLine: Hashable, Sendable {
  /// The index of the entry in its table.
  public let index: UInt64
  /// The entry as it was read.
  public let entry: UInt64
}

/// The translations that a root complex remembers for one table.
public struct IOTLB: Hashable, Sendable {
  /// The number of lines.
  public static let lineCount = 64

  /// Index plus one of each line's entry; 0 for an empty line.
  private var tags: [UInt64]
  private var entries: [UInt64]
  private var used = 0

  /// Whether translations are remembered at all.
  public internal(set) var isEnabled: Bool {
    didSet { if !isEnabled { flushAll() } }
  }

  init(isEnabled: Bool) {
    self.isEnabled = isEnabled
    tags = Array(repeating: 0, count: Self.lineCount)
    entries = Array(repeating: 0, count: Self.lineCount)
  }

  /// The remembered entry of an index.
  @inline(__always) func lookup(_ index: UInt64) -> UInt64? {
    let line = Int(truncatingIfNeeded: index & 63)
    return tags[line] == index &+ 1 ? entries[line] : nil
  }

  /// Remembers a valid entry.
  @inline(__always) mutating func remember(_ index: UInt64, _ entry: UInt64) {
    guard isEnabled else { return }
    let line = Int(truncatingIfNeeded: index & 63)
    if tags[line] == 0 { used &+= 1 }
    tags[line] = index &+ 1
    entries[line] = entry
  }

  /// Forgets the entries of a range of indexes.
  @inline(__always) mutating func flush(from first: UInt64, count: UInt64) {
    guard used > 0 else { return }
    if count < UInt64(Self.lineCount) {
      for index in first..<(first &+ count) {
        let line = Int(truncatingIfNeeded: index & 63)
        if tags[line] == index &+ 1 { forget(line) }
      }
    } else {
      for line in 0..<Self.lineCount where tags[line] > first && tags[line] &- 1 &- first < count {
        forget(line)
      }
    }
  }

  private mutating func forget(_ line: Int) {
    tags[line] = 0
    entries[line] = 0
    used &-= 1
  }

  /// Forgets everything.
  mutating func flushAll() {
    guard used > 0 else { return }
    for line in 0..<Self.lineCount where tags[line] != 0 { forget(line) }
  }

  /// The remembered translations in order of line.
  public var lines: [IOTLBLine] {
    (0..<Self.lineCount).compactMap { line in
      tags[line] == 0 ? nil : IOTLBLine(index: tags[line] &- 1, entry: entries[line])
    }
  }
}
