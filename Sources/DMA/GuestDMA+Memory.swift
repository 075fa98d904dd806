import Sun4v

/// Which memory is mapped.
extension GuestDMA {
  /// The address of a mapping that a piece of memory is part of, or `nil` where it is in none.
  ///
  /// Asked again and again, as when many buffers are freed, it takes no longer than the piece has pages,
  /// however many mappings there are.
  public mutating func mapping(over piece: MemoryPiece) -> DVMAAddress? {
    if mappedPages.isWorthMaking() { mappedPages = countedPages(ofSoMany: counters.live) }
    let isShort = MappedPages.pages(of: piece).count <= slots.count
    if mappedPages.isKept, isShort, !mappedPages.meets(piece) { return nil }
    return lookForMapping(over: piece)
  }

  private func lookForMapping(over piece: MemoryPiece) -> DVMAAddress? {
    func meets(_ other: MemoryPiece) -> Bool {
      other.address.rawValue < piece.address.rawValue &+ piece.length
        && piece.address.rawValue < other.address.rawValue &+ other.length
    }
    for (number, slot) in slots.enumerated()
    where slot.space >= 0 && memory(of: number).contains(where: meets) {
      return slot.address
    }
    return nil
  }

  /// The pieces of a live mapping.
  private func memory(of slot: Int) -> [MemoryPiece] {
    let link = Int(slots[slot].link)
    return link >= 0
      ? details[link].memory
      : [MemoryPiece(address: slots[slot].memory, length: slots[slot].length)]
  }

  /// The count, if it is worth keeping for so many mappings.
  private func countedPages(ofSoMany count: UInt64) -> MappedPages {
    var counted = MappedPages()
    let live = slots.indices.lazy.filter { slots[$0].space >= 0 }
    counted.begin(live.flatMap { memory(of: $0) }, live: count)
    return counted
  }

  /// Counts the memory of a mapping that was made.
  @inline(never)
  mutating func noteMapped(_ slot: Int) {
    for piece in memory(of: slot) where mappedPages.isKept {
      mappedPages.add(piece, live: counters.live)
    }
    mappedPages.noteChange(live: counters.live)
  }

  /// Counts the memory of a mapping that is about to be undone no longer.
  @inline(never)
  mutating func noteUnmapped(_ slot: Int) {
    for piece in memory(of: slot) { mappedPages.remove(piece) }
    mappedPages.noteChange(live: counters.live)
  }

  /// Whether the count of mapped pages, where it is kept, is what the mappings say.
  func checkMappedPages() -> [String] {
    guard mappedPages.isKept else { return [] }
    // Mappings may have gone since, so that a new count would not be worth keeping; it is compared only.
    guard !mappedPages.hasSameCount(as: countedPages(ofSoMany: 1 << 32)) else { return [] }
    return ["the DMA driver's count of mapped pages is not that of its mappings"]
  }
}
