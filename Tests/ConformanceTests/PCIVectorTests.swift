import Conformance
import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: Repository.hasShared, .init(rawValue: Repository.sharedMissing)))
struct PCIVectorTests {
  @Test(arguments: [("pci-iommu.json", 118), ("api-version.json", 23)])
  func everyCasePasses(file: String, count: Int) throws {
    let bytes = try Data(
      contentsOf: Repository.shared.appending(path: "conformance").appending(path: file))
    let results = try Conformance.run(file: bytes)
    #expect(results.count == count)
    for result in results {
      #expect(result.passed, "\(result.id): expected \(result.expected), got \(result.actual)")
    }
  }
}
