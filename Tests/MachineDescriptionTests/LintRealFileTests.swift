import MachineDescription
import TestSupport
import Testing

@Suite struct LintRealFileTests {
  @Test(
    .enabled(if: Repository.hasShared, .init(rawValue: Repository.sharedMissing)),
    arguments: RealFile.allCases)
  func realFilesHaveNoErrors(file: RealFile) throws {
    let findings = MachineDescription.lint(bytes: try file.bytes())
    #expect(findings.filter { $0.rule.severity == .error }.map(\.line) == [])
  }
}
