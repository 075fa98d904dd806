/// One way in which two descriptions do not mean the same.
public struct MachineDescriptionDifference: Hashable, Sendable {
  /// What differs.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A node is only in the first.
    case nodeRemoved = "node-removed"
    /// A node is only in the second.
    case nodeAdded = "node-added"
    /// A property is only in the first.
    case propertyRemoved = "property-removed"
    /// A property is only in the second.
    case propertyAdded = "property-added"
    /// A property has another value.
    case propertyChanged = "property-changed"
    /// An arc is only in the first.
    case arcRemoved = "arc-removed"
    /// An arc is only in the second.
    case arcAdded = "arc-added"
  }

  /// What differs.
  public let kind: Kind
  /// The way to the node from the root, in labels of people's kind; `/` is the root.
  public let path: String
  /// The name of the property or arc; `nil` for a whole node.
  public let name: String?
  /// The value or the arc's target in the first, where there is one.
  public let before: String?
  /// The value or the arc's target in the second, where there is one.
  public let after: String?

  /// The difference in one line: `-` only in the first, `+` only in the second, `~` changed.
  public var line: String {
    let name = name.map { " \($0)" } ?? ""
    switch kind {
    case .nodeRemoved: return "- \(path)"
    case .nodeAdded: return "+ \(path)"
    case .propertyRemoved: return "- \(path)\(name) = \(before ?? "")"
    case .propertyAdded: return "+ \(path)\(name) = \(after ?? "")"
    case .propertyChanged: return "~ \(path)\(name) = \(before ?? "") -> \(after ?? "")"
    case .arcRemoved: return "- \(path)\(name) -> \(before ?? "")"
    case .arcAdded: return "+ \(path)\(name) -> \(after ?? "")"
    }
  }
}

extension MachineDescription {
  /// How another description differs in meaning; empty where both say the same.
  ///
  /// The order of nodes, properties and arcs and the places of nodes have no meaning; arcs are
  /// compared by the nodes they reach. Values of one name in one node are compared in their order. A
  /// node that only one side has is one difference, arcs to it are not listed.
  public func differences(to other: MachineDescription) -> [MachineDescriptionDifference] {
    Comparison(self, other).differences()
  }
}

private struct Comparison {
  let a: MachineDescription
  let b: MachineDescription
  let pairing: NodePairing
  let pathsOfA: NodePaths
  let pathsOfB: NodePaths

  init(_ a: MachineDescription, _ b: MachineDescription) {
    self.a = a
    self.b = b
    pairing = NodePairing(a, b)
    pathsOfA = NodePaths(a)
    pathsOfB = NodePaths(b)
  }

  func differences() -> [MachineDescriptionDifference] {
    var found: [MachineDescriptionDifference] = []
    for (position, node) in a.nodes.enumerated() {
      guard let partner = pairing.partnerOfFirst[position] else {
        found.append(
          .init(
            kind: .nodeRemoved, path: pathsOfA.path(to: position), name: nil, before: nil,
            after: nil))
        continue
      }
      found += values(node, b.nodes[partner], at: position)
      found += arcs(node, b.nodes[partner], at: position)
    }
    for position in b.nodes.indices where pairing.partnerOfSecond[position] == nil {
      found.append(
        .init(
          kind: .nodeAdded, path: pathsOfB.path(to: position), name: nil, before: nil, after: nil))
    }
    return found
  }

  private func values(
    _ first: MachineDescription.Node, _ second: MachineDescription.Node, at position: Int
  ) -> [MachineDescriptionDifference] {
    let before = NodeColors.sortedValues(first)
    let after = NodeColors.sortedValues(second)
    guard before != after else { return [] }
    let old = Dictionary(grouping: before, by: \.name)
    let new = Dictionary(grouping: after, by: \.name)
    let path = pathsOfA.path(to: position)
    var found: [MachineDescriptionDifference] = []
    for name in Set(old.keys).union(new.keys).sorted() where old[name] != new[name] {
      let before = old[name].map(text)
      let after = new[name].map(text)
      let kind: MachineDescriptionDifference.Kind =
        before == nil ? .propertyAdded : after == nil ? .propertyRemoved : .propertyChanged
      found.append(.init(kind: kind, path: path, name: name, before: before, after: after))
    }
    return found
  }

  private func text(_ properties: [MachineDescription.Property]) -> String {
    properties.map { TextForm.text(of: $0.value, atMost: 200) }.joined(separator: " and ")
  }

  private struct Arc: Hashable {
    let name: String
    let target: Int
  }

  /// The arcs of a node with targets as positions in the second graph; arcs to unpaired nodes aside.
  private func counts(
    _ node: MachineDescription.Node, _ place: (Int) -> Int?
  ) -> (counts: [Arc: Int], order: [Arc]) {
    var counts: [Arc: Int] = [:]
    var order: [Arc] = []
    for property in node.properties {
      guard let target = property.value.target?.position, let other = place(target) else {
        continue
      }
      let arc = Arc(name: property.name, target: other)
      if counts[arc] == nil { order.append(arc) }
      counts[arc, default: 0] += 1
    }
    return (counts, order)
  }

  private func arcs(
    _ first: MachineDescription.Node, _ second: MachineDescription.Node, at position: Int
  ) -> [MachineDescriptionDifference] {
    let before = counts(first) { target in
      pairing.partnerOfFirst.indices.contains(target) ? pairing.partnerOfFirst[target] : nil
    }
    let after = counts(second) { target in
      pairing.partnerOfSecond.indices.contains(target) && pairing.partnerOfSecond[target] != nil
        ? target : nil
    }
    guard before.counts != after.counts else { return [] }
    let path = pathsOfA.path(to: position)
    var found: [MachineDescriptionDifference] = []
    for arc in before.order where before.counts[arc] ?? 0 > after.counts[arc] ?? 0 {
      found.append(
        .init(
          kind: .arcRemoved, path: path, name: arc.name, before: pathsOfB.path(to: arc.target),
          after: nil))
    }
    for arc in after.order where after.counts[arc] ?? 0 > before.counts[arc] ?? 0 {
      found.append(
        .init(
          kind: .arcAdded, path: path, name: arc.name, before: nil,
          after: pathsOfB.path(to: arc.target)))
    }
    return found
  }
}
