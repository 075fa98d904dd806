extension PageHeap {
  /// A node that is in no bin.
  @inline(__always)
  private func takeNode() -> UInt32 {
    let node = state.pointee.freeNode
    if node != 0 {
      state.pointee.freeNode = nodes[Int(node)].next
      return node
    }
    let virgin = state.pointee.virginNode
    state.pointee.virginNode = virgin &+ 1
    return virgin
  }

  @inline(__always)
  private func giveNode(_ node: UInt32) {
    nodes[Int(node)].next = state.pointee.freeNode
    state.pointee.freeNode = node
  }

  /// Makes a hole of pages that have no free neighbour; their tags must be 0 but at the ends.
  @inline(__always)
  func addHole(start: UInt32, length: UInt32) {
    let node = takeNode()
    nodes[Int(node)].start = start
    nodes[Int(node)].length = length
    tags[Int(start)] = PageTag.hole | node
    tags[Int(start &+ length &- 1)] = PageTag.hole | node
    touch(start &+ length &- 1)
    link(node, bin: HoleBins.bin(of: length))
  }

  /// Takes the first pages of a hole and writes `tag` on the first of them.
  @inline(__always)
  func carveLow(_ node: UInt32, pages: UInt32, tag: UInt32) -> UInt32 {
    let nodes = nodes
    let tags = tags
    let start = nodes[Int(node)].start
    let rest = nodes[Int(node)].length &- pages
    unlink(node)
    if rest == 0 {
      tags[Int(start &+ pages &- 1)] = 0
      giveNode(node)
    } else {
      nodes[Int(node)].start = start &+ pages
      nodes[Int(node)].length = rest
      tags[Int(start &+ pages)] = PageTag.hole | node
      touch(start &+ pages)
      link(node, bin: HoleBins.bin(of: rest))
    }
    tags[Int(start)] = tag
    return start
  }

  /// Takes pages out of the middle of a hole that holds them, and writes `tag` on the first.
  func carve(_ node: UInt32, start: UInt32, pages: UInt32, tag: UInt32) {
    let holeStart = nodes[Int(node)].start
    let before = start &- holeStart
    if before == 0 {
      _ = carveLow(node, pages: pages, tag: tag)
      return
    }
    let holeEnd = holeStart &+ nodes[Int(node)].length
    let after = holeEnd &- (start &+ pages)
    unlink(node)
    nodes[Int(node)].length = before
    tags[Int(holeEnd &- 1)] = 0
    tags[Int(start &- 1)] = PageTag.hole | node
    tags[Int(start)] = tag
    touch(start &- 1)
    touch(start)
    link(node, bin: HoleBins.bin(of: before))
    if after != 0 {
      addHole(start: start &+ pages, length: after)
      touch(start &+ pages)
    }
  }

  /// Makes pages free again and joins them with the holes on either side.
  ///
  /// Every tag that may have become interior is cleared before the ends are written: where a run is
  /// one page long they are the same page.
  @inline(__always)
  func release(start: UInt32, pages: UInt32) {
    let nodes = nodes
    let tags = tags
    let end = start &+ pages
    let left = tags[Int(start) &- 1]
    let right = tags[Int(end)]
    let hasLeft = PageTag.kind(left) == PageTag.hole
    let hasRight = PageTag.kind(right) == PageTag.hole
    let node: UInt32
    if hasLeft {
      node = PageTag.payload(left)
      unlink(node)
      tags[Int(start) &- 1] = 0
      tags[Int(start)] = 0
      var length = nodes[Int(node)].length &+ pages
      if hasRight {
        let other = PageTag.payload(right)
        unlink(other)
        length = length &+ nodes[Int(other)].length
        tags[Int(end)] = 0
        giveNode(other)
      }
      nodes[Int(node)].length = length
    } else if hasRight {
      node = PageTag.payload(right)
      unlink(node)
      tags[Int(end)] = 0
      nodes[Int(node)].start = start
      nodes[Int(node)].length = nodes[Int(node)].length &+ pages
    } else {
      node = takeNode()
      nodes[Int(node)].start = start
      nodes[Int(node)].length = pages
    }
    let first = nodes[Int(node)].start
    let length = nodes[Int(node)].length
    tags[Int(first)] = PageTag.hole | node
    tags[Int(first &+ length &- 1)] = PageTag.hole | node
    touch(end &- 1)
    link(node, bin: HoleBins.bin(of: length))
  }

  /// The node of the hole that holds a page, 0 when the page is in no hole.
  ///
  /// The nearest tag at or below the page tells; the walk is as long as the run up to the page.
  func hole(containing page: UInt32) -> UInt32 {
    var at = Int(page)
    while at >= 0 && tags[at] == 0 { at &-= 1 }
    guard at >= 0, PageTag.kind(tags[at]) == PageTag.hole else { return 0 }
    let node = PageTag.payload(tags[at])
    let start = nodes[Int(node)].start
    return page >= start && page &- start < nodes[Int(node)].length ? node : 0
  }
}
