/// The 16 bytes in front of a binary machine description: version and the sizes of its three blocks.
///
/// Source: FWARC 2005/115 md-transport 2.4.
public struct BinaryHeader: Hashable, Sendable {
  /// The bytes of a header.
  public static let size = 16
  /// The major version that readers of this format know.
  public static let supportedMajor: UInt16 = 1
  /// The most bytes that a description may have in all.
  public static let largestTotal: UInt64 = 0xffff_fff0

  /// The high half of the transport version.
  public var transportMajor: UInt16
  /// The low half of the transport version; a reader takes any.
  public var transportMinor: UInt16
  /// Bytes of the node block.
  public var nodeBlockSize: UInt32
  /// Bytes of the name block.
  public var nameBlockSize: UInt32
  /// Bytes of the data block.
  public var dataBlockSize: UInt32

  /// Makes a header of transport version 1.0.
  public init(nodeBlockSize: UInt32, nameBlockSize: UInt32, dataBlockSize: UInt32) {
    transportMajor = Self.supportedMajor
    transportMinor = 0
    self.nodeBlockSize = nodeBlockSize
    self.nameBlockSize = nameBlockSize
    self.dataBlockSize = dataBlockSize
  }

  /// Takes the header from the front of the bytes, or `nil` where there are fewer than 16.
  public init?(_ bytes: [UInt8]) {
    guard let version = UInt32(bigEndian: bytes, at: 0),
      let nodes = UInt32(bigEndian: bytes, at: 4),
      let names = UInt32(bigEndian: bytes, at: 8), let data = UInt32(bigEndian: bytes, at: 12)
    else { return nil }
    self.init(nodeBlockSize: nodes, nameBlockSize: names, dataBlockSize: data)
    transportMajor = UInt16(truncatingIfNeeded: version >> 16)
    transportMinor = UInt16(truncatingIfNeeded: version)
  }

  /// Both halves of the transport version as one number.
  public var transportVersion: UInt32 { UInt32(transportMajor) << 16 | UInt32(transportMinor) }
  /// Where the node block starts.
  public var nodeBlockOffset: Int { Self.size }
  /// Where the name block starts.
  public var nameBlockOffset: Int { Self.size + Int(nodeBlockSize) }
  /// Where the data block starts.
  public var dataBlockOffset: Int { nameBlockOffset + Int(nameBlockSize) }
  /// The bytes of the whole description.
  public var total: Int { dataBlockOffset + Int(dataBlockSize) }

  /// The 16 bytes.
  public var bytes: [UInt8] {
    transportVersion.bigEndianBytes + nodeBlockSize.bigEndianBytes + nameBlockSize.bigEndianBytes
      + dataBlockSize.bigEndianBytes
  }
}

/// Where the parts of a graph stand in the bytes they were read from.
public struct BinaryLayout: Hashable, Sendable {
  /// The header.
  public let header: BinaryHeader
  /// The element index of each node's NODE element, by position of the node.
  public internal(set) var nodeElements: [Int] = []
  /// The link stored in each NODE element: the element index of the next node or of the list end.
  public internal(set) var nodeLinks: [UInt64] = []
  /// The element index of each property, by position of the node and of the property.
  public internal(set) var propertyElements: [[Int]] = []
  /// The element index of the list end.
  public internal(set) var listEndElement = 0

  /// The number of 16-byte elements in the node block.
  public var elementCount: Int { Int(header.nodeBlockSize) / Element.size }

  /// The byte offset of an element.
  public static func offset(ofElement index: Int) -> Int {
    BinaryHeader.size + index * Element.size
  }

  /// The byte offset of a node's NODE element, or of the node block where there is no such node.
  public func offset(of node: MachineDescription.NodeID) -> Int {
    guard nodeElements.indices.contains(node.position) else { return BinaryHeader.size }
    return Self.offset(ofElement: nodeElements[node.position])
  }

  /// The byte offset of a node's property by place; of the node where there is no such property.
  public func offset(of node: MachineDescription.NodeID, property: Int) -> Int {
    guard propertyElements.indices.contains(node.position),
      propertyElements[node.position].indices.contains(property)
    else { return offset(of: node) }
    return Self.offset(ofElement: propertyElements[node.position][property])
  }
}
