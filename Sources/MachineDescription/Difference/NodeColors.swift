/// Colours the nodes of two graphs so that nodes of the same meaning get the same colour.
///
/// A node starts with the colour of its type and values, in no order of names; each round mixes in
/// the colours that its arcs reach and are reached from. After enough rounds equal colours mean equal
/// nodes in equal surroundings (Weisfeiler and Leman's refinement). Colours are numbers given out in
/// order of first use, so the result does not depend on chance.
struct NodeColors {
  /// Rounds at most; descriptions are far less deep, and a limit bounds the work.
  private static let mostRounds = 32

  private(set) var first: [Int]
  private(set) var second: [Int]
  private var count = 0

  private struct Start: Hashable {
    let type: String
    let values: [MachineDescription.Property]
  }

  private struct Mixed: Hashable {
    let own: Int
    let reached: [Edge]
    let reaching: [Edge]
  }

  private struct Edge: Hashable, Comparable {
    let name: String
    let color: Int
    static func < (a: Edge, b: Edge) -> Bool { (a.name, a.color) < (b.name, b.color) }
  }

  init(_ a: MachineDescription, _ b: MachineDescription) {
    var colors: [Start: Int] = [:]
    func color(_ node: MachineDescription.Node) -> Int {
      let start = Start(type: node.type, values: Self.sortedValues(node))
      if let known = colors[start] { return known }
      colors[start] = colors.count
      return colors.count - 1
    }
    first = a.nodes.map(color)
    second = b.nodes.map(color)
    count = colors.count
    for _ in 0..<Self.mostRounds {
      let before = count
      mix(a, b)
      if count == before { return }
    }
  }

  /// The values of a node by name; values of one name keep their order, which readers can see.
  static func sortedValues(_ node: MachineDescription.Node) -> [MachineDescription.Property] {
    node.properties.enumerated().filter { $0.element.value.target == nil }
      .sorted { ($0.element.name, $0.offset) < ($1.element.name, $1.offset) }.map(\.element)
  }

  private mutating func mix(_ a: MachineDescription, _ b: MachineDescription) {
    var colors: [Mixed: Int] = [:]
    func mixed(_ graph: MachineDescription, _ old: [Int]) -> [Int] {
      var reached = [[Edge]](repeating: [], count: old.count)
      var reaching = reached
      for (position, node) in graph.nodes.enumerated() {
        for property in node.properties {
          guard let target = property.value.target?.position, old.indices.contains(target) else {
            continue
          }
          reached[position].append(Edge(name: property.name, color: old[target]))
          reaching[target].append(Edge(name: property.name, color: old[position]))
        }
      }
      return old.indices.map { position in
        let key = Mixed(
          own: old[position], reached: reached[position].sorted(),
          reaching: reaching[position].sorted())
        if let known = colors[key] { return known }
        colors[key] = colors.count
        return colors.count - 1
      }
    }
    first = mixed(a, first)
    second = mixed(b, second)
    count = colors.count
  }
}
