/// Which node of one graph is which of another.
///
/// The roots are a pair. From a pair on, the nodes at the other end of arcs of the same name are paired: first
/// those of the same colour, then those of the same type that name themselves alike, then those of the
/// same type in order. What no arc reaches is paired in the same way from the lists of all nodes.
struct NodePairing {
  private(set) var partnerOfFirst: [Int?]
  private(set) var partnerOfSecond: [Int?]

  private let a: MachineDescription
  private let b: MachineDescription
  private let colors: NodeColors
  private let neighboursOfFirst: [[String: [Int]]]
  private let neighboursOfSecond: [[String: [Int]]]
  private var waiting: [(Int, Int)] = []

  init(_ a: MachineDescription, _ b: MachineDescription) {
    self.a = a
    self.b = b
    colors = NodeColors(a, b)
    neighboursOfFirst = Self.neighbours(of: a)
    neighboursOfSecond = Self.neighbours(of: b)
    partnerOfFirst = Array(repeating: nil, count: a.nodes.count)
    partnerOfSecond = Array(repeating: nil, count: b.nodes.count)
    if let first = a.root, let second = b.root { pair(first.id.position, second.id.position) }
    follow()
    for rank in 0..<3 {
      match(Array(a.nodes.indices), Array(b.nodes.indices), ranks: rank...rank)
      follow()
    }
  }

  private mutating func pair(_ first: Int, _ second: Int) {
    partnerOfFirst[first] = second
    partnerOfSecond[second] = first
    waiting.append((first, second))
  }

  /// Goes on from the pairs found so far, the latest first, so that one choice among equal nodes
  /// settles all that hangs together with it before the next choice is made.
  private mutating func follow() {
    while let (first, second) = waiting.popLast() {
      for name in neighboursOfFirst[first].keys.sorted() {
        match(
          neighboursOfFirst[first][name] ?? [], neighboursOfSecond[second][name] ?? [],
          ranks: 0...2)
      }
    }
  }

  /// The nodes at the other end of each node's arcs, by name; arcs to the node have `<` in front.
  private static func neighbours(of graph: MachineDescription) -> [[String: [Int]]] {
    var neighbours = [[String: [Int]]](repeating: [:], count: graph.nodes.count)
    for (position, node) in graph.nodes.enumerated() {
      for property in node.properties {
        guard let target = property.value.target?.position, graph.nodes.indices.contains(target)
        else { continue }
        neighbours[position][property.name, default: []].append(target)
        neighbours[target]["<" + property.name, default: []].append(position)
      }
    }
    return neighbours
  }

  /// What two nodes must have in common to be paired at a rank: 0 colour, 1 type and label, 2 type.
  private enum Likeness: Hashable {
    case color(Int)
    case label(String)
    case type(String)
  }

  private func likeness(_ rank: Int, _ node: MachineDescription.Node, _ color: Int) -> Likeness {
    switch rank {
    case 0: .color(color)
    case 1: .label(NodeLabel.label(of: node))
    default: .type(node.type)
    }
  }

  private mutating func match(_ firsts: [Int], _ seconds: [Int], ranks: ClosedRange<Int>) {
    for rank in ranks {
      var open: [Likeness: [Int]] = [:]
      for second in seconds.reversed() where partnerOfSecond[second] == nil {
        open[likeness(rank, b.nodes[second], colors.second[second]), default: []].append(second)
      }
      for first in firsts where partnerOfFirst[first] == nil {
        let key = likeness(rank, a.nodes[first], colors.first[first])
        while let second = open[key]?.popLast() {
          guard partnerOfSecond[second] == nil else { continue }
          pair(first, second)
          break
        }
      }
    }
  }
}
