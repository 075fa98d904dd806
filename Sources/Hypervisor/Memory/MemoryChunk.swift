#if canImport(Glibc)
  import Glibc
#endif

/// 64 KiB of real bytes, shared between copies of a memory until one of them writes.
///
/// Sendable although it is mutable: only `PhysicalMemory` writes, and only to a chunk that it alone
/// refers to.
final class MemoryChunk: @unchecked Sendable {
  static let size = 1 << Int(PhysicalMemory.chunkShift)

  let bytes: UnsafeMutableRawPointer

  init() {
    bytes = .allocate(byteCount: Self.size, alignment: 64)
    bytes.initializeMemory(as: UInt8.self, repeating: 0, count: Self.size)
  }

  init(copying other: MemoryChunk) {
    bytes = .allocate(byteCount: Self.size, alignment: 64)
    bytes.copyMemory(from: other.bytes, byteCount: Self.size)
  }

  deinit { bytes.deallocate() }

  /// What is read where there is no chunk.
  static let zeros = MemoryChunk()

  var isZero: Bool {
    let words = UnsafeRawBufferPointer(start: bytes, count: Self.size).bindMemory(to: UInt64.self)
    return words.allSatisfy { $0 == 0 }
  }

  /// Calls with the offset and bytes of every block of 64 bytes that has one other than zero, in order.
  func forEachBlock(_ body: (_ offset: Int, _ bytes: UnsafeRawBufferPointer) -> Void) {
    let vectors = UnsafePointer(bytes.assumingMemoryBound(to: SIMD8<UInt64>.self))
    for index in 0..<(Self.size / 64) where vectors[index] != .zero {
      body(index * 64, UnsafeRawBufferPointer(start: bytes + index * 64, count: 64))
    }
  }

  /// Whether two chunks hold the same bytes; a missing one counts as zeros.
  static func equal(_ a: MemoryChunk?, _ b: MemoryChunk?) -> Bool {
    switch (a, b) {
    case (nil, nil): true
    case (.some(let one), nil), (nil, .some(let one)): one.isZero
    case (.some(let a), .some(let b)): a === b || memcmp(a.bytes, b.bytes, size) == 0
    }
  }
}

/// 256 MiB of address space as slots for chunks.
///
/// Sendable under the same rule as `MemoryChunk`. The slots are memory of their own, not an array:
/// every access to memory passes here, and the region's uniqueness is all that needs to be asked.
final class MemoryRegion: @unchecked Sendable {
  let slots: UnsafeMutablePointer<MemoryChunk?>
  /// The slots up to the last one with a chunk; a copy or a comparison need look at no others.
  private(set) var used = 0

  init() {
    slots = .allocate(capacity: PhysicalMemory.chunksPerRegion)
    slots.initialize(repeating: nil, count: PhysicalMemory.chunksPerRegion)
  }

  init(copying other: MemoryRegion) {
    slots = .allocate(capacity: PhysicalMemory.chunksPerRegion)
    used = other.used
    slots.initialize(from: other.slots, count: used)
    (slots + used).initialize(repeating: nil, count: PhysicalMemory.chunksPerRegion - used)
  }

  deinit {
    slots.deinitialize(count: used)
    slots.deallocate()
  }

  /// The chunk of a slot.
  func chunk(at slot: Int) -> MemoryChunk? { slots[slot] }

  /// The bytes of a slot's chunk, valid until memory changes; `nil` where there is none.
  @inline(__always) func bytes(at slot: Int) -> UnsafeMutableRawPointer? { slots[slot]?.bytes }

  /// Makes a slot's chunk for writing, as a copy of what is there; returns its bytes.
  @inline(never) func makeChunk(at slot: Int) -> UnsafeMutableRawPointer {
    let made = slots[slot].map(MemoryChunk.init(copying:)) ?? MemoryChunk()
    slots[slot] = made
    used = max(used, slot &+ 1)
    return made.bytes
  }
}
