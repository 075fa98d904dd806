/// The mode of a channel, with its number in RTS and RTR packets.
///
/// Source: FWARC 2006/571 4.3.1; 2 was reliable mode before version 3 of the text and is reserved.
public enum LDCMode: UInt8, Hashable, Sendable, CaseIterable {
  /// Packets of 64 bytes without any protocol.
  case raw = 0
  /// Fragmentation and loss detection, no retransmission.
  case unreliable = 1
  /// Acknowledgement and retransmission as well; long writes are cut into blocks.
  case reliable = 3

  /// The first byte of the payload in a packet.
  public var payloadOffset: Int {
    switch self {
    case .raw: 0
    case .unreliable: 8
    case .reliable: 16
    }
  }

  /// How many payload bytes a packet holds.
  public var payloadCapacity: Int { LDCPacket.byteCount - payloadOffset }

  /// The name in lower case.
  public var name: String {
    switch self {
    case .raw: "raw"
    case .unreliable: "unreliable"
    case .reliable: "reliable"
    }
  }
}

/// Byte 1 of a packet.
public struct LDCSubtype: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt8
  /// Makes a set of its bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Information or payload.
  public static let info = LDCSubtype(rawValue: 0x01)
  /// Acceptance, or an acknowledged id.
  public static let ack = LDCSubtype(rawValue: 0x02)
  /// Refusal.
  public static let nack = LDCSubtype(rawValue: 0x04)
}

/// What a data packet says besides its payload.
public struct LDCDataHeader: Hashable, Sendable {
  /// INFO for payload, ACK for an acknowledged id, both, or NACK.
  public var subtype: LDCSubtype
  /// Whether a message starts here.
  public var isStart: Bool
  /// Whether a message ends here.
  public var isStop: Bool
  /// Payload bytes in this packet.
  public var count: Int
  /// The sender's number of this packet.
  public var sequence: UInt32
  /// The last id that the sender has received in order; meaningful with ACK, in reliable mode.
  public var acknowledged: UInt32

  /// Makes a header of its fields.
  public init(
    subtype: LDCSubtype, isStart: Bool = false, isStop: Bool = false, count: Int = 0,
    sequence: UInt32, acknowledged: UInt32 = 0
  ) {
    self.subtype = subtype
    self.isStart = isStart
    self.isStop = isStop
    self.count = count
    self.sequence = sequence
    self.acknowledged = acknowledged
  }
}

extension LDCDataHeader {
  /// Reads the header of a data packet.
  ///
  /// - Throws: `LDCPacketError` naming the byte that has no meaning.
  @inline(__always)
  init(_ packet: LDCPacket, mode: LDCMode) throws(LDCPacketError) {
    let subtype = packet.subtype
    let isKnown =
      subtype == .info || subtype == .nack
      || mode == .reliable && (subtype == .ack || subtype == [.info, .ack])
    guard isKnown else { throw .unknownSubtype(subtype.rawValue) }
    let envelope = packet.envelope
    let count = Int(envelope & 0x3f)
    guard count <= mode.payloadCapacity else {
      throw .payloadTooLong(count: count, capacity: mode.payloadCapacity)
    }
    self.init(
      subtype: subtype, isStart: envelope & 0x40 != 0, isStop: envelope & 0x80 != 0,
      count: count, sequence: packet.sequence,
      acknowledged: mode == .reliable ? packet.acknowledged : 0)
  }

  /// The packet of this header with an empty payload; unused bytes are zero.
  @inline(__always) func packet(mode: LDCMode) -> LDCPacket {
    let envelope = UInt8(clamping: count) & 0x3f | (isStart ? 0x40 : 0) | (isStop ? 0x80 : 0)
    var packet = LDCPacket(
      type: LDCFrame.dataType, subtype: subtype, envelope: envelope, sequence: sequence)
    if mode == .reliable { packet.acknowledged = acknowledged }
    return packet
  }
}

