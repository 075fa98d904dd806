extension RandomAccessCollection where Index == Int {
  /// The place of the first element that meets a condition which all elements behind it meet too; the end
  /// where none does. By halving.
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
