/// The bins: which hole goes where, and the smallest hole that fits.
///
/// Holes of 1 to 256 pages have a bin for each length; longer ones have 16 bins for each power of
/// two. A bitmap says which bins are not empty, and a summary word says which words of the bitmap
/// are not 0, so that the best hole for a short request is two trailing-zero counts away. A bin is
/// a ring through its head, a node that is never a hole: inserting and unlinking need no case for
/// the first or last, and the last in first out order keeps to warm pages.
enum HoleBins {
  /// The longest length with a bin of its own.
  static let exactLimit: UInt32 = 256
  /// The words of the bitmap for bins of one length each.
  static let exactWords = UInt64(exactLimit / 64)
  /// The number of bins: exact ones, then 16 for each power of two from 2^8 to 2^28.
  static let count = 256 + 21 * 16
  /// The words of the bitmap.
  static let wordCount = (count + 63) / 64
  /// How many holes of a bin of mixed lengths are looked at before a higher bin is taken.
  static let glance = 4

  /// The bin of a length of 1 or more.
  @inline(__always)
  static func bin(of length: UInt32) -> UInt32 {
    if length <= exactLimit { return length &- 1 }
    let power = 31 &- UInt32(truncatingIfNeeded: length.leadingZeroBitCount)
    return 256 &+ (power &- 8) &* 16 &+ ((length &>> (power &- 4)) & 15)
  }
}

extension PageHeap {
  /// Puts a node at the front of its bin.
  @inline(__always)
  func link(_ node: UInt32, bin: UInt32) {
    let nodes = nodes
    let first = nodes[Int(bin)].next
    nodes[Int(node)].next = first
    nodes[Int(node)].previous = bin
    nodes[Int(first)].previous = node
    nodes[Int(bin)].next = node
    let word = bin &>> 6
    bitmap[Int(word)] |= 1 &<< UInt64(bin & 63)
    state.pointee.summary |= 1 &<< UInt64(word)
  }

  /// Takes a node out of its bin.
  @inline(__always)
  func unlink(_ node: UInt32) {
    let nodes = nodes
    let (next, previous) = (nodes[Int(node)].next, nodes[Int(node)].previous)
    nodes[Int(previous)].next = next
    nodes[Int(next)].previous = previous
    // Both neighbours are the same only when both are the head: the bin is empty now.
    if next == previous { markEmpty(next) }
  }

  @inline(__always)
  private func markEmpty(_ bin: UInt32) {
    let word = bin &>> 6
    let rest = bitmap[Int(word)] & ~(1 &<< UInt64(bin & 63))
    bitmap[Int(word)] = rest
    if rest == 0 { state.pointee.summary &= ~(1 &<< UInt64(word)) }
  }

  /// The first bin at or above `bin` that is not empty; `nil` when there is none.
  @inline(__always)
  func firstBin(from bin: UInt32) -> UInt32? {
    var word = bin &>> 6
    guard word < UInt32(HoleBins.wordCount) else { return nil }
    var bits = bitmap[Int(word)] & (.max &<< UInt64(bin & 63))
    if bits == 0 {
      let above = state.pointee.summary & (.max &<< UInt64(word &+ 1))
      guard above != 0 else { return nil }
      word = UInt32(truncatingIfNeeded: above.trailingZeroBitCount)
      bits = bitmap[Int(word)]
    }
    return word &* 64 &+ UInt32(truncatingIfNeeded: bits.trailingZeroBitCount)
  }

  /// The best hole for so many pages, 0 for none: exact for 256 pages and less, else nearly so.
  @inline(__always)
  func bestHole(pages: UInt32) -> UInt32 {
    guard let bin = firstBin(from: HoleBins.bin(of: pages)) else { return 0 }
    let node = nodes[Int(bin)].next
    if nodes[Int(node)].length >= pages { return node }
    return laterHole(of: bin, after: node, pages: pages)
  }

  /// A hole for a request whose own bin has mixed lengths and a first hole that is too short.
  ///
  /// When none of the next few fits either, any hole of a higher bin does. Only when there is none is
  /// the whole bin looked through, so that no request is refused that fits.
  private func laterHole(of bin: UInt32, after first: UInt32, pages: UInt32) -> UInt32 {
    let nodes = nodes
    var node = nodes[Int(first)].next
    var looks = HoleBins.glance
    while node != bin && looks > 0 {
      if nodes[Int(node)].length >= pages { return node }
      node = nodes[Int(node)].next
      looks &-= 1
    }
    if let above = firstBin(from: bin &+ 1) { return nodes[Int(above)].next }
    while node != bin {
      if nodes[Int(node)].length >= pages { return node }
      node = nodes[Int(node)].next
    }
    return 0
  }

  /// The length of the longest hole.
  var longestHole: UInt32 {
    guard state.pointee.summary != 0 else { return 0 }
    let word = 63 &- state.pointee.summary.leadingZeroBitCount
    let bin = UInt32(word &* 64 &+ 63 &- bitmap[word].leadingZeroBitCount)
    if bin < HoleBins.exactLimit { return bin &+ 1 }
    var longest: UInt32 = 0
    var node = nodes[Int(bin)].next
    while node != bin {
      longest = max(longest, nodes[Int(node)].length)
      node = nodes[Int(node)].next
    }
    return longest
  }
}
