// The pool policy of Linux on sun4v: the window is cut into 16 pools of equal size; the number of
// the CPU, hashed to four bits, names the pool; in it next fit from the pool's hint.
//
// On a miss the hint goes back to the pool's start and the pool is searched again; then the other
// pools follow in turn, each from its start, until every one was tried. A range never reaches
// across the end of its pool, so that a sixteenth of the window is the longest there is, and the
// remainder of a window that 16 does not divide is never used. A free moves no hint. The pool for
// large requests that the code also has is off on sun4v.
//
// Source: Linux lib/iommu-common.c as described in section 8.2 of the sun4v facts: 16 pools, hash
// bits 4, no large pool, no lazy flush. The CPU is the request's `requester` here, so that a
// simulation with the same requests gives the same addresses.

/// The constants of the pool policy.
enum LinuxPools {
  /// The number of pools, a power of two.
  static let count: UInt32 = 16
  /// The multiplier of Linux's 32-bit hash, the golden ratio.
  static let goldenRatio: UInt32 = 0x61c8_8647

  /// The pages of one pool; a window shorter than the number of pools is one pool.
  static func size(pageCount: UInt32) -> UInt32 {
    pageCount < count ? pageCount : pageCount / count
  }

  /// The pool of a requester, `hash_32(requester, 4)`.
  static func pool(of requester: Int) -> UInt32 {
    (UInt32(truncatingIfNeeded: requester) &* goldenRatio) >> 28
  }
}

extension PageHeap {
  /// The place that Linux would choose; `nil` when all pools are too full.
  func linuxPools(_ placement: Placement) -> FoundPlace? {
    let pageCount = state.pointee.pageCount
    let pools = pageCount < LinuxPools.count ? 1 : LinuxPools.count
    let size = LinuxPools.size(pageCount: pageCount)
    var pool = LinuxPools.pool(of: placement.requester) & (pools &- 1)
    // Pass 0 from the hint, pass 1 the same pool from its start, then each pool in turn and at last
    // the first again, as the pass count of the original allows.
    for pass in 0...(pools &+ 1) {
      let start = pool &* size
      let end = start &+ size
      // Hints are kept relative to the pool, so that all zero means all at the start.
      let hint = poolHints[Int(pool)]
      let from = hint >= size ? start : start &+ hint
      if let found = firstPlace(placement, from: from, to: end) {
        poolHints[Int(pool)] = found.start &+ placement.total &- start
        return found
      }
      if pass > 0 { pool = (pool &+ 1) & (pools &- 1) }
      poolHints[Int(pool)] = 0
    }
    return nil
  }
}
