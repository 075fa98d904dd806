/// Takes a binary machine description apart in one pass over its elements.
///
/// The idea: the list of nodes is read element by element from the front, never by following links,
/// so that no link can lead in a circle or make work; links and arcs are checked afterwards against
/// what the pass has found. Reading and checking are the same pass: a reader stops at the first
/// problem after which there is no graph, a linter goes on and collects.
///
/// Invariants: the work is bounded by the bytes given, plus a fixed amount of shared data
/// (`LintRule.dataVolume`); every offset is checked before it is used; names are looked up once per
/// place in the name block. Source: FWARC 2005/115 md-transport 2.4 to 2.8, and md-info for what
/// readers must take: unknown tags inside nodes, NOOPs anywhere, links and arcs that land on a NOOP,
/// other minor versions, a data block that is not padded.
struct BinaryScan {
  /// How much more than the data block properties may refer to in all, where they share bytes.
  static let sharedDataAllowance = 64 << 20
  /// A linter stops collecting here; a file with more findings is no description at all.
  static let mostFindings = 1000

  let bytes: [UInt8]
  let header: BinaryHeader
  private(set) var layout: BinaryLayout
  private(set) var findings: [LintFinding]
  private(set) var isReadable = true
  private(set) var nodes: [MachineDescription.Node] = []

  private let stopsAtFirstRefusal: Bool
  private var names = NameTable()
  private var arcs: [(node: Int, property: Int, element: Int, target: UInt64)] = []
  private var nodeEnds: [Int] = []
  private var noOperationsOutside: [Int] = []
  private var referencedData = 0

  /// The findings of the header alone, where it stops the reading.
  enum Start {
    case scan(BinaryScan)
    case refused([LintFinding])
  }

  /// Checks the header and prepares the pass.
  static func start(_ bytes: [UInt8], stopsAtFirstRefusal: Bool) -> Start {
    guard let header = BinaryHeader(bytes) else {
      return .refused([
        LintFinding(
          rule: .headerTruncated, offset: bytes.count, node: nil,
          message: "\(bytes.count) bytes are no description; the header alone has 16")
      ])
    }
    let findings = header.findings(fileSize: bytes.count)
    if findings.contains(where: { $0.rule.refusesReading }) { return .refused(findings) }
    return .scan(
      BinaryScan(
        bytes: bytes, header: header, findings: findings, stopsAtFirstRefusal: stopsAtFirstRefusal))
  }

  private init(
    bytes: [UInt8], header: BinaryHeader, findings: [LintFinding], stopsAtFirstRefusal: Bool
  ) {
    self.bytes = bytes
    self.header = header
    self.findings = findings
    self.stopsAtFirstRefusal = stopsAtFirstRefusal
    layout = BinaryLayout(header: header)
  }

  private var isDone: Bool {
    stopsAtFirstRefusal && !isReadable || findings.count >= Self.mostFindings
  }

  /// Makes the pass.
  mutating func run() {
    scanElements()
    if !isDone { checkLinks() }
    if !isDone { resolveArcs() }
    if !isDone { checkNamePadding() }
  }

  // MARK: - Elements

  private mutating func scanElements() {
    var isInside = false
    for index in 0..<layout.elementCount where !isDone {
      guard let element = Element(bytes, at: BinaryLayout.offset(ofElement: index)) else { break }
      guard let tag = ElementTag(rawValue: element.tag) else {
        report(
          isInside ? .unknownTag : .unknownTagOutside, element: index,
          "the tag 0x\(String(element.tag, radix: 16)) is not known")
        continue
      }
      checkReserved(element, tag: tag, index: index)
      switch tag {
      case .noOperation:
        if !isInside { noOperationsOutside.append(index) }
      case .nodeEnd:
        if isInside {
          nodeEnds.append(index)
          isInside = false
        } else {
          report(.nodeEndOutside, element: index, "NODE_END without an open node")
        }
      case .node, .listEnd:
        if isInside {
          report(
            .nodeNotClosed, element: index,
            "\(tag.specificationName) inside a node; the node wants its NODE_END first")
          nodeEnds.append(index)
          isInside = false
        }
        if tag == .listEnd {
          finish(listEnd: index)
          return
        }
        open(element, at: index)
        isInside = true
      case .arc, .data, .string, .value:
        if isInside {
          addProperty(element, tag: tag, at: index)
        } else {
          report(
            .propertyOutside, element: index,
            "\(tag.specificationName) outside a node; only NODE, NOOP and LIST_END stand there")
        }
      }
    }
    if isInside {
      report(.nodeNotClosed, element: layout.elementCount, "the last node wants its NODE_END")
    }
    report(.noListEnd, element: layout.elementCount, "the node block wants a LIST_END at its end")
  }

  private mutating func finish(listEnd index: Int) {
    layout.listEndElement = index
    if index + 1 != layout.elementCount {
      report(
        .afterListEnd, element: index + 1,
        "\(layout.elementCount - index - 1) elements follow the LIST_END, which is the last one")
    }
    if nodes.first?.type != "root" {
      let found = nodes.first.map { "is of type \($0.type)" } ?? "is missing"
      let element = layout.nodeElements.first ?? index
      report(.noRoot, element: element, "the first node \(found); it must be of type root")
    }
  }

  private mutating func open(_ element: Element, at index: Int) {
    let type = name(of: element, at: index) ?? "?"
    nodes.append(MachineDescription.Node(type))
    layout.nodeElements.append(index)
    layout.nodeLinks.append(element.value)
    layout.propertyElements.append([])
  }

