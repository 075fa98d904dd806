import Sun4v

/// How people tell nodes of one type apart: by what they are called or numbered.
enum NodeLabel {
  private static let keys = [
    "id", "name", "cfg-handle", "base", "resource_id", "membase", "cfghandle", "parent-interrupt",
    "device-number",
  ]

  /// The type, and the first of the properties that name or number a node: `mblock[base=0x80000000]`.
  static func label(of node: MachineDescription.Node) -> String {
    for key in keys {
      guard let value = node.properties.first(where: { $0.name == key })?.value else { continue }
      switch value {
      case .integer(let number): return "\(node.type)[\(key)=\(number.hexadecimal)]"
      case .string(let text): return "\(node.type)[\(key)=\(text)]"
      case .data, .arc: continue
      }
    }
    return node.type
  }
}

/// The shortest way from the root to each node of a graph by `fwd` arcs.
struct NodePaths {
  private static let mostComponents = 16
  private let graph: MachineDescription
  private var parents: [Int?]

  init(_ graph: MachineDescription) {
    self.graph = graph
    parents = Array(repeating: nil, count: graph.nodes.count)
    guard let root = graph.root?.id.position else { return }
    var reached = [Bool](repeating: false, count: graph.nodes.count)
    var waiting = [root]
    reached[root] = true
    var next = 0
    while next < waiting.count {
      let position = waiting[next]
      next += 1
      for property in graph.nodes[position].properties where property.name == "fwd" {
        guard let target = property.value.target?.position, graph.nodes.indices.contains(target),
          !reached[target]
        else { continue }
        reached[target] = true
        parents[target] = position
        waiting.append(target)
      }
    }
  }

  /// The labels on the way to a node, such as `/memory/mblock[base=0x80000000]`; `/` is the root.
  func path(to position: Int) -> String {
    var components: [String] = []
    var place = position
    while let parent = parents[place], components.count < Self.mostComponents {
      components.append(NodeLabel.label(of: graph.nodes[place]))
      place = parent
    }
    if place == graph.root?.id.position {
      return "/" + components.reversed().joined(separator: "/")
    }
    components.append(NodeLabel.label(of: graph.nodes[place]))
    return components.reversed().joined(separator: "/")
  }
}
