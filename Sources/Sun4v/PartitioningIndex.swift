extension RandomAccessCollection where Index == Int {
  /// The place, found by halving, of the first element that meets a condition which all behind it meet too.
  ///
  /// It is the end where no element meets the condition.
  @inlinable
  public func partitioningIndex(where isBehind: (Element) throws -> Bool) rethrows -> Int {
    var low = startIndex
    var high = endIndex
    while low < high {
      let middle = low + (high - low) / 2
      if try isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
