import Foundation
import Hypervisor
import TestSupport
import Testing

/// The reference pages and the code say the same.
@Suite struct ReferenceTests {
  @Test(arguments: ReferencePage.allCases)
  func theCommittedPageIsTheGeneratedOne(page: ReferencePage) throws {
    let path = Repository.root.appending(path: "docs/\(page.rawValue).md")
    let committed = try String(contentsOf: path, encoding: .utf8)
    #expect(
      committed == page.text, "run: dvmash reference --output docs")
  }

  @Test func everyCallAndFaultIsThere() {
    let calls = ReferencePage.hypercalls.text
    for call in HypercallTable.standard.calls { #expect(calls.contains("`\(call.name)`")) }
    let faults = ReferencePage.faults.text
    for kind in IOMMUFaultKind.allCases { #expect(faults.contains("`\(kind.rawValue)`")) }
  }

  @Test func bitsOfEntriesAreThoseOfTheParts() {
    let models = ReferencePage.models.text
    for row in [
      "| 63 | V | the entry translates, and the device may read |", "| 42:13 | PA |",
      "| 38:13 | PA |", "| 63:48 | KEY |", "| 6 | R | the device may read |", "| 5:3 | FNM |",
    ] { #expect(models.contains(row), "\(row)") }
  }

  @Test(arguments: IOMMUFaultKind.allCases)
  func noTwoFaultsShareAStatusBit(kind: IOMMUFaultKind) {
    let others = IOMMUFaultKind.allCases.filter { $0 != kind && $0.statusBit == kind.statusBit }
    #expect(others.isEmpty)
  }
}
