extension MachineDescription {
  /// A node seen in its description, so that arcs can be followed from it.
  public struct NodeView: Hashable, Sendable {
    /// The description that the node is part of.
    public let graph: MachineDescription
    /// Which of its nodes this is.
    public let id: NodeID
    /// The node itself.
    public let node: Node

    /// Mixes in the node and not the whole description.
    public func hash(into hasher: inout Hasher) {
      hasher.combine(id)
      hasher.combine(node)
    }

    /// The type name.
    public var type: String { node.type }
    /// The properties and arcs in the order stored.
    public var properties: [Property] { node.properties }

    /// The first value of that name that is no arc; a name is looked up as a hypervisor does.
    public subscript(name: String) -> Value? {
      node.properties.first { $0.name == name && $0.value.target == nil }?.value
    }

    /// The number of that name, or `nil` where there is none.
    public func integer(_ name: String) -> UInt64? { self[name]?.integer }
    /// The string of that name, or `nil` where there is none.
    public func string(_ name: String) -> String? { self[name]?.string }
    /// The bytes of that name, or `nil` where there are none.
    public func bytes(_ name: String) -> [UInt8]? { self[name]?.bytes }
    /// The 64-bit words of that name, or `nil` where there are none.
    public func words(_ name: String) -> [UInt64]? { self[name]?.words }
    /// The strings of that name (a list, or the one string), or `nil` where there are none.
    public func strings(_ name: String) -> [String]? { self[name]?.strings }

    /// The nodes that the arcs of that name reach, in order; arcs to nowhere are left out.
    public func arcs(_ name: String) -> [NodeView] {
      node.properties.compactMap { property in
        guard property.name == name, let target = property.value.target else { return nil }
        return graph.view(target)
      }
    }

    /// The nodes that `fwd` arcs reach.
    public var children: [NodeView] { arcs("fwd") }
    /// The nodes that `back` arcs reach.
    public var parents: [NodeView] { arcs("back") }

    /// The nodes of a type that `fwd` arcs reach.
    public func children(ofType type: String) -> [NodeView] { children.filter { $0.type == type } }
    /// The nodes of a type that `back` arcs reach.
    public func parents(ofType type: String) -> [NodeView] { parents.filter { $0.type == type } }
  }

  /// The node of an id, or `nil` where there is none.
  public func view(_ id: NodeID) -> NodeView? {
    guard nodes.indices.contains(id.position) else { return nil }
    return NodeView(graph: self, id: id, node: nodes[id.position])
  }

  /// The first node of type `root`, or `nil` where there is none.
  public var root: NodeView? { nodes(ofType: "root").first }

  /// Every node of a type, in the order stored.
  public func nodes(ofType type: String) -> [NodeView] {
    nodes.enumerated().compactMap { position, node in
      node.type == type ? NodeView(graph: self, id: NodeID(position), node: node) : nil
    }
  }

  /// Every node, in the order stored.
  public var views: [NodeView] {
    nodes.enumerated().map { NodeView(graph: self, id: NodeID($0.offset), node: $0.element) }
  }
}
