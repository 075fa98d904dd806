// Long ranges: what the front stacks are for short ones.
//
// A scatter list that is mapped as one range is longer than the front stacks serve, and hardly ever as
// long as the one before it. Cut from a hole to the page and joined again, each would be several holes'
// work. So while space is not short, a long range is cut with some slack: free pages behind it that are
// in no bin. Freed, it waits with its slack, and serves a next request that is not longer and not much
// shorter; what that leaves over is slack again.
//
// Slack is noted in a list, and its tag says where in it, so that each finds the other at once. Slack and
// ranges that wait are free pages: counted as such, told as such, and joined with their neighbours when
// space gets short or a request finds nothing else.

/// Free pages in a row that are in no bin.
struct UnbinnedRange: Hashable {
  /// The first page.
  var start: UInt32
  /// The number of pages.
  var length: UInt32
}

extension PageHeap {
  /// The lengths that are long: beyond those that have a bin of their own.
  private static let longLengths: ClosedRange<UInt32> = HoleBins.exactLimit + 1...4096
  /// At most so many long ranges wait.
  static let longDepth = 16
  /// At most so many ranges have slack.
  static let slackLimit = 128
  /// How many ranges that wait are looked at, those freed last first.
  private static let longGlance: UInt32 = 4

  /// Whether ranges of so many pages are long.
  @inline(__always)
  static func isLong(_ pages: UInt32) -> Bool { longLengths.contains(pages) }

  /// The slack that a range cut from a hole gets.
  @inline(__always)
  private static func newSlack(_ pages: UInt32) -> UInt32 { pages / 8 }
  /// The most slack that a range used again may have.
  @inline(__always)
  private static func mostSlack(_ pages: UInt32) -> UInt32 { pages / 4 }

  /// Whether space is plentiful enough for slack, and the list has room for it.
  @inline(__always)
  private var maySlack: Bool {
    state.pointee.spare >= 0 && state.pointee.slackCount < UInt32(Self.slackLimit)
  }

  /// Gives a long range out of those that wait; -1 when none that is looked at fits.
  @inline(__always)
  func popLong(pages: UInt32) -> Int {
    guard maySlack else { return -1 }
    let depth = state.pointee.longCount
    var place = depth
    while place > 0, place &+ Self.longGlance > depth {
      place &-= 1
      let range = longs[Int(place)]
      // A range that is too short differs by more than any slack: the difference wraps.
      let slack = range.length &- pages
      guard slack <= Self.mostSlack(pages) else { continue }
      state.pointee.longCount = depth &- 1
      longs[Int(place)] = longs[Int(depth &- 1)]
      tags[Int(range.start)] = PageTag.used | pages
      addSlack(start: range.start &+ pages, length: slack)
      state.pointee.spare &-= Int(pages)
      state.pointee.frontAllocations &+= 1
      return Int(range.start)
    }
    return -1
  }

  /// Cuts a long range with slack from a hole; -1 when slack may not be, or there is no hole for both.
  @inline(__always)
  func carveLong(pages: UInt32) -> Int {
    guard maySlack else { return -1 }
    let slack = Self.newSlack(pages)
    let node = bestHole(pages: pages &+ slack)
    guard node != 0 else { return -1 }
    let start = carveLow(node, pages: pages &+ slack, tag: PageTag.used | pages)
    addSlack(start: start &+ pages, length: slack)
    return Int(start)
  }

  /// Keeps an allocated long range, with its slack, for its next use; says whether it did.
  ///
  /// Where it did not, the slack is joined already.
  @inline(__always)
  func pushLong(start: UInt32, pages: UInt32) -> Bool {
    let slack = takeSlack(at: start &+ pages)
    let depth = state.pointee.longCount
    guard state.pointee.spare >= 0, depth < UInt32(Self.longDepth) else {
      if slack > 0 { release(start: start &+ pages, pages: slack) }
      return false
    }
    tags[Int(start)] = PageTag.fronted | (pages &+ slack)
    longs[Int(depth)] = UnbinnedRange(start: start, length: pages &+ slack)
    state.pointee.longCount = depth &+ 1
    state.pointee.spare &+= Int(pages)
    return true
  }

  @inline(__always)
  private func addSlack(start: UInt32, length: UInt32) {
    guard length > 0 else { return }
    let place = state.pointee.slackCount
    slacks[Int(place)] = UnbinnedRange(start: start, length: length)
    tags[Int(start)] = PageTag.slack | place
    touch(start)
    state.pointee.slackCount = place &+ 1
  }

  /// Takes the slack that starts at a page off the list, and gives its length; 0 where none starts.
  @inline(__always)
  private func takeSlack(at page: UInt32) -> UInt32 {
    let tag = tags[Int(page)]
    guard PageTag.isSlack(tag) else { return 0 }
    let place = Int(PageTag.slackPlace(tag))
    let length = slacks[place].length
    let last = state.pointee.slackCount &- 1
    // The last one moves to this place; where it is this one, its tag goes all the same.
    let moved = slacks[Int(last)]
    slacks[place] = moved
    tags[Int(moved.start)] = tag
    tags[Int(page)] = 0
    state.pointee.slackCount = last
    return length
  }

  /// Joins up to so many long ranges that wait, and slacks, with their neighbours; how many are left to do
  /// of the limit, `nil` when it did not suffice.
  func drainLongs(limit: Int) -> Int? {
    var left = limit
    while state.pointee.longCount > 0 {
      guard left > 0 else { return nil }
      left &-= 1
      state.pointee.longCount &-= 1
      state.pointee.drained &+= 1
      let range = longs[Int(state.pointee.longCount)]
      release(start: range.start, pages: range.length)
    }
    while state.pointee.slackCount > 0 {
      guard left > 0 else { return nil }
      left &-= 1
      state.pointee.slackCount &-= 1
      let range = slacks[Int(state.pointee.slackCount)]
      release(start: range.start, pages: range.length)
    }
    return left
  }
}
