// Theory of operation
//
// The IOTSB of a window, and what is kept beside it per page, is one flat run of integers. The run
// is reserved whole and touched as it is used (LazyMemory), so a lookup is one bounds check and one
// load, whatever the size of the window.
//
// The table is a value: copies share the run until one of them writes, and the copy then made
// carries over only the blocks that were ever written. One bit a block of 4 KiB remembers those, and
// comparing, hashing and listing skip the others; that is what makes snapshots of a window with few
// mappings cheap.
//
// Invariant: an element outside the touched blocks is zero.

import LazyMemory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The run of integers behind a `LazyTable`.
///
/// Sendable although it is mutable: only `LazyTable` writes, and only to a run that it alone refers
/// to.
final class LazyStorage: @unchecked Sendable {
  static let blockShift = 12

  private let run: LazyBytes
  /// One bit a block.
  let touched: UnsafeMutablePointer<UInt64>

  var bytes: UnsafeMutableRawPointer { run.start }
  var byteCount: Int { run.count }
  var blockCount: Int { (byteCount &+ 4095) >> Self.blockShift }
  var touchedWords: Int { (blockCount &+ 63) >> 6 }

  init?(byteCount: Int) {
    guard let run = LazyBytes(count: byteCount) else { return nil }
    self.run = run
    let words = ((byteCount &+ 4095) >> Self.blockShift &+ 63) >> 6
    touched = .allocate(capacity: max(1, words))
    touched.initialize(repeating: 0, count: max(1, words))
  }

  init(copying other: LazyStorage) {
    run = LazyBytes(required: other.byteCount)
    let words = max(1, other.touchedWords)
    touched = .allocate(capacity: words)
    touched.initialize(from: other.touched, count: words)
    other.forEachTouchedBlock { offset, count in
      (bytes + offset).copyMemory(from: other.bytes + offset, byteCount: count)
    }
  }

  deinit {
    run.release()
    touched.deallocate()
  }

  /// Calls with the byte offset and size of every block that was ever written, in order.
  @inline(__always)
  func forEachTouchedBlock(_ body: (_ offset: Int, _ count: Int) -> Void) {
    for word in 0..<touchedWords {
      var bits = touched[word]
      while bits != 0 {
        let offset = (word << 6 &+ bits.trailingZeroBitCount) << Self.blockShift
        body(offset, min(1 << Self.blockShift, byteCount &- offset))
        bits &= bits &- 1
      }
    }
  }

  /// The first block at or after a byte offset that was ever written.
  func nextTouchedBlock(from offset: Int) -> Int? {
    var block = offset >> Self.blockShift
    while block < blockCount {
      let bits = touched[block >> 6] >> UInt64(block & 63)
      if bits != 0 { return (block &+ bits.trailingZeroBitCount) << Self.blockShift }
      block = (block >> 6 &+ 1) << 6
    }
    return nil
  }

  func blockIsZero(_ offset: Int, _ count: Int) -> Bool {
    UnsafeRawBufferPointer(start: bytes + offset, count: count).allSatisfy { $0 == 0 }
  }

  /// Whether both hold the same integers.
  func equals(_ other: LazyStorage) -> Bool {
    guard byteCount == other.byteCount else { return false }
    for word in 0..<touchedWords {
      var bits = touched[word] | other.touched[word]
      while bits != 0 {
        let offset = (word << 6 &+ bits.trailingZeroBitCount) << Self.blockShift
        let count = min(1 << Self.blockShift, byteCount &- offset)
        guard memcmp(bytes + offset, other.bytes + offset, count) == 0 else { return false }
        bits &= bits &- 1
      }
    }
    return true
  }
}

/// A flat table of integers with value semantics, all zero at first.
struct LazyTable<Element: FixedWidthInteger & Sendable>: Hashable, Sendable {
  /// The number of elements.
  let count: Int
  private var storage: LazyStorage

  /// Reserves a table, or returns `nil` where the process has no room for it.
  init?(count: Int) {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard count >= 0, !overflow, let storage = LazyStorage(byteCount: bytes) else { return nil }
    self.count = count
    self.storage = storage
  }

  /// The elements for reading; valid while the table is neither changed nor released.
  @inline(__always) var elements: UnsafePointer<Element> {
    UnsafePointer(storage.bytes.assumingMemoryBound(to: Element.self))
  }

  /// The element at an index, or zero outside the table.
  @inline(__always) subscript(index: Int) -> Element {
    UInt(bitPattern: index) < UInt(bitPattern: count) ? elements[index] : 0
  }

  /// The elements for writing to a range inside the table; valid until the next use of the table.
  @inline(__always)
  mutating func writable(from first: Int, count run: Int) -> UnsafeMutablePointer<Element> {
    precondition(first >= 0 && run >= 0 && run <= count &- first)
    if !isKnownUniquelyReferenced(&storage) { storage = LazyStorage(copying: storage) }
    if run > 0 {
      let shift = LazyStorage.blockShift
      let touched = storage.touched
      var block = (first &* MemoryLayout<Element>.stride) >> shift
      let last = ((first &+ run &- 1) &* MemoryLayout<Element>.stride) >> shift
      repeat {
        touched[block >> 6] |= 1 &<< UInt64(block & 63)
        block &+= 1
      } while block <= last
    }
    return storage.bytes.assumingMemoryBound(to: Element.self)
  }

  /// Sets every element to zero.
  mutating func removeAll() {
    guard let fresh = LazyStorage(byteCount: storage.byteCount) else { return }
    storage = fresh
  }

  /// The next range of indexes from one on, below an end, that may hold something other than zero.
  func nextTouchedRange(from index: Int, below end: Int) -> Range<Int>? {
    let stride = MemoryLayout<Element>.stride
    guard index >= 0, index < end, end <= count,
      let offset = storage.nextTouchedBlock(from: index &* stride)
    else { return nil }
    let first = max(index, offset / stride)
    let last = min(end, (offset &+ 1 << LazyStorage.blockShift) / stride)
    return first < last ? first..<last : nil
  }

  /// Whether both tables hold the same elements.
  static func == (a: Self, b: Self) -> Bool {
    a.storage === b.storage || a.storage.equals(b.storage)
  }

  /// Feeds every block that holds something other than zero.
  func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    storage.forEachTouchedBlock { offset, count in
      guard !storage.blockIsZero(offset, count) else { return }
      hasher.combine(offset)
      hasher.combine(
        bytes: UnsafeRawBufferPointer(start: storage.bytes + offset, count: count))
    }
  }
}
