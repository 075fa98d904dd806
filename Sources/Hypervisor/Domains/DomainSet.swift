import Sun4v

/// A set of domains as bits, for questions that every step of a machine asks of all of them.
///
/// Invariant: the last word is not zero, so that equal sets have equal words.
public struct DomainSet: Hashable, Sendable {
  private var words: [UInt64] = []

  /// Makes an empty set.
  public init() {}

  /// Whether no domain is in the set.
  public var isEmpty: Bool { words.isEmpty }

  /// Whether a domain is in the set.
  public func contains(_ domain: DomainID) -> Bool {
    let word = domain.rawValue >> 6
    return words.indices.contains(word) && words[word] >> UInt64(domain.rawValue & 63) & 1 != 0
  }

  /// The domains of the set, in order of number.
  public var domains: [DomainID] {
    var found: [DomainID] = []
    forEach(notIn: DomainSet()) { found.append($0) }
    return found
  }

  /// Puts a domain in; a negative number is none.
  public mutating func insert(_ domain: DomainID) {
    guard domain.rawValue >= 0 else { return }
    let word = domain.rawValue >> 6
    while words.count <= word { words.append(0) }
    words[word] |= 1 << UInt64(domain.rawValue & 63)
  }

  /// Takes a domain out.
  public mutating func remove(_ domain: DomainID) {
    let word = domain.rawValue >> 6
    guard words.indices.contains(word) else { return }
    words[word] &= ~(1 << UInt64(domain.rawValue & 63))
    while words.last == 0 { words.removeLast() }
  }

  /// Calls with each domain of the set that is not in another, in order of number.
  public func forEach(notIn other: DomainSet, _ body: (DomainID) -> Void) {
    for word in words.indices {
      var bits = words[word]
      if word < other.words.count { bits &= ~other.words[word] }
      while bits != 0 {
        body(DomainID(word << 6 + bits.trailingZeroBitCount))
        bits &= bits &- 1
      }
    }
  }
}
