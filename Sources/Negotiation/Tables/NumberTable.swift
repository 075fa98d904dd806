// Theory of operation
//
// Agents and ledgers find what they keep by numbers: of grants, requests, channels, domains, pages. The
// entries lie one behind the other in a list; beside it lies a ring of buckets, each empty or with the
// place of an entry, in which a key is searched from the bucket on that its number leads to. There are
// at least twice as many buckets as entries, so a search looks at one or two.
//
// Beside the place a bucket has a mark: 32 bits made of the key, whose lowest ones lead to the bucket. An
// entry is looked at where the mark is right, and nearly always only then: entries of a large table are in
// no cache, and one that somebody else's bucket names would be waited for to learn nothing. The marks also
// say where every bucket's key belongs when others are taken out or the ring grows.
//
// Why not a dictionary: its hash is made for keys of any length and costs several times what the search
// does, and a negotiation asks about twenty times.
//
// Removing puts the last entry in the place that is free and moves back whoever stood behind the
// bucket, so nothing is left over from what is gone. Where an entry lies depends on the past, and
// means nothing: tables are equal when they have the same entries, and who lists them puts them in order.
//
// Invariants: every entry is named by exactly one bucket, and no bucket between that one and the one
// that its key leads to is empty; the number of buckets is 0 or a power of two.

import CProcessor

/// What a table finds entries by.
protocol TableKey: Hashable, Sendable {
  /// A number that leads to the bucket; equal keys have equal ones.
  var number: UInt64 { get }
}

/// Where an entry of a table lies, and what its key leads to.
private struct TableBucket: Hashable, Sendable {
  static let empty = TableBucket(mark: 0, number: 0)

  let mark: UInt32
  /// The place of the entry plus one, or 0.
  private let number: UInt32

  init(mark: UInt32, place: Int) {
    self.init(mark: mark, number: UInt32(truncatingIfNeeded: place + 1))
  }

  private init(mark: UInt32, number: UInt32) {
    self.mark = mark
    self.number = number
  }

  var isEmpty: Bool { number == 0 }
  /// The place of the entry; there must be one.
  var place: Int { Int(number) - 1 }
}

/// Values by key, each found in a few steps; a plain value.
struct NumberTable<Key: TableKey, Value: Hashable & Sendable>: Hashable, Sendable {
  private struct Entry: Hashable, Sendable {
    let key: Key
    var value: Value
  }

  private var entries: [Entry] = []
  private var buckets: [TableBucket] = []

  /// Makes an empty table.
  init() {}

  /// The number of entries.
  var count: Int { entries.count }
  /// Whether there is none.
  var isEmpty: Bool { entries.isEmpty }
  /// The keys, in no order that means anything.
  var keys: some Collection<Key> { entries.lazy.map(\.key) }
  /// The values, in the order of `keys`.
  var values: some Collection<Value> { entries.lazy.map(\.value) }

  /// The value of a key, or `nil` where it has none.
  subscript(key: Key) -> Value? {
    get { place(of: key).map { entries[$0].value } }
    set {
      if let newValue {
        enter(newValue, for: key)
      } else {
        remove(key)
      }
    }
  }

  /// The value at the place of a key.
  subscript(place place: Int) -> Value {
    get { entries[place].value }
    set { entries[place].value = newValue }
  }

  /// Gives a key a value.
  mutating func enter(_ value: Value, for key: Key) {
    if entries.count * 2 >= buckets.count { grow() }
    let mark = Self.mark(of: key.number)
    let index = search(key, mark)
    if buckets[index].isEmpty {
      buckets[index] = TableBucket(mark: mark, place: entries.count)
      entries.append(Entry(key: key, value: value))
      if key.number & 3 == 3 { fetchBuckets(of: key.number &+ 1) }
    } else {
      entries[buckets[index].place].value = value
    }
  }

  /// Gives a key a value, and takes out what another one has, if that is anything.
  mutating func enter(_ value: Value, for key: Key, insteadOf other: Key) {
    let mark = Self.mark(of: key.number)
    guard let place = place(of: other), buckets[search(key, mark)].isEmpty else {
      enter(value, for: key)
      remove(other)
      return
    }
    close(search(other, Self.mark(of: other.number)))
    buckets[search(key, mark)] = TableBucket(mark: mark, place: place)
    entries[place] = Entry(key: key, value: value)
  }

