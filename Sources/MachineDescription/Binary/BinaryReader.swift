/// Why bytes are no machine description.
public struct BinaryReadError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The stable name of what is wrong: the id of the lint rule that is broken.
  public let code: String
  /// The byte offset at which it is wrong.
  public let offset: Int
  /// What is wrong and what would be right.
  public let message: String

  init(_ finding: LintFinding) {
    code = finding.rule.id
    offset = finding.offset
    message = finding.message
  }

  /// The offset and the message in one line.
  public var description: String { "at byte \(offset): \(message) [\(code)]" }
}

/// A description together with where its parts stand in the bytes it was read from.
public struct DecodedMachineDescription: Hashable, Sendable {
  /// The graph.
  public let description: MachineDescription
  /// Element indexes and sizes.
  public let layout: BinaryLayout
  /// The bytes that were read.
  public let bytes: [UInt8]

  /// Reads a description; throws `BinaryReadError` for the first thing that is wrong.
  ///
  /// The time taken is proportional to the number of bytes, whatever they are.
  public init(bytes: [UInt8]) throws(BinaryReadError) {
    switch BinaryScan.start(bytes, stopsAtFirstRefusal: true) {
    case .refused(let findings): throw Self.error(findings)
    case .scan(var scan):
      scan.run()
      guard scan.isReadable else { throw Self.error(scan.findings) }
      self.init(scan: scan)
    }
  }

  /// Takes over what a pass has found; the pass must have ended readable.
  init(scan: BinaryScan) {
    description = MachineDescription(nodes: scan.nodes)
    layout = scan.layout
    bytes = scan.bytes
  }

  /// The first element of a tag and a name, with its index: what a reader that compares keys finds.
  public func firstElement(tag: ElementTag, name: String) -> (index: Int, element: Element)? {
    guard let wanted = name.latin1 else { return nil }
    for index in 0..<layout.elementCount {
      guard let element = Element(bytes, at: BinaryLayout.offset(ofElement: index)) else { break }
      guard element.tag == tag.rawValue, Int(element.nameLength) == wanted.count else { continue }
      let start = layout.header.nameBlockOffset + Int(element.nameOffset)
      guard start + wanted.count <= layout.header.dataBlockOffset else { continue }
      if bytes[start..<start + wanted.count].elementsEqual(wanted) { return (index, element) }
    }
    return nil
  }

  private static func error(_ findings: [LintFinding]) -> BinaryReadError {
    let unknown = LintFinding(
      rule: .noListEnd, offset: 0, node: nil, message: "too many faults to go on")
    return BinaryReadError(findings.first { $0.rule.refusesReading } ?? unknown)
  }
}

extension MachineDescription {
  /// Reads the binary form; throws `BinaryReadError` for the first thing that is wrong.
  public init(bytes: [UInt8]) throws(BinaryReadError) {
    self = try DecodedMachineDescription(bytes: bytes).description
  }
}
