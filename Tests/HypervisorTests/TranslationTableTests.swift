import Sun4v
import Testing

@testable import Hypervisor

@Suite("Tables of entries")
struct TranslationTableTests {
  @Test(
    "Entries written in bulk and cleared keep the count of valid ones",
    arguments: [EntryLayout.fire, .piu, .explicit], UInt64(1)...8)
  func counts(layout: EntryLayout, seed: UInt64) throws {
    let geometry = try WindowGeometry(
      model: .atu, base: DVMAAddress(0), size: 4096 << 13, pageSize: .size8K)
    var table = try TranslationTable(geometry: geometry, layout: layout)
    var model = [UInt64](repeating: 0, count: 4096)
    var generator = SeededGenerator(seed: seed)
    for step in 0..<200 {
      let first = UInt64(generator.below(4096))
      let count = UInt64(generator.below(UInt32(4097 - first)))
      if step % 3 == 2 {
        let before = model[Int(first)..<Int(first + count)].count { $0 & layout.validBit != 0 }
        #expect(table.demap(from: first, count: count) == before)
        for index in first..<(first + count) { model[Int(index)] &= layout.keptByDemap }
      } else {
        let bits = step % 3 == 0 ? layout.validBit | 2 : 2
        table.fill(from: first, count: count, first: UInt64(step) << 20, bits: bits)
        for index in 0..<count {
          model[Int(first + index)] = (UInt64(step) << 20 + index << 13) | bits
        }
      }
      let valid = model.count { $0 & layout.validBit != 0 }
      #expect(table.validCount == valid)
      #expect(table.countValid(from: 0, count: 4096) == valid)
    }
    #expect((0..<4096).allSatisfy { table.rawEntry(UInt64($0)) == model[$0] })
  }

  @Test(
    "A summary counts what entries one by one would",
    arguments: [EntryLayout.fire, .piu, .explicit], UInt64(1)...40)
  func summaries(layout: EntryLayout, seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let pages = 1 + UInt64(generator.below(seed % 2 == 0 ? 5000 : 40))
    let geometry = try WindowGeometry(
      model: .atu, base: DVMAAddress(0), size: pages << 13, pageSize: .size8K)
    var table = try TranslationTable(geometry: geometry, layout: layout)
    #expect(table.summary() == TableSummary())
    // Runs, single entries, and blocks that are left alone; the bits are any.
    for _ in 0..<generator.below(40) {
      let first = UInt64(generator.below(UInt32(pages)))
      let bits = UInt64.random(in: 0 ... .max, using: &generator) | layout.validBit
      let count = generator.below(3) == 0 ? 1 : UInt64(generator.below(UInt32(pages - first)))
      table.fill(from: first, count: min(count, 700), first: 0, bits: bits)
    }
    for _ in 0..<generator.below(200) {
      let index = UInt64(generator.below(UInt32(pages)))
      _ = table.replace(index, by: UInt64.random(in: 0 ... .max, using: &generator))
    }
    #expect(table.summary() == Self.plainSummary(table))
  }

  @Test("A summary of full blocks counts every entry of them")
  func fullBlocks() throws {
    let geometry = try WindowGeometry(
      model: .atu, base: DVMAAddress(0), size: 2048 << 13, pageSize: .size8K)
    for layout in [EntryLayout.fire, .piu, .explicit] {
      var table = try TranslationTable(geometry: geometry, layout: layout)
      table.fill(from: 0, count: 2048, first: 0, bits: .max)
      #expect(table.summary() == Self.plainSummary(table) && table.summary().runs == 1)
      _ = table.demap(from: 512, count: 512)
      #expect(table.summary() == Self.plainSummary(table) && table.summary().runs == 2)
    }
  }

  private static func plainSummary(_ table: TranslationTable) -> TableSummary {
    var summary = TableSummary()
    var isInRun = false
    for index in 0..<table.geometry.entryCount {
      let entry = IOTTE(rawValue: table.rawEntry(index), layout: table.layout)
      if entry.isValid {
        summary.valid += 1
        summary.readable += entry.allowsRead ? 1 : 0
        summary.writable += entry.allowsWrite ? 1 : 0
        summary.keyed += entry.requester == nil ? 0 : 1
        summary.runs += isInRun ? 0 : 1
      }
      isInRun = entry.isValid
    }
    return summary
  }

  @Test("A range that leaves the table is not written")
  func outside() throws {
    let geometry = try WindowGeometry(
      model: .atu, base: DVMAAddress(0), size: 16 << 13, pageSize: .size8K)
    var table = try TranslationTable(geometry: geometry, layout: .explicit)
    table.fill(from: 8, count: 9, first: 0, bits: 1)
    table.fill(from: 16, count: 1, first: 0, bits: 1)
    table.fill(from: .max, count: .max, first: 0, bits: 1)
    #expect(table.validCount == 0 && table.countValid(from: 0, count: 16) == 0)
  }
}