  /// Takes out what a key has; `nil` where that is nothing.
  mutating func removeValue(of key: Key) -> Value? {
    guard let value = self[key] else { return nil }
    remove(key)
    return value
  }

  /// Takes out what a key has, if that is anything.
  mutating func remove(_ key: Key) {
    guard !buckets.isEmpty else { return }
    let index = search(key, Self.mark(of: key.number))
    guard !buckets[index].isEmpty else { return }
    let place = buckets[index].place
    let last = entries.count - 1
    if place != last {
      let lastKey = entries[last].key
      let mark = Self.mark(of: lastKey.number)
      buckets[search(lastKey, mark)] = TableBucket(mark: mark, place: place)
    }
    let moved = entries.removeLast()
    if place != last { entries[place] = moved }
    close(index)
  }

  /// Takes out the entries that do not meet a condition.
  mutating func keep(where condition: (Key, Value) -> Bool) {
    for place in entries.indices.reversed()
    where !condition(entries[place].key, entries[place].value) {
      remove(entries[place].key)
    }
  }

  /// Changes every value where it lies.
  mutating func changeEach(_ change: (inout Value) -> Void) {
    for place in entries.indices { change(&entries[place].value) }
  }

  /// The place of a key's value, good until an entry is added or taken out; `nil` where it has none.
  func place(of key: Key) -> Int? {
    guard !buckets.isEmpty else { return nil }
    let bucket = buckets[search(key, Self.mark(of: key.number))]
    return bucket.isEmpty ? nil : bucket.place
  }

  /// The mark of a key's number.
  ///
  /// Numbers are given out in a row, so four in a row lead to neighbours, which the cache has together; more
  /// would be in each other's way.
  @inline(__always) private static func mark(of number: UInt64) -> UInt32 {
    // Both halves of the product, so that every bit of the number counts.
    let product = (number >> 2 ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(
      by: 0xd6e8_feb8_6659_fd93)
    return UInt32(truncatingIfNeeded: product.high ^ product.low ^ number & 3)
  }

  /// Has the buckets that a number leads to brought near: the next one will be entered soon, and of a large
  /// table they are in no cache.
  private func fetchBuckets(of number: UInt64) {
    buckets.withUnsafeBufferPointer { buckets in
      guard let start = buckets.baseAddress else { return }
      prefetch_for_reading(start + home(of: Self.mark(of: number)))
    }
  }

  /// The bucket that a mark leads to; there must be some.
  private func home(of mark: UInt32) -> Int { Int(mark) & (buckets.count - 1) }

  /// The bucket that names a key's entry, or else the empty one where it would be; there must be some.
  @inline(__always) private func search(_ key: Key, _ mark: UInt32) -> Int {
    var index = home(of: mark)
    while !buckets[index].isEmpty,
      buckets[index].mark != mark || entries[buckets[index].place].key != key
    {
      index = (index + 1) & (buckets.count - 1)
    }
    return index
  }

  /// Makes room for more entries.
  private mutating func grow() {
    let named = buckets
    buckets = Array(repeating: .empty, count: max(8, named.count * 2))
    for bucket in named where !bucket.isEmpty {
      var index = home(of: bucket.mark)
      while !buckets[index].isEmpty { index = (index + 1) & (buckets.count - 1) }
      buckets[index] = bucket
    }
  }

  /// Empties a bucket, and moves back those behind it whom it would cut off.
  private mutating func close(_ emptied: Int) {
    let mask = buckets.count - 1
    var hole = emptied
    var next = (hole + 1) & mask
    while !buckets[next].isEmpty {
      if (next - home(of: buckets[next].mark)) & mask >= (next - hole) & mask {
        buckets[hole] = buckets[next]
        hole = next
      }
      next = (next + 1) & mask
    }
    buckets[hole] = .empty
  }
}

extension NumberTable {
  /// Whether both have the same values for the same keys.
  static func == (a: Self, b: Self) -> Bool {
    a.count == b.count && a.entries.allSatisfy { b[$0.key] == $0.value }
  }

  /// Feeds the entries in a way that does not depend on their order.
  func hash(into hasher: inout Hasher) {
    var sum = 0
    for entry in entries {
      var single = hasher
      single.combine(entry)
      sum ^= single.finalize()
    }
    hasher.combine(sum)
  }
}
