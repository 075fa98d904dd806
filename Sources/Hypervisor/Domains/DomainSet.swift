import Sun4v

/// A set of domains as bits, for questions that every step of a machine asks of all of them.
///
/// Words stay when their last domain leaves, since the next one is never far; what they are compared by is
/// the words up to the last with a domain in it.
public struct DomainSet: Hashable, Sendable {
  @usableFromInline var words: [UInt64] = []

  /// Makes an empty set.
  public init() {}

  /// Whether no domain is in the set.
  public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

  /// Whether a domain is in the set.
  public func contains(_ domain: DomainID) -> Bool {
    let word = domain.rawValue >> 6
    return words.indices.contains(word) && words[word] >> UInt64(domain.rawValue & 63) & 1 != 0
  }

  /// The domains of the set, in order of number.
  public var domains: [DomainID] {
    var found: [DomainID] = []
    for place in words.indices { found += self[word: place] }
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
  }

  /// The number of words that may have a domain in them.
  @inlinable public var wordCount: Int { words.count }

  /// A word of the set; empty behind the last.
  @inlinable public subscript(word place: Int) -> Word {
    Word(bits: place < words.count ? words[place] : 0, first: place << 6)
  }

  /// Up to 64 domains of a set whose numbers lie together, to go through in order.
  ///
  /// For questions that every step asks: unlike a set, a word is handed over without counting a reference.
  public struct Word: Sequence, IteratorProtocol {
    @usableFromInline var bits: UInt64
    @usableFromInline let first: Int

    @inlinable init(bits: UInt64, first: Int) {
      self.bits = bits
      self.first = first
    }

    /// The domains that are not in another set's word of the same place.
    @inlinable public func subtracting(_ other: Word) -> Word {
      var rest = self
      rest.bits &= ~other.bits
      return rest
    }

    /// Takes out the lowest domain; `nil` where there is none.
    @inlinable public mutating func next() -> DomainID? {
      guard bits != 0 else { return nil }
      defer { bits &= bits &- 1 }
      return DomainID(first + bits.trailingZeroBitCount)
    }
  }
}

extension DomainSet {
  private var significant: ArraySlice<UInt64> {
    words[..<((words.lastIndex { $0 != 0 } ?? -1) + 1)]
  }

  /// Whether both have the same domains.
  public static func == (a: Self, b: Self) -> Bool { a.significant == b.significant }

  /// Feeds what `==` compares.
  public func hash(into hasher: inout Hasher) { hasher.combine(significant) }
}