  private mutating func addProperty(_ element: Element, tag: ElementTag, at index: Int) {
    guard let name = name(of: element, at: index) else { return }
    let value: MachineDescription.Value
    switch tag {
    case .value: value = .integer(element.value)
    case .arc:
      let node = nodes.count - 1
      arcs.append((node, nodes[node].properties.count, index, element.value))
      value = .arc(MachineDescription.NodeID(-1))
    default:
      guard let data = data(of: element, named: name, at: index) else { return }
      if tag == .string {
        guard data.last == 0 else {
          report(
            .stringEnd, element: index,
            "the string \(name) has \(data.count) bytes without a NUL at the end")
          return
        }
        if data.dropLast().contains(0) {
          report(.stringNul, element: index, "the string \(name) has a NUL before its end")
        }
        value = .string(String(latin1: data.dropLast()))
      } else {
        if data.isEmpty {
          report(.dataEmpty, element: index, "\(name) has no bytes; leave the property out instead")
        }
        value = .data(Array(data))
      }
    }
    nodes[nodes.count - 1].properties.append(MachineDescription.Property(name, value))
    layout.propertyElements[nodes.count - 1].append(index)
  }

  private mutating func data(
    of element: Element, named name: String, at index: Int
  ) -> ArraySlice<UInt8>? {
    let length = Int(element.dataLength)
    let offset = Int(element.dataOffset)
    guard offset + length <= Int(header.dataBlockSize) else {
      report(
        .dataRange, element: index,
        "\(name) wants \(length) bytes at \(offset) of a data block of \(header.dataBlockSize)")
      return nil
    }
    if length > 0 && offset % 8 != 0 {
      report(.dataAlignment, element: index, "\(name) starts at \(offset), not a multiple of 8")
    }
    referencedData += length
    guard referencedData <= Int(header.dataBlockSize) + Self.sharedDataAllowance else {
      report(
        .dataVolume, element: index,
        "properties refer to \(referencedData) bytes of a data block of \(header.dataBlockSize)")
      return nil
    }
    let start = header.dataBlockOffset + offset
    return bytes[start..<start + length]
  }

  private mutating func name(of element: Element, at index: Int) -> String? {
    var isNew = false
    let lookup = names.name(of: element, in: bytes, header: header, isNew: &isNew)
    switch lookup {
    case .failure(let problem):
      report(problem.rule, element: index, problem.message)
      return nil
    case .success(let name):
      guard isNew else { return name }
      if !MachineDescription.isLegalName(name) {
        report(
          .nameCharacters, element: index,
          "the name \"\(name)\" has characters other than visible ones without / \\ ; [ ] @")
      }
      if let first = names.firstOffset(of: name), first != element.nameOffset {
        report(
          .nameRepeated, element: index,
          "the name \(name) is stored at \(element.nameOffset) and at \(first); once is right")
      }
      return name
    }
  }

  private mutating func checkReserved(_ element: Element, tag: ElementTag, index: Int) {
    switch tag {
    case .nodeEnd, .listEnd, .noOperation:
      if element.nameLength != 0 || element.reserved != 0 || element.nameOffset != 0
        || element.value != 0
      {
        report(
          .unusedFields, element: index,
          "\(tag.specificationName) has other bytes than its tag; they must be zero")
      }
    default:
      if element.reserved != 0 {
        report(
          .reservedBytes, element: index,
          "the reserved bytes are 0x\(String(element.reserved, radix: 16)); they must be zero")
      }
    }
  }

  // MARK: - Links and arcs

  private mutating func checkLinks() {
    guard isReadable else { return }
    for (position, element) in layout.nodeElements.enumerated() {
      let next =
        position + 1 < layout.nodeElements.count
        ? layout.nodeElements[position + 1] : layout.listEndElement
      let link = layout.nodeLinks[position]
      guard link > UInt64(nodeEnds[position]), link <= UInt64(next) else {
        report(
          .nodeLink, element: element,
          "the link is element \(link); the next node or list end is element \(next)")
        if isDone { return }
        continue
      }
    }
  }

  private mutating func resolveArcs() {
    guard isReadable else { return }
    var positions: [Int: Int] = [:]
    for (position, element) in layout.nodeElements.enumerated() { positions[element] = position }
    for index in noOperationsOutside.reversed() { positions[index] = positions[index + 1] }
    for arc in arcs where !isDone {
      guard let element = Int(exactly: arc.target), let position = positions[element] else {
        report(
          .arcTarget, element: arc.element,
          "the arc \(nodes[arc.node].properties[arc.property].name) leads to element "
            + "\(arc.target), which is no NODE")
        continue
      }
      if layout.nodeElements[position] != element {
        report(
          .arcTargetNoOperation, element: arc.element,
          "the arc leads to a NOOP; the node after it is element \(layout.nodeElements[position])")
      }
      nodes[arc.node].properties[arc.property].value = .arc(.init(position))
    }
  }

  private mutating func checkNamePadding() {
    let used = header.nameBlockOffset + names.end
    let padding = bytes[min(used, header.dataBlockOffset)..<header.dataBlockOffset]
    guard let place = padding.firstIndex(where: { $0 != 0 }) ?? padding.dropFirst(15).indices.first
    else { return }
    findings.append(
      LintFinding(
        rule: .namePadding, offset: place, node: nil,
        message: "\(padding.count) bytes follow the last name; "
          + "fewer than 16, all zero, are right"))
  }

  // MARK: - Findings

  private mutating func report(_ rule: LintRule, element: Int, _ message: String) {
    if rule.refusesReading { isReadable = false }
    guard findings.count < Self.mostFindings else { return }
    var node: String?
    if let position = layout.nodeElements.lastIndex(where: { $0 <= element }),
      position >= nodeEnds.count || nodeEnds[position] >= element
    {
      node = "\(nodes[position].type)@\(layout.nodeElements[position])"
    }
    findings.append(
      LintFinding(
        rule: rule, offset: BinaryLayout.offset(ofElement: element), node: node, message: message))
  }
}
