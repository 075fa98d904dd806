extension MachineDescription {
  /// Checks the bytes of a description against every rule of `LintRule.all`.
  ///
  /// Findings come in order of their byte offset. Where the bytes cannot be read at all, the rules of
  /// the graph and of the bindings are not looked at. At most some thousands of findings are given.
  public static func lint(bytes: [UInt8]) -> [LintFinding] {
    var findings: [LintFinding]
    switch BinaryScan.start(bytes, stopsAtFirstRefusal: false) {
    case .refused(let refusals): findings = refusals
    case .scan(var scan):
      scan.run()
      findings = scan.findings
      if scan.isReadable, findings.count < BinaryScan.mostFindings {
        var pass = LintPass(DecodedMachineDescription(scan: scan))
        pass.checkGraph()
        if pass.isForHypervisor {
          pass.checkHypervisor()
        } else {
          pass.checkMemory()
          pass.checkChannels()
        }
        pass.checkDevices()
        findings += pass.findings
      }
    }
    return findings.enumerated().sorted { a, b in
      (a.element.offset, a.offset) < (b.element.offset, b.offset)
    }.map(\.element)
  }
}
