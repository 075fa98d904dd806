// Next fit: first fit that goes on where the last allocation ended, and starts over once at the end
// of the window. Short searches while ranges are short-lived; it spreads what lives long over the
// whole window.

extension PageHeap {
  /// The next place above the hint, else the lowest one in the window.
  func nextFit(_ placement: Placement) -> FoundPlace? {
    let hint = state.pointee.nextFitHint
    let end = state.pointee.pageCount
    // The second round covers the whole window: a place may reach across the hint.
    let found =
      firstPlace(placement, from: hint, to: end) ?? firstPlace(placement, from: 0, to: end)
    if let found { state.pointee.nextFitHint = found.start &+ placement.total }
    return found
  }
}
