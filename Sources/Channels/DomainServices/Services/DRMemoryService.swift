/// `dr-mem` 1.0: adds memory to a running domain and takes it away.
///
/// Source: FWARC 2008/540, 1.2 and 1.3. The header's fields stand in another order than in `dr-cpu`:
/// u32 type, u32 number of records, u64 number of the request; then the records.
public struct DRMemoryRequest: Hashable, Sendable {
  /// The service id.
  public static let serviceID = "dr-mem"

  /// What is asked for.
  public enum Kind: UInt32, Hashable, Sendable, CaseIterable {
    /// Use these blocks.
    case configure = 0x4d43
    /// Give these blocks back.
    case unconfigure = 0x4d55
    /// How far is giving back?
    case unconfigureStatus = 0x4d53
    /// Stop giving back.
    case unconfigureCancel = 0x4d4e
    /// What of these blocks can be given back?
    case query = 0x4d51

    /// Whether the request lists blocks.
    public var hasBlocks: Bool { self != .unconfigureStatus && self != .unconfigureCancel }
  }

  /// A range of real memory.
  public struct Block: Hashable, Sendable {
    /// The real address of its first byte.
    public var address: UInt64
    /// Its length in bytes.
    public var size: UInt64

    /// Makes a block.
    public init(address: UInt64, size: UInt64) {
      self.address = address
      self.size = size
    }
  }

  /// The number of the request, chosen by the sender.
  public var request: UInt64
  /// What is asked for.
  public var kind: Kind
  /// The blocks it is asked for; empty for the kinds without.
  public var blocks: [Block]

  /// Makes a request.
  public init(request: UInt64, kind: Kind, blocks: [Block] = []) {
    self.request = request
    self.kind = kind
    self.blocks = kind.hasBlocks ? blocks : []
  }

  /// Reads a request, or returns `nil` for too few bytes or an unknown type.
  public init?(payload: [UInt8]) {
    var reader = BigEndianReader(payload)
    guard let type: UInt32 = reader.read(), let kind = Kind(rawValue: type),
      let count: UInt32 = reader.read(), let request: UInt64 = reader.read(),
      !kind.hasBlocks || UInt64(count) <= UInt64(reader.remaining / 16)
    else { return nil }
    self.init(request: request, kind: kind)
    guard kind.hasBlocks else { return }
    for _ in 0..<count {
      guard let address: UInt64 = reader.read(), let size: UInt64 = reader.read() else {
        return nil
      }
      blocks.append(Block(address: address, size: size))
    }
  }

  /// The bytes of the request.
  public var payload: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: kind.rawValue)
    bytes.append(bigEndian: UInt32(truncatingIfNeeded: blocks.count))
    bytes.append(bigEndian: request)
    for block in blocks {
      bytes.append(bigEndian: block.address)
      bytes.append(bigEndian: block.size)
    }
    return bytes
  }
}
