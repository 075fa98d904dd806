/// A place for a range: a hole, and the page in it.
struct FoundPlace {
  /// The node of the hole.
  let node: UInt32
  /// The first page of the range.
  let start: UInt32
}

// First fit: the lowest address. Simple and compact at the low end, where it leaves the small holes
// that every later search has to pass; the search is as long as there are runs below the place.

extension PageHeap {
  /// The lowest place in the window.
  func firstFit(_ placement: Placement) -> FoundPlace? {
    firstPlace(placement, from: 0, to: state.pointee.pageCount)
  }

  /// The lowest place inside the pages from `low` up to but not including `high`.
  ///
  /// Steps from run to run by their tags; a hole that reaches across an end counts with the part
  /// that is inside.
  func firstPlace(_ placement: Placement, from low: UInt32, to high: UInt32) -> FoundPlace? {
    guard low < high else { return nil }
    var page = runStart(containing: low)
    while page < high {
      let tag = tags[Int(page)]
      guard PageTag.kind(tag) == PageTag.hole else {
        page = page &+ PageTag.payload(tag)
        continue
      }
      let node = PageTag.payload(tag)
      let end = page &+ nodes[Int(node)].length
      let from = max(page, low)
      if let start = placement.start(inRunFrom: from, length: min(end, high) &- from) {
        return FoundPlace(node: node, start: start)
      }
      page = end
    }
    return nil
  }

  /// The first page of the run that holds a page of the window.
  func runStart(containing page: UInt32) -> UInt32 {
    var at = Int(page)
    while at > 0 && tags[at] == 0 { at &-= 1 }
    let tag = tags[at]
    return PageTag.kind(tag) == PageTag.hole
      ? nodes[Int(PageTag.payload(tag))].start : UInt32(truncatingIfNeeded: at)
  }
}
