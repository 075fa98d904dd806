import Sun4v

extension HypervisorState {
  /// Writes the bits of an entry of a window's table directly, keeping the counts in step; false,
  /// writing nothing, where there is no such entry.
  ///
  /// For the runners of conformance cases, which begin in states that no sequence of calls leads to.
  @discardableResult
  package mutating func setRawEntry(
    _ rootComplex: RootComplexID, _ index: UInt64, to value: UInt64
  ) -> Bool {
    let place = rootComplex.rawValue
    guard rootComplexes.indices.contains(place), index < rootComplexes[place].window.entryCount
    else { return false }
    let old = rootComplexes[place].table.rawEntry(index)
    let valid = entryLayout.validBit
    rootComplexes[place].table.writable(from: index, count: 1)[Int(index)] = value
    let change = (value & valid != 0 ? 1 : 0) - (old & valid != 0 ? 1 : 0)
    rootComplexes[place].table.addValid(change)
    if let holder = rootComplexes[place].holder(of: index) {
      rootComplexes[place].addValid(change, of: holder)
    }
    return true
  }
}
