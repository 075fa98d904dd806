import MachineDescription
import Sun4v
import Testing

/// A change to the bytes of `Fixture.small()`, the rule that it breaks, and where.
struct BrokenBytes: Sendable, CustomTestStringConvertible {
  let rule: String
  let offset: Int
  let change: @Sendable (inout [UInt8]) -> Void

  var testDescription: String { rule }

  init(_ rule: String, at offset: Int, _ change: @escaping @Sendable (inout [UInt8]) -> Void) {
    self.rule = rule
    self.offset = offset
    self.change = change
  }

  /// Changes single bytes.
  init(_ rule: String, at offset: Int, _ bytes: [Int: UInt8]) {
    self.init(rule, at: offset) { file in
      for (place, byte) in bytes { file[place] = byte }
    }
  }
}

@Suite struct LintBinaryTests {
  /// The byte offset of an element of the small description.
  static func element(_ index: Int, _ byte: Int = 0) -> Int { 16 + 16 * index + byte }

  // Elements: 0 root, 5 memory, 9 mblock, 14 platform (15 banner-name, 16 name, 17 stick-frequency,
  // 18 features), 21 list end. The name block starts at 368, the data block at 480.
  static let faults: [BrokenBytes] = [
    BrokenBytes("truncated-header", at: 10) { $0 = Array($0.prefix(10)) },
    BrokenBytes("unsupported-major", at: 0, [1: 2]),
    BrokenBytes("minor-version", at: 2, [3: 1]),
    BrokenBytes("truncated", at: 527) { $0.removeLast() },
    BrokenBytes("trailing-bytes", at: 528) { $0.append(0) },
    BrokenBytes("node-block-size", at: 4, [7: 0x61]),
    BrokenBytes("name-block-size", at: 8, [11: 108]),
    BrokenBytes("data-block-size", at: 12) {
      $0 += [UInt8](repeating: 0, count: 8)
      $0[15] += 8
    },
    BrokenBytes("total-size", at: 4, [8: 0xff, 9: 0xff, 10: 0xff, 11: 0xf0]),
    BrokenBytes("unknown-tag", at: element(17), [element(17): 0x71]),
    BrokenBytes("unknown-tag-outside", at: element(5), [element(5): 0x71]),
    BrokenBytes("property-outside", at: element(5), [element(5): 0x76]),
    BrokenBytes("node-end-outside", at: element(5), [element(5): 0x45]),
    BrokenBytes("node-not-closed", at: element(5), [element(4): 0x20]),
    BrokenBytes("no-list-end", at: element(22), [element(21): 0x20]),
    BrokenBytes("after-list-end", at: element(6), [element(5): 0]),
    BrokenBytes("node-link", at: element(0), [element(0, 15): 6]),
    BrokenBytes("node-link", at: element(14), [element(14, 15): 0]),
    BrokenBytes("node-link", at: element(9), [element(9, 8): 1]),
    BrokenBytes("no-root", at: element(0), [element(0, 1): 6, element(0, 7): 25]),
    BrokenBytes("arc-target", at: element(2), [element(2, 15): 1]),
    BrokenBytes("arc-target", at: element(2), [element(2, 15): 21]),
    BrokenBytes("arc-target", at: element(2), [element(2, 8): 0x80]),
    BrokenBytes("arc-target-noop", at: element(3)) { file in
      file.replaceSubrange(element(7)..<element(9), with: [UInt8](repeating: 0, count: 32))
      file[element(7)] = 0x45
      file[element(8)] = 0x20
      file[element(3, 15)] = 8
    },
    BrokenBytes("name-range", at: element(17), [element(17, 6): 0xff]),
    BrokenBytes("name-length", at: element(17), [element(17, 1): 3]),
    BrokenBytes("name-length", at: element(17), [element(17, 1): 0]),
    BrokenBytes("name-characters", at: element(17), [368 + 80: 0x2f]),
    BrokenBytes("name-repeated", at: element(16)) {
      $0.replaceSubrange(443..<447, with: "base".utf8)
    },
    BrokenBytes("name-padding", at: 479, [479: 1]),
    BrokenBytes("reserved-bytes", at: element(17), [element(17, 2): 1]),
    BrokenBytes("unused-fields", at: element(4), [element(4, 9): 1]),
    BrokenBytes("data-range", at: element(16), [element(16, 15): 47]),
    BrokenBytes("data-range", at: element(16), [element(16, 8): 0xff]),
    BrokenBytes("data-empty", at: element(18), [element(18, 11): 0]),
    BrokenBytes("data-alignment", at: element(15), [element(15, 11): 9, element(15, 15): 9]),
    BrokenBytes("string-end", at: element(15), [element(15, 11): 9]),
    BrokenBytes("string-nul", at: element(15), [480 + 11: 0]),
  ]

  @Test func theSmallDescriptionIsSound() throws {
    let findings = MachineDescription.lint(bytes: try Fixture.small().encoded())
    #expect(findings.map(\.rule.id) == ["cpu-missing"])
  }

  @Test(arguments: faults)
  func faultsAreFoundWhereTheyAre(fault: BrokenBytes) throws {
    var bytes = try Fixture.small().encoded()
    fault.change(&bytes)
    let findings = MachineDescription.lint(bytes: bytes)
    #expect(
      findings.contains { $0.rule.id == fault.rule && $0.offset == fault.offset },
      "\(findings.map(\.line))")
    let refusal = findings.first { $0.rule.refusesReading }
    do {
      _ = try MachineDescription(bytes: bytes)
      #expect(refusal == nil)
    } catch {
      #expect(findings.contains { $0.rule.id == error.code && $0.offset == error.offset })
    }
  }

  /// Every rule has a description that breaks it, or a test of its own.
  @Test func everyRuleIsTested() {
    let tested =
      Set(Self.faults.map(\.rule)).union(LintGraphTests.guestFaults.map(\.rule))
      .union(LintGraphTests.hypervisorFaults.map(\.rule)).union(["data-volume"])
    #expect(Set(LintRule.all.map(\.id)).subtracting(tested).sorted() == [])
    #expect(Set(LintRule.all.map(\.id)).count == LintRule.all.count)
    #expect(LintRule.all.allSatisfy { $0.summary.hasSuffix(".") || $0.summary.hasSuffix(").") })
  }

  @Test func anyBytesAreLinted() throws {
    var generator = SeededGenerator(seed: 5)
    let originals = [
      try Fixture.small().encoded(), try LintGraphTests.guest.encoded(),
      try LintGraphTests.hypervisor.encoded(),
    ]
    for round in 0..<1500 {
      let bytes = originals[round % 3].mutated(using: &generator)
      let findings = MachineDescription.lint(bytes: bytes)
      let isReadable = (try? MachineDescription(bytes: bytes)) != nil
      #expect(isReadable == !findings.contains { $0.rule.refusesReading })
      #expect(findings.allSatisfy { (0...bytes.count).contains($0.offset) })
    }
  }

  @Test func aFileFullOfFaultsGivesABoundedList() {
    var file: [UInt8] = [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    file += [UInt8](repeating: 0x61, count: 0x10000)
    #expect((1...1000).contains(MachineDescription.lint(bytes: file).count))
  }
}
