import Sun4v

/// What the checks of a graph share: the graph, where its parts stand in the bytes, and the findings.
struct LintPass {
  typealias NodeView = MachineDescription.NodeView

  let graph: MachineDescription
  let layout: BinaryLayout
  /// Which nodes have a `fwd` arc to a node, by position.
  let forwardParents: [[Int]]
  private(set) var findings: [LintFinding] = []

  init(_ decoded: DecodedMachineDescription) {
    graph = decoded.description
    layout = decoded.layout
    var parents = [[Int]](repeating: [], count: graph.nodes.count)
    for (position, node) in graph.nodes.enumerated() {
      for property in node.properties where property.name == "fwd" {
        if let target = property.value.target { parents[target.position].append(position) }
      }
    }
    forwardParents = parents
  }

  /// Whether the description is one for the hypervisor itself, which has nodes for guests.
  var isForHypervisor: Bool {
    graph.nodes.contains { $0.type == "guests" || $0.type == "guest" }
  }

  func nodes(_ type: String) -> [NodeView] { graph.nodes(ofType: type) }

  /// The nodes with a `fwd` arc to a node.
  func parents(of view: NodeView) -> [NodeView] {
    forwardParents[view.id.position].compactMap { graph.view(.init($0)) }
  }

  /// Reports a node, or the first of its properties of a name.
  mutating func report(
    _ rule: LintRule, _ view: NodeView, _ name: String? = nil, _ message: String
  ) {
    let place = name.flatMap { name in view.properties.firstIndex { $0.name == name } }
    report(rule, view, place: place, message)
  }

  /// Reports a node, or the property at a place in it.
  mutating func report(_ rule: LintRule, _ view: NodeView, place: Int?, _ message: String) {
    guard findings.count < BinaryScan.mostFindings else { return }
    let offset =
      place.map { layout.offset(of: view.id, property: $0) } ?? layout.offset(of: view.id)
    findings.append(
      LintFinding(rule: rule, offset: offset, node: name(of: view), message: message))
  }

  /// The node's type and element index, as findings name it.
  func name(of view: NodeView) -> String {
    "\(view.type)@\(layout.nodeElements[view.id.position])"
  }

  // MARK: - Checks that several bindings need

  /// Checks the properties of nodes against a table.
  mutating func check(_ table: [PropertyDemand], _ views: [NodeView], _ rules: PropertyRules) {
    for view in views {
      for demand in table {
        guard let value = view[demand.name] else {
          switch demand.need {
          case .required:
            report(
              rules.missing, view, "\(demand.name) is missing; it must be \(demand.kind.words)")
          case .customary:
            report(
              .customaryProperty, view,
              "\(demand.name) is missing; the binding wants \(demand.kind.words)")
          case .optional: break
          }
          continue
        }
        if !demand.kind.fits(value) {
          report(
            rules.kind, view, demand.name,
            "\(demand.name) is \(value.kindName); it must be \(demand.kind.words)")
        }
      }
    }
  }

  private mutating func report(_ rule: LintRule, _ view: NodeView, _ message: String) {
    report(rule, view, place: nil, message)
  }

  /// Reports nodes that have the same number as an earlier one.
  mutating func checkUnique(_ property: String, _ views: [NodeView], _ rule: LintRule) {
    var seen: [UInt64: NodeView] = [:]
    for view in views {
      guard let number = view.integer(property) else { continue }
      if let first = seen[number] {
        report(
          rule, view, property,
          "\(property) \(number.hexadecimal) is also that of \(name(of: first)); "
            + "each needs its own")
      } else {
        seen[number] = view
      }
    }
  }

  /// A run of addresses that a node claims.
  struct Claim {
    let view: NodeView
    let property: String
    let base: UInt64
    let size: UInt64
    var last: UInt64 { base &+ (size &- 1) }
    var isSound: Bool { size > 0 && !base.addingReportingOverflow(size &- 1).overflow }
  }

  /// Reports claims that overlap another with a lower base.
  mutating func checkOverlaps(_ claims: [Claim], _ rule: LintRule) {
    var highest: Claim?
    for claim in claims.filter(\.isSound).sorted(by: { ($0.base, $0.last) < ($1.base, $1.last) }) {
      if let other = highest, claim.base <= other.last {
        report(
          rule, claim.view, claim.property,
          "\(claim.base.hexadecimal) to \(claim.last.hexadecimal) overlaps "
            + "\(other.base.hexadecimal) to \(other.last.hexadecimal) of \(name(of: other.view))")
      }
      if highest.map({ claim.last > $0.last }) ?? true { highest = claim }
    }
  }

  /// Words in whole groups; another shape is reported, a value that is no data left to the tables.
  mutating func groups(
    _ property: String, of view: NodeView, group: Int, counts: ClosedRange<Int>, _ rule: LintRule
  ) -> [[UInt64]]? {
    guard let value = view[property], let bytes = value.bytes else { return nil }
    guard let words = value.words, words.count % group == 0, counts.contains(words.count / group)
    else {
      let wanted =
        counts.lowerBound == counts.upperBound
        ? "\(counts.lowerBound * group * 8) bytes" : "groups of \(group * 8) bytes"
      report(
        rule, view, property,
        "\(property) has \(bytes.count) bytes; \(wanted) are right: \(group) words of 64 bits each")
      return nil
    }
    return stride(from: 0, to: words.count, by: group).map { Array(words[$0..<$0 + group]) }
  }
}

/// What a binding demands of one property.
struct PropertyDemand {
  enum Kind {
    case number, string, strings, data
    var words: String {
      switch self {
      case .number: "a number"
      case .string: "a string"
      case .strings: "a list of strings"
      case .data: "data"
      }
    }
    func fits(_ value: MachineDescription.Value) -> Bool {
      switch self {
      case .number: value.integer != nil
      case .string: value.string != nil
      case .strings: value.strings != nil
      case .data: value.bytes != nil
      }
    }
  }

  enum Need {
    /// Software fails without it.
    case required
    /// The binding wants it and shipped descriptions do without.
    case customary
    case optional
  }

  let name: String
  let kind: Kind
  let need: Need

  init(_ name: String, _ kind: Kind, _ need: Need = .required) {
    self.name = name
    self.kind = kind
    self.need = need
  }
}

/// The rules that a table of properties reports under.
struct PropertyRules {
  let missing: LintRule
  let kind: LintRule
}
