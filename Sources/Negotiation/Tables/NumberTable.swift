// Theory of operation
//
// Agents and ledgers find what they keep by numbers: of grants, requests, channels, domains, pages. The
// entries lie one behind the other in a list; beside it lies a ring of buckets, each empty or with the
// place of an entry, in which a key is searched from the bucket on that its number leads to. There are
// at least twice as many buckets as entries, so a search looks at one or two.
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

/// What a table finds entries by.
protocol TableKey: Hashable, Sendable {
  /// A number that leads to the bucket; equal keys have equal ones.
  var number: UInt64 { get }
}

/// Values by key, each found in a few steps; a plain value.
struct NumberTable<Key: TableKey, Value: Hashable & Sendable>: Hashable, Sendable {
  private struct Entry: Hashable, Sendable {
    let key: Key
    var value: Value
  }

  private var entries: [Entry] = []
  /// The place of an entry plus one, or 0.
  private var buckets: [UInt32] = []

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

  /// Gives a key a value.
  mutating func enter(_ value: Value, for key: Key) {
    if entries.count * 2 >= buckets.count { grow() }
    let bucket = search(key)
    if buckets[bucket] == 0 {
      entries.append(Entry(key: key, value: value))
      buckets[bucket] = UInt32(truncatingIfNeeded: entries.count)
    } else {
      entries[Int(buckets[bucket]) - 1].value = value
    }
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
    let bucket = search(key)
    guard buckets[bucket] != 0 else { return }
    let place = Int(buckets[bucket]) - 1
    let last = entries.count - 1
    if place != last { buckets[search(entries[last].key)] = UInt32(truncatingIfNeeded: place + 1) }
    let moved = entries.removeLast()
    if place != last { entries[place] = moved }
    close(bucket)
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

  private func place(of key: Key) -> Int? {
    guard !buckets.isEmpty else { return nil }
    let number = buckets[search(key)]
    return number == 0 ? nil : Int(number) - 1
  }

  /// The bucket that a key leads to; there must be some.
  ///
  /// Numbers are given out in a row, so four in a row lead to neighbours, which the cache has together; more
  /// would be in each other's way.
  private func home(of key: Key) -> Int {
    // Both halves of the product, so that every bit of the number counts.
    let product = (key.number >> 2 ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(
      by: 0xd6e8_feb8_6659_fd93)
    return Int(truncatingIfNeeded: product.high ^ product.low ^ key.number & 3)
      & (buckets.count - 1)
  }

  /// The bucket that names a key's entry, or else the empty one where it would be; there must be some.
  private func search(_ key: Key) -> Int {
    var bucket = home(of: key)
    while buckets[bucket] != 0, entries[Int(buckets[bucket]) - 1].key != key {
      bucket = (bucket + 1) & (buckets.count - 1)
    }
    return bucket
  }

  /// Makes room for more entries.
  private mutating func grow() {
    buckets = Array(repeating: 0, count: max(8, buckets.count * 2))
    for place in entries.indices {
      buckets[search(entries[place].key)] = UInt32(truncatingIfNeeded: place + 1)
    }
  }

  /// Empties a bucket, and moves back those behind it whom it would cut off.
  private mutating func close(_ emptied: Int) {
    let mask = buckets.count - 1
    var hole = emptied
    var next = (hole + 1) & mask
    while buckets[next] != 0 {
      let home = home(of: entries[Int(buckets[next]) - 1].key)
      if (next - home) & mask >= (next - hole) & mask {
        buckets[hole] = buckets[next]
        hole = next
      }
      next = (next + 1) & mask
    }
    buckets[hole] = 0
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
