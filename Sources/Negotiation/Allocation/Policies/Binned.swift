// The default policy where the short path does not serve: bins, with every limit of a request.

extension PageHeap {
  /// The best hole for an unconstrained request, and its start; `nil` when nothing fits.
  @inline(__always)
  func binned(pages: UInt32) -> FoundPlace? {
    let node = bestHole(pages: pages)
    return node == 0 ? nil : FoundPlace(node: node, start: nodes[Int(node)].start)
  }

  /// A short hole in which the range can be placed with all its limits; `nil` when there is none.
  ///
  /// Bins are visited upwards, a few holes of each: a hole longer than pages, alignment and
  /// boundary together always has room, so that this ends early but for the highest page. Only when
  /// it finds nothing are all holes that are long enough looked at, so that no request is refused
  /// that fits; that last look is as long as there are holes.
  func binned(_ placement: Placement) -> FoundPlace? {
    binned(placement, looksPerBin: HoleBins.glance) ?? binned(placement, looksPerBin: .max)
  }

  private func binned(_ placement: Placement, looksPerBin: Int) -> FoundPlace? {
    var bin = firstBin(from: HoleBins.bin(of: placement.total))
    while let ring = bin {
      var looks = looksPerBin
      var node = nodes[Int(ring)].next
      while node != ring && looks > 0 {
        let hole = nodes[Int(node)]
        if let start = placement.start(inRunFrom: hole.start, length: hole.length) {
          return FoundPlace(node: node, start: start)
        }
        node = hole.next
        looks &-= 1
      }
      bin = firstBin(from: ring &+ 1)
    }
    return nil
  }
}
