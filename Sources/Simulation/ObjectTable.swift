import Sun4v

/// Records under numbers that are given out once and never again, so that a number kept beyond its
/// record's end finds nothing instead of something else.
///
/// The records lie in order of their numbers. What is removed leaves a gap, until gaps outnumber
/// records; as long as no gap was closed between it and one of the ends, a number tells its place.
struct ObjectTable<Record: Hashable>: Hashable {
  private struct Entry {
    let number: Int
    var record: Record?
  }

  private var entries: [Entry] = []
  private var next = 1
  /// The number of records.
  private(set) var count = 0

  /// Enters a record and returns its number.
  mutating func insert(_ record: Record) -> Int {
    defer { next += 1 }
    entries.append(Entry(number: next, record: record))
    count += 1
    return next
  }

  /// The record of a number, or `nil` once it is gone.
  @inline(__always)
  subscript(number: Int) -> Record? {
    guard let place = place(of: number) else { return nil }
    return entries[place].record
  }

  /// Changes the record of a number, if it is there.
  @inline(__always)
  mutating func change(_ number: Int, _ body: (inout Record) -> Void) {
    guard let place = place(of: number), var record = entries[place].record else { return }
    body(&record)
    entries[place].record = record
  }

  /// Takes the record of a number out, if it is there.
  @discardableResult @inline(__always)
  mutating func remove(_ number: Int) -> Record? {
    guard let place = place(of: number), let record = entries[place].record else { return nil }
    entries[place].record = nil
    count -= 1
    close(place)
    return record
  }

  /// The numbers in use, in order.
  var numbers: [Int] { entries.filter { $0.record != nil }.map(\.number) }

  /// Whether any record meets a condition.
  func contains(where condition: (Record) -> Bool) -> Bool {
    entries.contains { entry in entry.record.map(condition) ?? false }
  }

  /// Removes the records that meet a condition.
  mutating func removeAll(where condition: (Record) -> Bool) {
    entries.removeAll { entry in entry.record.map(condition) ?? true }
    count = entries.count
  }

  // MARK: Places

  @inline(__always)
  private func place(of number: Int) -> Int? {
    let last = entries.count - 1
    guard last >= 0 else { return nil }
    let recent = last &- (entries[last].number &- number)
    if entries.indices.contains(recent), entries[recent].number == number { return recent }
    let early = number &- entries[0].number
    if entries.indices.contains(early), entries[early].number == number { return early }
    return search(number)
  }

  private func search(_ number: Int) -> Int? {
    let place = entries.partitioningIndex { $0.number >= number }
    return place < entries.count && entries[place].number == number ? place : nil
  }

  /// Removes gaps at the end, and all of them when they are many.
  private mutating func close(_ place: Int) {
    if place == entries.count - 1 {
      while let last = entries.last, last.record == nil { entries.removeLast() }
    } else if entries.count > 2 * count + 16 {
      entries.removeAll { $0.record == nil }
    }
  }

  // MARK: Comparison: gaps do not count

  static func == (one: ObjectTable, other: ObjectTable) -> Bool {
    guard one.next == other.next, one.count == other.count else { return false }
    return zip(one.live, other.live).allSatisfy {
      $0.number == $1.number && $0.record == $1.record
    }
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(next)
    for entry in live {
      hasher.combine(entry.number)
      hasher.combine(entry.record)
    }
  }

  private var live: LazyFilterSequence<[Entry]> { entries.lazy.filter { $0.record != nil } }
}
