/// The kinds of element that a node block may hold.
///
/// Source: FWARC 2005/115 md-transport 2.7.2.
public enum ElementTag: UInt8, Hashable, Sendable, CaseIterable {
  /// Closes the list of nodes.
  case listEnd = 0x00
  /// An element to be skipped.
  case noOperation = 0x20
  /// Closes a node.
  case nodeEnd = 0x45
  /// Opens a node.
  case node = 0x4e
  /// An arc to a node.
  case arc = 0x61
  /// A property of bytes.
  case data = 0x64
  /// A property that is a string.
  case string = 0x73
  /// A property that is a 64-bit number.
  case value = 0x76

  /// The name that the specification uses.
  public var specificationName: String {
    switch self {
    case .listEnd: "LIST_END"
    case .noOperation: "NOOP"
    case .nodeEnd: "NODE_END"
    case .node: "NODE"
    case .arc: "PROP_ARC"
    case .data: "PROP_DATA"
    case .string: "PROP_STR"
    case .value: "PROP_VAL"
    }
  }

  /// The tag of a name that the specification uses, or `nil`.
  public init?(specificationName name: String) {
    guard let tag = Self.allCases.first(where: { $0.specificationName == name }) else { return nil }
    self = tag
  }
}

/// One 16-byte element of a node block: tag, name length, two reserved bytes, name offset, value.
public struct Element: Hashable, Sendable {
  /// The bytes of an element.
  public static let size = 16

  /// The tag byte; not every value is an `ElementTag`.
  public var tag: UInt8
  /// The length of the name without its NUL.
  public var nameLength: UInt8
  /// The reserved bytes, 0.
  public var reserved: UInt16
  /// Where the name starts in the name block.
  public var nameOffset: UInt32
  /// The number, the element index of a node, or data length (high half) and data offset (low half).
  public var value: UInt64

  /// Makes an element of its fields.
  public init(
    tag: ElementTag, nameLength: UInt8 = 0, nameOffset: UInt32 = 0, value: UInt64 = 0
  ) {
    self.tag = tag.rawValue
    self.nameLength = nameLength
    reserved = 0
    self.nameOffset = nameOffset
    self.value = value
  }

  /// Makes an element of a string or data property.
  public init(
    tag: ElementTag, nameLength: UInt8, nameOffset: UInt32, dataLength: UInt32, dataOffset: UInt32
  ) {
    self.init(
      tag: tag, nameLength: nameLength, nameOffset: nameOffset,
      value: UInt64(dataLength) << 32 | UInt64(dataOffset))
  }

  /// Takes the element that starts at `offset` of the bytes, or `nil` where they end before it does.
  init?(_ bytes: [UInt8], at offset: Int) {
    guard let key = UInt64(bigEndian: bytes, at: offset),
      let value = UInt64(bigEndian: bytes, at: offset + 8)
    else { return nil }
    tag = UInt8(truncatingIfNeeded: key >> 56)
    nameLength = UInt8(truncatingIfNeeded: key >> 48)
    reserved = UInt16(truncatingIfNeeded: key >> 32)
    nameOffset = UInt32(truncatingIfNeeded: key)
    self.value = value
  }

  /// The first 8 bytes as one number: readers find elements by comparing it.
  ///
  /// Source: FWARC 2005/115 md-info 2.2.
  public var searchKey: UInt64 {
    UInt64(tag) << 56 | UInt64(nameLength) << 48 | UInt64(reserved) << 32 | UInt64(nameOffset)
  }

  /// The length in bytes of a string's or data's bytes.
  public var dataLength: UInt32 { UInt32(truncatingIfNeeded: value >> 32) }
  /// Where a string's or data's bytes start in the data block.
  public var dataOffset: UInt32 { UInt32(truncatingIfNeeded: value) }

  /// The 16 bytes.
  public var bytes: [UInt8] { searchKey.bigEndianBytes + value.bigEndianBytes }
}

extension FixedWidthInteger where Self: UnsignedInteger {
  /// Reads a number whose high byte comes first, or `nil` where the bytes end before it does.
  init?(bigEndian bytes: [UInt8], at offset: Int) {
    let width = Self.bitWidth / 8
    guard offset >= 0, offset <= bytes.count - width else { return nil }
    self = bytes[offset..<offset + width].reduce(0) { $0 << 8 | Self($1) }
  }

  /// The bytes of the number, high byte first.
  var bigEndianBytes: [UInt8] {
    (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (Self.bitWidth - 8 - 8 * $0)) }
  }
}
