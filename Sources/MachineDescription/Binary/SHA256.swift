import Sun4v

/// The SHA-256 digest, which the JSON form names a file by.
///
/// Source: FIPS 180-4.
enum SHA256 {
  /// The digest of bytes, as 64 lower-case hexadecimal digits.
  static func hexadecimalDigest(of message: [UInt8]) -> String {
    var state = initialState
    var padded = message
    padded.append(0x80)
    padded += [UInt8](repeating: 0, count: (120 - padded.count % 64) % 64)
    padded += (UInt64(message.count) &* 8).bigEndianBytes
    for start in stride(from: 0, to: padded.count, by: 64) {
      compress(padded[start..<start + 64], into: &state)
    }
    return state.map { $0.paddedHexadecimal.dropFirst(2) }.joined()
  }

  private static func compress(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
    var schedule = stride(from: block.startIndex, to: block.endIndex, by: 4).map { start in
      block[start..<start + 4].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    }
    for index in 16..<64 {
      let early = schedule[index - 15]
      let late = schedule[index - 2]
      let first = rotate(early, 7) ^ rotate(early, 18) ^ early >> 3
      let second = rotate(late, 17) ^ rotate(late, 19) ^ late >> 10
      schedule.append(schedule[index - 16] &+ first &+ schedule[index - 7] &+ second)
    }
    var work = state
    for index in 0..<64 {
      let mixed = rotate(work[4], 6) ^ rotate(work[4], 11) ^ rotate(work[4], 25)
      let choice = work[4] & work[5] ^ ~work[4] & work[6]
      let first = work[7] &+ mixed &+ choice &+ constants[index] &+ schedule[index]
      let other = rotate(work[0], 2) ^ rotate(work[0], 13) ^ rotate(work[0], 22)
      let majority = work[0] & work[1] ^ work[0] & work[2] ^ work[1] & work[2]
      work.insert(first &+ other &+ majority, at: 0)
      work[4] = work[4] &+ first
      work.removeLast()
    }
    for index in state.indices { state[index] = state[index] &+ work[index] }
  }

  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
  }

  private static let primes: [UInt64] = {
    var found: [UInt64] = []
    var candidate: UInt64 = 2
    while found.count < 64 {
      if found.allSatisfy({ candidate % $0 != 0 }) { found.append(candidate) }
      candidate += 1
    }
    return found
  }()

  /// The first 32 bits of the fraction of a root, found by whole-number bisection of n * 2^(32 * k).
  private static func fraction(ofRoot degree: Int, of prime: UInt64) -> UInt32 {
    var low: UInt64 = 0
    var high: UInt64 = 1 << 36
    while high - low > 1 {
      let middle = (low + high) / 2
      if power(middle, degree, isAtMost: prime) { low = middle } else { high = middle }
    }
    return UInt32(truncatingIfNeeded: low)
  }

  private static func power(_ root: UInt64, _ degree: Int, isAtMost prime: UInt64) -> Bool {
    var value = UInt128(1)
    for _ in 0..<degree { value *= UInt128(root) }
    return value <= UInt128(prime) << UInt128(32 * degree)
  }

  private static let initialState = primes.prefix(8).map { fraction(ofRoot: 2, of: $0) }
  private static let constants = primes.map { fraction(ofRoot: 3, of: $0) }
}
