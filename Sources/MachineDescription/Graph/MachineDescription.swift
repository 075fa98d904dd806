/// A machine description: the graph of nodes by which a hypervisor tells a domain what it has.
///
/// A node has a type name and properties in order; a property is a number, a string, bytes, or an arc
/// to another node. Order of properties has no meaning to readers but is kept, so that a description
/// read and written again is the same bytes. Arcs name nodes by position, the only identity that a
/// node has. Source: FWARC 2005/115 (md-transport, md-info, md-bindings).
///
/// ```swift
/// var description = MachineDescription()
/// let root = description.addNode("root")
/// let memory = description.addNode("memory")
/// description.join(root, memory)
/// ```
public struct MachineDescription: Hashable, Sendable {
  /// The place of a node among the nodes of its description.
  public struct NodeID: Hashable, Comparable, Sendable {
    /// The position, 0 for the first node.
    public let position: Int
    /// Makes the id of a position; whether a node is there is up to the description.
    public init(_ position: Int) { self.position = position }
    /// Orders by position.
    public static func < (a: NodeID, b: NodeID) -> Bool { a.position < b.position }
  }

  /// What a property holds.
  public enum Value: Hashable, Sendable {
    /// A 64-bit number (tag `v`).
    case integer(UInt64)
    /// A string of ISO 8859-1 characters, stored with a NUL that is not part of it (tag `s`).
    case string(String)
    /// Bytes (tag `d`): big-endian 64-bit words, NUL-terminated strings back to back, or neither.
    case data([UInt8])
    /// An arc to another node (tag `a`).
    case arc(NodeID)
  }

  /// A named value of a node; names may repeat within a node.
  public struct Property: Hashable, Sendable {
    /// The name, 1 to 255 ISO 8859-1 characters.
    public var name: String
    /// The value.
    public var value: Value
    /// Makes a property.
    public init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// One node: its type name and its properties in order.
  public struct Node: Hashable, Sendable {
    /// The type name, such as `mblock`; not unique.
    public var type: String
    /// Properties and arcs in the order they are stored.
    public var properties: [Property]
    /// Makes a node.
    public init(_ type: String, _ properties: [Property] = []) {
      self.type = type
      self.properties = properties
    }
  }

  /// The nodes in the order they are stored; one that was read starts with the root.
  public internal(set) var nodes: [Node]

  /// Makes a description of nodes; arcs that name no node are reported when it is written.
  public init(nodes: [Node] = []) { self.nodes = nodes }

  /// The most characters that a name may have.
  public static let longestName = 255

  /// Whether a name is legal: 1 to 255 visible ISO 8859-1 characters without blank `/ \ ; [ ] @`.
  ///
  /// Source: FWARC 2005/115 md-transport 2.5. A reader takes other names too.
  public static func isLegalName(_ name: String) -> Bool {
    guard let bytes = name.latin1, (1...longestName).contains(bytes.count) else { return false }
    return bytes.allSatisfy { byte in
      switch byte {
      case 0x21...0x7e, 0xa1...0xff: !Self.forbiddenNameBytes.contains(byte)
      default: false
      }
    }
  }

  private static let forbiddenNameBytes = Array(#"/\;[]@"#.utf8)
}

// MARK: - Building

extension MachineDescription {
  /// Adds a node at the end and returns its id.
  @discardableResult
  public mutating func addNode(_ type: String, _ properties: [Property] = []) -> NodeID {
    nodes.append(Node(type, properties))
    return NodeID(nodes.count - 1)
  }

  /// Adds a property at the end of a node; does nothing where the node does not exist.
  public mutating func add(_ name: String, _ value: Value, to node: NodeID) {
    guard nodes.indices.contains(node.position) else { return }
    nodes[node.position].properties.append(Property(name, value))
  }

  /// Adds a number to a node.
  public mutating func add(_ name: String, _ value: UInt64, to node: NodeID) {
    add(name, .integer(value), to: node)
  }

  /// Adds a string to a node.
  public mutating func add(_ name: String, _ value: String, to node: NodeID) {
    add(name, .string(value), to: node)
  }

  /// Adds big-endian 64-bit words to a node.
  public mutating func add(_ name: String, words: [UInt64], to node: NodeID) {
    add(name, .data(words: words), to: node)
  }

  /// Adds NUL-terminated strings back to back to a node.
  public mutating func add(_ name: String, strings: [String], to node: NodeID) {
    add(name, .data(strings: strings), to: node)
  }

  /// Adds an arc from one node to another.
  public mutating func addArc(_ name: String, from node: NodeID, to target: NodeID) {
    add(name, .arc(target), to: node)
  }

  /// Adds the pair of arcs by which a parent and a child are joined: `fwd` and its inverse `back`.
  public mutating func join(_ parent: NodeID, _ child: NodeID) {
    addArc("fwd", from: parent, to: child)
    addArc("back", from: child, to: parent)
  }

  /// The description with the first node of type `root` in front and all arcs following their nodes.
  ///
  /// The order in which descriptions are written: rule 1 of Sun's description compiler.
  public func withRootFirst() -> MachineDescription {
    guard let position = nodes.firstIndex(where: { $0.type == "root" }), position != 0 else {
      return self
    }
    var moved = nodes
    moved.insert(moved.remove(at: position), at: 0)
    for index in moved.indices {
      for place in moved[index].properties.indices {
        guard case .arc(let target) = moved[index].properties[place].value else { continue }
        let old = target.position
        let new = old == position ? 0 : old >= 0 && old < position ? old + 1 : old
        moved[index].properties[place].value = .arc(NodeID(new))
      }
    }
    return MachineDescription(nodes: moved)
  }
}

extension MachineDescription.Value {
  /// Bytes made of big-endian 64-bit words.
  public static func data(words: [UInt64]) -> MachineDescription.Value {
    .data(
      words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } })
  }

  /// Bytes made of NUL-terminated strings back to back; a character outside ISO 8859-1 becomes `?`.
  public static func data(strings: [String]) -> MachineDescription.Value {
    .data(
      strings.flatMap { text in
        text.unicodeScalars.map { UInt8(exactly: $0.value) ?? UInt8(ascii: "?") } + [0]
      })
  }

  /// The number, where it is one.
  public var integer: UInt64? {
    guard case .integer(let value) = self else { return nil }
    return value
  }

  /// The string, where it is one.
  public var string: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  /// The bytes, where the value is data.
  public var bytes: [UInt8]? {
    guard case .data(let value) = self else { return nil }
    return value
  }

  /// The node an arc reaches, where the value is an arc.
  public var target: MachineDescription.NodeID? {
    guard case .arc(let value) = self else { return nil }
    return value
  }

  /// The big-endian 64-bit words of the data, where its length is a multiple of 8 above 0.
  public var words: [UInt64]? {
    guard case .data(let bytes) = self, !bytes.isEmpty, bytes.count % 8 == 0 else { return nil }
    return stride(from: 0, to: bytes.count, by: 8).map { start in
      bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  /// The strings of the data, where its last byte is NUL and no string is empty; a string property
  /// is a list of one.
  public var strings: [String]? {
    switch self {
    case .string(let text): return [text]
    case .data(let bytes):
      guard bytes.last == 0 else { return nil }
      let parts = bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false)
      guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
      return parts.map { String(latin1: $0) }
    default: return nil
    }
  }
}
