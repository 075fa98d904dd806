import Sun4v

extension PhysicalMemory {
  /// The places, in order, where two memories differ, as runs of whole blocks; at most `limit` runs.
  ///
  /// Chunks that both share are passed over, so that the cost is that of what was written.
  public func differences(
    from other: PhysicalMemory, blockSize: UInt64 = 64, limit: Int = .max
  ) -> [(address: PhysicalAddress, count: UInt64)] {
    var found: [(address: PhysicalAddress, count: UInt64)] = []
    forEachDifferentChunk(from: other) { base, ours, theirs in
      var offset: UInt64 = 0
      while offset < UInt64(MemoryChunk.size), found.count < limit {
        let count = min(blockSize, UInt64(MemoryChunk.size) - offset)
        if !MemoryChunk.equal(ours, theirs, at: Int(offset), count: Int(count)) {
          let address = base &+ offset
          if let last = found.last, last.address.rawValue &+ last.count == address {
            found[found.count - 1].count &+= count
          } else {
            found.append((PhysicalAddress(address), count))
          }
        }
        offset &+= count
      }
      return found.count < limit
    }
    return found
  }

  /// Calls with every chunk that is not shared and not equal; a missing one reads as zeros.
  private func forEachDifferentChunk(
    from other: PhysicalMemory,
    _ body: (_ base: UInt64, _ ours: MemoryChunk?, _ theirs: MemoryChunk?) -> Bool
  ) {
    for index in 0..<max(regionCount, other.regionCount) {
      let (ours, theirs) = (region(index), other.region(index))
      if ours === theirs { continue }
      for slot in 0..<max(ours?.used ?? 0, theirs?.used ?? 0) {
        let (a, b) = (ours?.chunk(at: slot), theirs?.chunk(at: slot))
        guard a !== b, !MemoryChunk.equal(a, b) else { continue }
        let base = UInt64(index) << Self.regionShift | UInt64(slot) << Self.chunkShift
        guard body(base, a, b) else { return }
      }
    }
  }
}

extension MemoryChunk {
  /// Whether two chunks hold the same bytes in a range inside them; a missing one counts as zeros.
  static func equal(_ a: MemoryChunk?, _ b: MemoryChunk?, at offset: Int, count: Int) -> Bool {
    for place in offset..<(offset + count) {
      let left = a?.bytes.load(fromByteOffset: place, as: UInt8.self) ?? 0
      let right = b?.bytes.load(fromByteOffset: place, as: UInt8.self) ?? 0
      if left != right { return false }
    }
    return true
  }
}
