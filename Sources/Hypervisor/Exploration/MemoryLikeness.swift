import Sun4v

#if canImport(Glibc)
  import Glibc
#endif

/// 64 bytes of memory at a multiple of 64.
public struct MemoryBlock: Hashable, Sendable {
  /// The address.
  public let address: PhysicalAddress
  /// The bytes as they lie in memory.
  public let words: SIMD8<UInt64>
}

extension PhysicalMemory {
  /// Every block outside queues that differs from another memory, in order of address.
  ///
  /// Chunks that both share are passed over. `queues` must be in order of address and not overlap.
  public func blocksThatDiffer(
    from other: PhysicalMemory, outside queues: [QueueMemory]
  ) -> [MemoryBlock] {
    var found: [MemoryBlock] = []
    for index in 0..<max(regionCount, other.regionCount) {
      let (ours, theirs) = (region(index), other.region(index))
      if ours === theirs { continue }
      for slot in 0..<max(ours?.used ?? 0, theirs?.used ?? 0) {
        let pair = ChunkPair(
          base: UInt64(index) << Self.regionShift | UInt64(slot) << Self.chunkShift,
          ours: ours?.chunk(at: slot), theirs: theirs?.chunk(at: slot))
        if pair.ours === pair.theirs { continue }
        var at = pair.base
        let end = pair.base &+ UInt64(MemoryChunk.size)
        for queue in queues where queue.base.rawValue < end {
          let queueEnd = queue.base.rawValue &+ queue.size
          guard queueEnd > at else { continue }
          if queue.base.rawValue > at { pair.compare(at..<queue.base.rawValue, into: &found) }
          at = queueEnd
        }
        if at < end { pair.compare(at..<end, into: &found) }
      }
    }
    return found
  }
}

/// The chunks that two memories have at one place; a missing one reads as zeros.
private struct ChunkPair {
  let base: UInt64
  let ours: MemoryChunk?
  let theirs: MemoryChunk?

  /// Adds what differs in a range of whole blocks.
  func compare(_ range: Range<UInt64>, into found: inout [MemoryBlock]) {
    let offset = Int(range.lowerBound &- base)
    guard !isEqual(offset, range.count) else { return }
    for place in stride(from: offset, to: offset + range.count, by: 64)
    where !isEqual(place, 64) {
      found.append(
        MemoryBlock(
          address: PhysicalAddress(base &+ UInt64(place)),
          words: ours?.bytes.load(fromByteOffset: place, as: SIMD8<UInt64>.self) ?? .zero))
    }
  }

  private func isEqual(_ offset: Int, _ count: Int) -> Bool {
    switch (ours, theirs) {
    case (nil, nil): true
    case (.some(let one), nil), (nil, .some(let one)):
      UnsafeRawBufferPointer(start: one.bytes + offset, count: count).allSatisfy { $0 == 0 }
    case (.some(let a), .some(let b)): memcmp(a.bytes + offset, b.bytes + offset, count) == 0
    }
  }
}
