// Best fit to the letter: the shortest free run in which the range can be placed, the lowest among
// equals. The bins give the order of lengths; the cost is the walk through a bin for the lowest.

extension PageHeap {
  /// The tightest place; `nil` when nothing fits.
  func bestFit(_ placement: Placement) -> FoundPlace? {
    var bin = firstBin(from: HoleBins.bin(of: placement.total))
    while let ring = bin {
      var best: (found: FoundPlace, length: UInt32, start: UInt32)?
      var node = nodes[Int(ring)].next
      while node != ring {
        let hole = nodes[Int(node)]
        if best.map({ (hole.length, hole.start) < ($0.length, $0.start) }) ?? true,
          let start = placement.start(inRunFrom: hole.start, length: hole.length)
        {
          best = (FoundPlace(node: node, start: start), hole.length, hole.start)
        }
        node = hole.next
      }
      if let best { return best.found }
      bin = firstBin(from: ring &+ 1)
    }
    return nil
  }
}
