/// Records under numbers that are given out once and never again, so that a number kept beyond its
/// record's end finds nothing instead of something else.
struct ObjectTable<Record: Hashable>: Hashable {
  private var records: [Int: Record] = [:]
  private var next = 1

  /// Enters a record and returns its number.
  mutating func insert(_ record: Record) -> Int {
    defer { next += 1 }
    records[next] = record
    return next
  }

  /// The record of a number, or `nil` once it is gone.
  subscript(number: Int) -> Record? {
    get { records[number] }
    set { records[number] = newValue }
  }

  /// The numbers in use, in order.
  var numbers: [Int] { records.keys.sorted() }
  /// The number of records.
  var count: Int { records.count }

  /// Whether any record meets a condition.
  func contains(where condition: (Record) -> Bool) -> Bool {
    records.values.contains(where: condition)
  }

  /// Removes the records that meet a condition.
  mutating func removeAll(where condition: (Record) -> Bool) {
    records = records.filter { !condition($0.value) }
  }
}
