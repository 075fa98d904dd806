import Hypervisor
import Sun4v

/// P12: entries written in bulk, into a table that fits the cache.
///
/// So is the table written of a bus that bypasses translation. An operation is one entry. The floor
/// writes as many words in a loop that the compiler makes vectors of.
enum EntryRows {
  private static let pages = 1 << 18
  private static let times = 20

  static func make() throws -> [BenchmarkRow] {
    let geometry = try WindowGeometry(
      model: .atu, base: DVMAAddress(0), size: UInt64(pages) << PageSize.size8K.shift,
      pageSize: .size8K)
    guard let flat = FlatTable(pageCount: pages) else {
      throw BenchmarkError("entries: no table of \(pages) pages")
    }
    let table = EntryTable(try TranslationTable(geometry: geometry, layout: .explicit))
    return [
      .timed("floor", operations: pages * times) {
        for _ in 0..<times { store(flat) }
      },
      .timed("fill", floor: "floor", operations: pages * times) {
        for _ in 0..<times { table.fill(pages) }
        guard table.validCount == pages else {
          throw BenchmarkError("entries: \(table.validCount) of \(pages) are valid")
        }
      },
    ]
  }

  @inline(never) private static func store(_ table: FlatTable) { table.map(0, pages) }
}

/// A table that stays where it is while the rows run.
private final class EntryTable {
  private var table: TranslationTable

  init(_ table: TranslationTable) { self.table = table }

  var validCount: Int { table.validCount }

  @inline(never)
  func fill(_ count: Int) {
    table.fill(from: 0, count: UInt64(count), first: 0x8000_0000, bits: 0x43)
  }
}
