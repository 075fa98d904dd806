import Sun4v

/// One packet of a logical domain channel: 64 bytes, kept as they are on the wire.
///
/// The eight words hold the bytes in wire order, so that the bytes of the value are the packet, and
/// copying one in or out of a queue is copying 64 bytes; accessors turn the order around where they
/// must. What the bytes mean depends on the mode of the channel and is told by `LDCFrame`.
///
/// Source: FWARC 2006/571 4.3.2; UltraSPARC Virtual Machine Specification 28.3.2.
public struct LDCPacket: Hashable, Sendable {
  /// The size of every packet in bytes.
  public static let byteCount = 64

  var word0: UInt64 = 0
  var word1: UInt64 = 0
  var word2: UInt64 = 0
  var word3: UInt64 = 0
  var word4: UInt64 = 0
  var word5: UInt64 = 0
  var word6: UInt64 = 0
  var word7: UInt64 = 0

  /// A packet of zeros.
  public init() {}

  /// A packet of exactly 64 bytes.
  ///
  /// - Throws: `LDCPacketError.wrongLength` for any other number of bytes.
  public init(_ bytes: some Collection<UInt8>) throws(LDCPacketError) {
    guard bytes.count == Self.byteCount else { throw .wrongLength(bytes.count) }
    withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
  }

  /// The 64 bytes as an array.
  public var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

  /// Calls `body` with the 64 bytes.
  @inlinable public func withUnsafeBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try Swift.withUnsafeBytes(of: self, body)
  }

  /// Calls `body` with the 64 bytes, to change them in place.
  @inlinable public mutating func withUnsafeMutableBytes<Result>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try Swift.withUnsafeMutableBytes(of: &self, body)
  }

  /// The first word as a number: type, stype, ctrl, env and sequence id, from the top.
  var header: UInt64 {
    get { word0.bigEndian }
    set { word0 = newValue.bigEndian }
  }

  /// Byte 0: CTRL, DATA or ERR.
  public var typeCode: UInt8 { UInt8(truncatingIfNeeded: header &>> 56) }

  /// Byte 1: INFO, ACK, NACK.
  public var subtype: LDCSubtype {
    LDCSubtype(rawValue: UInt8(truncatingIfNeeded: header &>> 48))
  }

  /// Byte 2: which control packet.
  public var controlCode: UInt8 { UInt8(truncatingIfNeeded: header &>> 40) }

  /// Byte 3: the mode of RTS and RTR; fragment flags and byte count of data.
  public var envelope: UInt8 { UInt8(truncatingIfNeeded: header &>> 32) }

  /// Bytes 4 to 7: the sequence id.
  public var sequence: UInt32 {
    get { UInt32(truncatingIfNeeded: header) }
    set { header = header & 0xffff_ffff_0000_0000 | UInt64(newValue) }
  }

  /// Bytes 12 to 15: the acknowledged id, in reliable mode.
  public var acknowledged: UInt32 {
    get { UInt32(truncatingIfNeeded: word1.bigEndian) }
    set { word1 = UInt64(newValue).bigEndian }
  }

  /// Sets the ACK bit and the acknowledged id, for an acknowledgement that rides on data.
  mutating func acknowledge(_ sequence: UInt32) {
    header |= UInt64(LDCSubtype.ack.rawValue) &<< 48
    acknowledged = sequence
  }

  /// Puts bytes into the payload area from `offset` on; what would not fit is left out.
  mutating func setPayload(_ payload: UnsafeRawBufferPointer, at offset: Int) {
    withUnsafeMutableBytes { packet in
      let area = UnsafeMutableRawBufferPointer(rebasing: packet[min(offset, packet.count)...])
      area.copyMemory(from: UnsafeRawBufferPointer(rebasing: payload.prefix(area.count)))
    }
  }
}

/// Why bytes are not a packet of the link protocol.
public enum LDCPacketError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Not 64 bytes, but so many.
  case wrongLength(Int)
  /// Byte 0 is none of 0x01 CTRL, 0x02 DATA, 0x10 ERR.
  case unknownType(UInt8)
  /// Byte 1 is not a meaningful set of INFO, ACK and NACK for the type.
  case unknownSubtype(UInt8)
  /// Byte 2 is none of VERS, RTS, RTR, RDX.
  case unknownControl(UInt8)
  /// The byte count of a data packet, and how many bytes the mode has room for.
  case payloadTooLong(count: Int, capacity: Int)

  /// A stable name for scripts.
  public var code: String {
    switch self {
    case .wrongLength: "ldc-packet-length"
    case .unknownType: "ldc-packet-type"
    case .unknownSubtype: "ldc-packet-subtype"
    case .unknownControl: "ldc-packet-control"
    case .payloadTooLong: "ldc-packet-payload"
    }
  }

  /// What was wrong, where, and what would be right.
  public var description: String {
    switch self {
    case .wrongLength(let count): "a packet has 64 bytes, not \(count)"
    case .unknownType(let type):
      "byte 0 (type) is \(type.hexadecimal); it must be 0x1 CTRL, 0x2 DATA or 0x10 ERR"
    case .unknownSubtype(let subtype):
      "byte 1 (stype) is \(subtype.hexadecimal); it must be 0x1 INFO, 0x2 ACK or 0x4 NACK, "
        + "for data also 0x3 INFO and ACK"
    case .unknownControl(let control):
      "byte 2 (ctrl) is \(control.hexadecimal); it must be 0x1 VERS, 0x2 RTS, 0x3 RTR or 0x4 RDX"
    case .payloadTooLong(let count, let capacity):
      "byte 3 (env) counts \(count) bytes; a packet of this mode holds at most \(capacity)"
    }
  }
}
