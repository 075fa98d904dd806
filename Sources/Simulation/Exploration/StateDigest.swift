/// 128 bits that stand for a state among those visited.
///
/// Two independent hashes: with 10^9 states the chance that any two of them share a digest is below
/// 10^-20, so a search that found nothing may be called complete.
struct StateDigest: Hashable {
  private let low: Int
  private let high: Int

  init(_ feed: (inout Hasher) -> Void) {
    var first = Hasher()
    feed(&first)
    var second = Hasher()
    second.combine(0x6a09_e667)
    feed(&second)
    low = first.finalize()
    high = second.finalize()
  }
}
