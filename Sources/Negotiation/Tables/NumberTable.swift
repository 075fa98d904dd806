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
      guard let newValue else {
        _ = removeValue(of: key)
        return
      }
      if let place = place(of: key) {
        entries[place].value = newValue
      } else {
        append(Entry(key: key, value: newValue))
      }
    }
  }

  /// Takes out what a key has; `nil` where that is nothing.
  mutating func removeValue(of key: Key) -> Value? {
    guard let bucket = bucket(of: key) else { return nil }
    let place = Int(buckets[bucket]) - 1
    let last = entries.count - 1
    if place != last, let other = self.bucket(of: entries[last].key) {
      buckets[other] = UInt32(truncatingIfNeeded: place + 1)
      entries.swapAt(place, last)
    }
    let value = entries.removeLast().value
    close(bucket)
    return value
  }

  /// Takes out the entries that do not meet a condition.
  mutating func keep(where condition: (Key, Value) -> Bool) {
    for place in entries.indices.reversed()
    where !condition(entries[place].key, entries[place].value) {
      _ = removeValue(of: entries[place].key)
    }
  }

  /// Changes every value where it lies.
  mutating func changeEach(_ change: (inout Value) -> Void) {
    for place in entries.indices { change(&entries[place].value) }
  }

  private func place(of key: Key) -> Int? { bucket(of: key).map { Int(buckets[$0]) - 1 } }

  /// The bucket that a key leads to; there must be some.
  private func home(of key: Key) -> Int {
    // Both halves of the product, so that every bit of the number counts.
    let product = (key.number ^ 0x9e37_79b9_7f4a_7c15).multipliedFullWidth(
      by: 0xd6e8_feb8_6659_fd93)
    return Int(truncatingIfNeeded: product.high ^ product.low) & (buckets.count - 1)
  }

  private func bucket(of key: Key) -> Int? {
    guard !buckets.isEmpty else { return nil }
    var bucket = home(of: key)
    while buckets[bucket] != 0 {
      if entries[Int(buckets[bucket]) - 1].key == key { return bucket }
      bucket = (bucket + 1) & (buckets.count - 1)
    }
    return nil
  }

  /// Adds an entry whose key has none.
  private mutating func append(_ entry: Entry) {
    entries.append(entry)
    if entries.count * 2 > buckets.count {
      buckets = Array(repeating: 0, count: max(8, buckets.count * 2))
      for place in entries.indices { enter(place) }
    } else {
      enter(entries.count - 1)
    }
  }

  private mutating func enter(_ place: Int) {
    var bucket = home(of: entries[place].key)
    while buckets[bucket] != 0 { bucket = (bucket + 1) & (buckets.count - 1) }
    buckets[bucket] = UInt32(truncatingIfNeeded: place + 1)
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
