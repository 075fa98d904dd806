extension BinaryHeader {
  /// What is wrong with the header of a file of so many bytes.
  func findings(fileSize: Int) -> [LintFinding] {
    var findings: [LintFinding] = []
    func report(_ rule: LintRule, at offset: Int, _ message: String) {
      findings.append(LintFinding(rule: rule, offset: offset, node: nil, message: message))
    }
    guard transportMajor == Self.supportedMajor else {
      report(
        .unsupportedMajor, at: 0,
        "transport version \(transportMajor).\(transportMinor) cannot be read; major 1 can")
      return findings
    }
    if transportMinor != 0 {
      report(.minorVersion, at: 2, "the transport version is 1.\(transportMinor), not 1.0")
    }
    if Int(nodeBlockSize) % Element.size != 0 {
      report(
        .nodeBlockSize, at: 4, "the node block has \(nodeBlockSize) bytes, not a multiple of 16")
    }
    if nameBlockSize % 16 != 0 {
      report(
        .nameBlockSize, at: 8, "the name block has \(nameBlockSize) bytes, not a multiple of 16")
    }
    if dataBlockSize % 16 != 0 {
      report(
        .dataBlockSize, at: 12, "the data block has \(dataBlockSize) bytes, not a multiple of 16")
    }
    if UInt64(total) > Self.largestTotal {
      report(.totalSize, at: 4, "the sizes add up to \(total) bytes; 2^32 - 16 are the most")
    }
    if total > fileSize {
      report(.truncated, at: fileSize, "the header announces \(total) bytes; there are \(fileSize)")
    } else if total < fileSize {
      report(
        .trailingBytes, at: total,
        "\(fileSize - total) bytes follow the \(total) that the header announces")
    }
    return findings
  }
}
