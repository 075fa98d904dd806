import Sun4v

/// The ranges that answer a request, in order.
///
/// Nearly always there is one, and that lies in the list itself: an array would be asked for from the heap
/// and given back for every answer, at both ends.
public struct GrantRecords: Hashable, Sendable {
  /// The number of ranges.
  public private(set) var count = 0
  /// The first range; of an empty list nothing that means anything.
  private var first = GrantRecord(grant: GrantID(0), address: DVMAAddress(0), pages: 0)
  private var others: [GrantRecord] = []

  /// Makes an empty list.
  public init() {}

  /// Makes a list of what a sequence has.
  public init(_ records: some Sequence<GrantRecord>) {
    for record in records { append(record) }
  }

  /// Puts a range behind the others.
  public mutating func append(_ record: GrantRecord) {
    if count == 0 {
      first = record
    } else {
      others.append(record)
    }
    count += 1
  }
}

extension GrantRecords: RandomAccessCollection {
  /// The place of the first range.
  public var startIndex: Int { 0 }
  /// The place behind the last range.
  public var endIndex: Int { count }
  /// The range at a place.
  public subscript(place: Int) -> GrantRecord {
    place == 0 && count > 0 ? first : others[place - 1]
  }
}

extension GrantRecords: ExpressibleByArrayLiteral {
  /// Makes a list of ranges.
  public init(arrayLiteral records: GrantRecord...) { self.init(records) }
}