/// The meaning of a packet in unreliable or reliable mode.
///
/// Source: FWARC 2006/571 4.3.2 and 4.3.3; byte positions as in the UltraSPARC Virtual Machine
/// Specification 28.3.2 and deployed code.
public enum LDCFrame: Hashable, Sendable {
  /// The type of a data packet.
  static let dataType: UInt8 = 0x02

  /// VERS: INFO asks, ACK accepts, NACK refuses.
  case version(LDCSubtype, ProtocolVersion)
  /// RTS: the mode number as it stands in the packet, and the sender's initial id.
  case requestToSend(mode: UInt8, sequence: UInt32)
  /// RTR: the mode number as it stands in the packet, and the sender's initial id.
  case readyToReceive(mode: UInt8, sequence: UInt32)
  /// RDX: the sender's initial id + 1.
  case readyDataExchange(sequence: UInt32)
  /// DATA.
  case data(LDCDataHeader)
  /// ERR.
  case error

  /// Reads a packet.
  ///
  /// - Throws: `LDCPacketError` naming the byte that has no meaning.
  public init(_ packet: LDCPacket, mode: LDCMode) throws(LDCPacketError) {
    switch packet.typeCode {
    case 0x01: self = try Self.control(packet)
    case Self.dataType: self = .data(try LDCDataHeader(packet, mode: mode))
    case 0x10: self = .error
    case let type: throw .unknownType(type)
    }
  }

  private static func control(_ packet: LDCPacket) throws(LDCPacketError) -> LDCFrame {
    let subtype = packet.subtype
    switch packet.controlCode {
    case 0x01:
      guard subtype == .info || subtype == .ack || subtype == .nack else {
        throw .unknownSubtype(subtype.rawValue)
      }
      let word = packet.word1.bigEndian
      return .version(
        subtype,
        ProtocolVersion(
          UInt16(truncatingIfNeeded: word &>> 48), UInt16(truncatingIfNeeded: word &>> 32)))
    case 0x02...0x04:
      guard subtype == .info else { throw .unknownSubtype(subtype.rawValue) }
      switch packet.controlCode {
      case 0x02: return .requestToSend(mode: packet.envelope, sequence: packet.sequence)
      case 0x03: return .readyToReceive(mode: packet.envelope, sequence: packet.sequence)
      default: return .readyDataExchange(sequence: packet.sequence)
      }
    case let control: throw .unknownControl(control)
    }
  }

  /// The packet of this frame with an empty payload; unused bytes are zero.
  public func packet(mode: LDCMode) -> LDCPacket {
    switch self {
    case .version(let subtype, let version):
      var packet = LDCPacket(type: 0x01, subtype: subtype, control: 0x01)
      packet.word1 =
        (UInt64(version.major) &<< 48 | UInt64(version.minor) &<< 32).bigEndian
      return packet
    case .requestToSend(let mode, let sequence):
      return LDCPacket(
        type: 0x01, subtype: .info, control: 0x02, envelope: mode, sequence: sequence)
    case .readyToReceive(let mode, let sequence):
      return LDCPacket(
        type: 0x01, subtype: .info, control: 0x03, envelope: mode, sequence: sequence)
    case .readyDataExchange(let sequence):
      return LDCPacket(type: 0x01, subtype: .info, control: 0x04, sequence: sequence)
    case .data(let header): return header.packet(mode: mode)
    case .error:
      return LDCPacket(type: 0x10, subtype: [])
    }
  }
}

extension LDCPacket {
  init(
    type: UInt8, subtype: LDCSubtype, control: UInt8 = 0, envelope: UInt8 = 0, sequence: UInt32 = 0
  ) {
    self.init()
    header =
      UInt64(type) &<< 56 | UInt64(subtype.rawValue) &<< 48 | UInt64(control) &<< 40
      | UInt64(envelope) &<< 32 | UInt64(sequence)
  }
}
