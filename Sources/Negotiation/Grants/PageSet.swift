/// A set of page indexes that finds the nearest member below a page.
///
/// A bitmap of the pages, a bitmap of its words that are not 0, and so on up to one word: each
/// operation touches one word a level, and a window of 2^24 pages has four levels.
struct PageSet: Hashable, Sendable {
  private var levels: [[UInt64]]

  /// An empty set of indexes from 0 up to but not including `pageCount`.
  init(pageCount: Int) {
    levels = []
    var count = max(pageCount, 1)
    repeat {
      count = (count + 63) / 64
      levels.append(Array(repeating: 0, count: count))
    } while count > 1
  }

  mutating func insert(_ page: Int) {
    var index = page
    for level in levels.indices {
      let word = levels[level][index >> 6]
      levels[level][index >> 6] = word | 1 << UInt64(index & 63)
      // The levels above know of a word that is not 0.
      if word != 0 { return }
      index >>= 6
    }
  }

  mutating func remove(_ page: Int) {
    var index = page
    for level in levels.indices {
      levels[level][index >> 6] &= ~(1 << UInt64(index & 63))
      if levels[level][index >> 6] != 0 { return }
      index >>= 6
    }
  }

  /// The highest member that is not above `page`; `nil` when there is none.
  func last(notAbove page: Int) -> Int? {
    var index = page
    for level in levels.indices {
      guard index >= 0 else { return nil }
      let word = levels[level][index >> 6] << UInt64(63 - index & 63)
      if word != 0 {
        var found = index - word.leadingZeroBitCount
        for below in levels[..<level].reversed() {
          found = found << 6 + 63 - below[found].leadingZeroBitCount
        }
        return found
      }
      index = index >> 6 - 1
    }
    return nil
  }
}
