import Conformance
import Foundation
import TestSupport
import Testing

@Suite struct MachineDescriptionVectorTests {
  @Test(.enabled(if: Repository.hasShared, .init(rawValue: Repository.sharedMissing)))
  func allPass() throws {
    let file = Repository.shared.appending(path: "conformance/md-format.json")
    let results = try Conformance.run(file: try Data(contentsOf: file))
    #expect(results.count == 23)
    for result in results {
      #expect(
        result.passed, "\(result.id): expected \(result.expected), actual \(result.actual)")
    }
  }

  @Test func aWrongExpectationFails() throws {
    let file = #"""
      [{"id": "a", "input": {"op": "names", "names": ["a", "a b"]}, "expect": {"legal": [true, true]}},
       {"id": "b", "input": {"op": "names", "names": ["a", "a b"]}, "expect": {"legal": [true, false]}},
       {"id": "c", "input": {"op": "parse", "hex": "00"}, "expect": {"ok": false, "reason": "truncated header"}},
       {"id": "d", "input": {"op": "parse", "hex": "0"}, "expect": {"ok": false}}]
      """#
    let results = try Conformance.run(file: Array(file.utf8))
    #expect(results.map(\.passed) == [false, true, true, false])
  }
}
