/// Why a graph has no binary form.
public struct BinaryWriteError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of fault it is.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// There is no node of type root.
    case noRoot = "no-root"
    /// A name is empty, longer than 255 characters, or has a NUL or a character without a byte.
    case name = "name"
    /// A string has a character outside ISO 8859-1.
    case string = "string"
    /// An arc leads to a node that does not exist.
    case arcTarget = "arc-target"
    /// The description would have more than 2^32 - 16 bytes.
    case totalSize = "total-size"
  }

  /// What kind of fault it is.
  public let code: Code
  /// The position of the node at fault, in the order written; `nil` where it is none.
  public let node: Int?
  /// What is wrong and what would be right.
  public let message: String
  /// The message.
  public var description: String { "\(message) [\(code.rawValue)]" }
}

/// Writes the binary form by the rules that reproduce Sun's bytes.
///
/// The root comes first; names are entered when first used and shared; data items start at multiples
/// of 8 and are not shared; the name block is padded to 16, the data block is not. Source: the writing
/// rules of Sun's description compiler, checked on every published description.
struct BinaryWriter {
  private var elements: [UInt8] = []
  private var names: [UInt8] = []
  private var nameOffsets: [String: (offset: UInt32, length: UInt8)] = [:]
  private var data: [UInt8] = []

  static func write(_ description: MachineDescription) throws(BinaryWriteError) -> [UInt8] {
    let ordered = description.withRootFirst()
    guard ordered.nodes.first?.type == "root" else {
      throw BinaryWriteError(
        code: .noRoot, node: nil, message: "a description needs a node of type root")
    }
    var indexes: [Int] = []
    var next = 0
    for node in ordered.nodes {
      indexes.append(next)
      next += node.properties.count + 2
    }
    indexes.append(next)
    var writer = BinaryWriter()
    for (position, node) in ordered.nodes.enumerated() {
      try writer.write(node, at: position, indexes: indexes)
    }
    writer.elements += Element(tag: .listEnd).bytes
    return try writer.assemble()
  }

  private mutating func write(
    _ node: MachineDescription.Node, at position: Int, indexes: [Int]
  ) throws(BinaryWriteError) {
    try append(.node, node.type, value: UInt64(indexes[position + 1]), in: position)
    for property in node.properties {
      switch property.value {
      case .integer(let value): try append(.value, property.name, value: value, in: position)
      case .arc(let target):
        guard target.position >= 0, target.position < indexes.count - 1 else {
          throw BinaryWriteError(
            code: .arcTarget, node: position,
            message: "the arc \(property.name) of node \(position) (\(node.type)) leads to node "
              + "\(target.position); there are \(indexes.count - 1)")
        }
        try append(.arc, property.name, value: UInt64(indexes[target.position]), in: position)
      case .string(let text):
        guard let bytes = text.latin1 else {
          throw BinaryWriteError(
            code: .string, node: position,
            message: "\(property.name) of node \(position) (\(node.type)) has characters outside "
              + "ISO 8859-1")
        }
        try append(.string, property.name, data: bytes + [0], in: position)
      case .data(let bytes): try append(.data, property.name, data: bytes, in: position)
      }
    }
    elements += Element(tag: .nodeEnd).bytes
  }

  private mutating func append(
    _ tag: ElementTag, _ name: String, data item: [UInt8], in node: Int
  ) throws(BinaryWriteError) {
    data += [UInt8](repeating: 0, count: (8 - data.count % 8) % 8)
    let value = UInt64(item.count) << 32 | UInt64(UInt32(truncatingIfNeeded: data.count))
    data += item
    try append(tag, name, value: value, in: node)
  }

  private mutating func append(
    _ tag: ElementTag, _ name: String, value: UInt64, in node: Int
  ) throws(BinaryWriteError) {
    let entry = try enter(name, in: node)
    elements +=
      Element(
        tag: tag, nameLength: entry.length, nameOffset: entry.offset, value: value
      ).bytes
    guard UInt64(elements.count + names.count + data.count) <= BinaryHeader.largestTotal else {
      throw BinaryWriteError(
        code: .totalSize, node: node, message: "the description would exceed 2^32 - 16 bytes")
    }
  }

  private mutating func enter(
    _ name: String, in node: Int
  ) throws(BinaryWriteError) -> (offset: UInt32, length: UInt8) {
    if let known = nameOffsets[name] { return known }
    guard let bytes = name.latin1, !bytes.isEmpty, let length = UInt8(exactly: bytes.count),
      !bytes.contains(0)
    else {
      throw BinaryWriteError(
        code: .name, node: node,
        message: "\"\(name)\" in node \(node) is no name: 1 to 255 ISO 8859-1 characters, no NUL")
    }
    let entry = (offset: UInt32(truncatingIfNeeded: names.count), length: length)
    names += bytes + [0]
    nameOffsets[name] = entry
    return entry
  }

  private func assemble() throws(BinaryWriteError) -> [UInt8] {
    let padding = [UInt8](repeating: 0, count: (16 - names.count % 16) % 16)
    let total = BinaryHeader.size + elements.count + names.count + padding.count + data.count
    guard UInt64(total) <= BinaryHeader.largestTotal else {
      throw BinaryWriteError(
        code: .totalSize, node: nil, message: "the description would exceed 2^32 - 16 bytes")
    }
    let header = BinaryHeader(
      nodeBlockSize: UInt32(truncatingIfNeeded: elements.count),
      nameBlockSize: UInt32(truncatingIfNeeded: names.count + padding.count),
      dataBlockSize: UInt32(truncatingIfNeeded: data.count))
    return header.bytes + elements + names + padding + data
  }
}

extension MachineDescription {
  /// The binary form; throws `BinaryWriteError` where there is none.
  public func encoded() throws(BinaryWriteError) -> [UInt8] { try BinaryWriter.write(self) }
}
