import Sun4v

/// Runs of pages in use inside a small range, in order; what a driver keeps of one grant.
struct PageRuns: Hashable {
  private var runs: [Range<UInt64>] = []

  /// Whether no page is in use.
  var isEmpty: Bool { runs.isEmpty }

  /// The first run of `count` free pages below `limit`, or `nil` where there is none.
  ///
  /// Mutating so that it is asked in place: the runs of a grant would be copied out of their table first.
  mutating func firstFree(_ count: UInt64, below limit: UInt64) -> UInt64? {
    var start: UInt64 = 0
    for run in runs {
      if run.lowerBound &- start >= count { return start }
      start = run.upperBound
    }
    return start <= limit && limit &- start >= count ? start : nil
  }

  /// Whether any page of a range is in use.
  func overlaps(_ range: Range<UInt64>) -> Bool {
    let place = place(of: range.lowerBound)
    if place > 0, runs[place - 1].upperBound > range.lowerBound { return true }
    return place < runs.count && runs[place].lowerBound < range.upperBound
  }

  /// Takes a free range into use.
  mutating func insert(_ range: Range<UInt64>) {
    runs.insert(range, at: place(of: range.lowerBound))
  }

  /// Frees a range that was taken as one.
  mutating func remove(_ range: Range<UInt64>) {
    let place = place(of: range.lowerBound)
    if place < runs.count, runs[place] == range { runs.remove(at: place) }
  }

  /// The place of the first run that begins at or after a page.
  private func place(of page: UInt64) -> Int {
    runs.partitioningIndex { $0.lowerBound >= page }
  }
}
