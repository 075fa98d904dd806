import Sun4v

/// Why bytes are not a message of Domain Services.
public enum DomainServicesError: Error, Hashable, Sendable, CustomStringConvertible {
  /// So many bytes, fewer than a header has.
  case noHeader(count: Int)
  /// The message type is none of 0 to 0xa.
  case unknownType(UInt32)
  /// The header announces more payload than came.
  case truncated(announced: UInt32, present: Int)
  /// The payload is shorter than the type needs.
  case tooShort(DomainServicesMessageType, count: Int)
  /// The service id has no NUL within its 1024 bytes, is empty, or is not ASCII.
  case badServiceName

  /// A stable name for scripts.
  public var code: String {
    switch self {
    case .noHeader: "ds-no-header"
    case .unknownType: "ds-unknown-type"
    case .truncated: "ds-truncated"
    case .tooShort: "ds-too-short"
    case .badServiceName: "ds-service-name"
    }
  }

  /// What was wrong, where, and what would be right.
  public var description: String {
    switch self {
    case .noHeader(let count): "a datagram has a header of 8 bytes; only \(count) came"
    case .unknownType(let type):
      "bytes 0 to 3 (msg_type) are \(type.hexadecimal); the types are 0x0 to 0xa"
    case .truncated(let announced, let present):
      "bytes 4 to 7 (payload_len) announce \(announced) bytes; \(present) follow"
    case .tooShort(let type, let count):
      "a payload of type \(type.rawValue.hexadecimal) has at least \(type.minimumPayload) bytes, "
        + "not \(count)"
    case .badServiceName:
      "a service id is 1 to 1023 ASCII characters and a NUL"
    }
  }
}

extension DomainServicesMessage {
  /// Writes what stands in a datagram of type DS_DATA before the service's own message.
  @inline(__always)
  static func writeDataHeader(
    _ handle: ServiceHandle, payloadBytes: Int, to writer: inout BigEndianWriter
  ) {
    writer.write(DomainServicesMessageType.data.rawValue)
    writer.write(UInt32(truncatingIfNeeded: dataHeaderLength - headerLength + payloadBytes))
    writer.write(handle.rawValue)
  }

  /// The datagram of the message.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    if case .data(_, let payload) = self {
      bytes.reserveCapacity(Self.dataHeaderLength + payload.count)
    } else {
      bytes.reserveCapacity(40)
    }
    bytes.append(bigEndian: type.rawValue)
    bytes.append(bigEndian: UInt32(0))
    switch self {
    case .initRequest(let version):
      bytes.append(bigEndian: version.major)
      bytes.append(bigEndian: version.minor)
    case .initAck(let number), .initNack(let number):
      bytes.append(bigEndian: number)
    case .registerRequest(let handle, let version, let service):
      bytes.append(bigEndian: handle.rawValue)
      bytes.append(bigEndian: version.major)
      bytes.append(bigEndian: version.minor)
      bytes.append(terminated: service)
    case .registerAck(let handle, let minor):
      bytes.append(bigEndian: handle.rawValue)
      bytes.append(bigEndian: minor)
    case .registerNack(let handle, let result, let major):
      bytes.append(bigEndian: handle.rawValue)
      bytes.append(bigEndian: result.rawValue)
      bytes.append(bigEndian: major)
    case .unregister(let handle), .unregisterAck(let handle), .unregisterNack(let handle):
      bytes.append(bigEndian: handle.rawValue)
    case .data(let handle, let payload):
      bytes.append(bigEndian: handle.rawValue)
      bytes.append(contentsOf: payload)
    case .nack(let handle, let result):
      bytes.append(bigEndian: handle.rawValue)
      bytes.append(bigEndian: result.rawValue)
    }
    let length = UInt32(truncatingIfNeeded: bytes.count - Self.headerLength)
    for index in 0..<4 {
      bytes[4 + index] = UInt8(truncatingIfNeeded: length &>> UInt32(24 - 8 * index))
    }
    return bytes
  }

  /// Reads a datagram.
  ///
  /// Bytes after the announced payload, and padding inside the payload of the fixed-size messages,
  /// are passed over.
  ///
  /// - Throws: `DomainServicesError`.
  public init(_ datagram: [UInt8]) throws(DomainServicesError) { try self.init(datagram[...]) }

  /// Reads a datagram that lies among other bytes.
  ///
  /// - Throws: `DomainServicesError`.
  public init(_ datagram: ArraySlice<UInt8>) throws(DomainServicesError) {
    if let (handle, payload) = Self.data(in: datagram) {
      self = .data(handle, payload)
      return
    }
    let (number, length) = datagram.withUnsafeBytes { bytes in
      var cursor = BigEndianCursor(bytes)
      return (cursor.read(UInt32.self), cursor.read(UInt32.self))
    }
    guard let number, let length else { throw .noHeader(count: datagram.count) }
    guard let type = DomainServicesMessageType(rawValue: number) else {
      throw .unknownType(number)
    }
    let present = datagram.count - Self.headerLength
    guard UInt64(length) <= UInt64(present) else {
      throw .truncated(announced: length, present: present)
    }
    guard length >= type.minimumPayload else { throw .tooShort(type, count: Int(length)) }
    let payload = BigEndianReader(datagram.dropFirst(Self.headerLength).prefix(Int(length)))
    guard let message = try Self(type, payload) else { throw .tooShort(type, count: Int(length)) }
    self = message
  }

  /// The handle and the service's own message in a datagram of type DS_DATA; `nil` for any other datagram,
  /// and for one that is not whole.
  @inline(__always)
  static func data(in datagram: ArraySlice<UInt8>) -> (ServiceHandle, ArraySlice<UInt8>)? {
    let header = datagram.withUnsafeBytes { bytes -> (handle: UInt64, end: Int)? in
      var cursor = BigEndianCursor(bytes)
      guard cursor.read() == DomainServicesMessageType.data.rawValue,
        let length = cursor.read(UInt32.self), UInt64(length) <= UInt64(cursor.remaining),
        Int(length) >= dataHeaderLength - headerLength, let handle = cursor.read(UInt64.self)
      else { return nil }
      return (handle, headerLength + Int(length))
    }
    guard let header else { return nil }
    let start = datagram.startIndex
    return (
      ServiceHandle(header.handle),
      datagram[(start + dataHeaderLength)..<(start + header.end)]
    )
  }

  /// Reads the payload of any message but DS_DATA; `nil` when it is too short.
  private init?(
    _ type: DomainServicesMessageType, _ payload: BigEndianReader
  ) throws(DomainServicesError) {
    var reader = payload
    switch type {
    case .initRequest:
      guard let version = Self.version(&reader) else { return nil }
      self = .initRequest(version)
    case .initAck:
      guard let minor: UInt16 = reader.read() else { return nil }
      self = .initAck(minor: minor)
    case .initNack:
      guard let major: UInt16 = reader.read() else { return nil }
      self = .initNack(major: major)
    default:
      guard let number: UInt64 = reader.read() else { return nil }
      try self.init(type, handle: ServiceHandle(number), &reader)
    }
  }

  private init?(
    _ type: DomainServicesMessageType, handle: ServiceHandle, _ reader: inout BigEndianReader
  ) throws(DomainServicesError) {
    switch type {
    case .initRequest, .initAck, .initNack, .data: return nil
    case .registerRequest:
      guard let version = Self.version(&reader) else { return nil }
      self = .registerRequest(handle, version, service: try Self.serviceName(&reader))
    case .registerAck:
      guard let minor: UInt16 = reader.read() else { return nil }
      self = .registerAck(handle, minor: minor)
    case .registerNack:
      guard let result: UInt64 = reader.read(), let major: UInt16 = reader.read() else {
        return nil
      }
      self = .registerNack(handle, DomainServicesResult(rawValue: result), major: major)
    case .unregister: self = .unregister(handle)
    case .unregisterAck: self = .unregisterAck(handle)
    case .unregisterNack: self = .unregisterNack(handle)
    case .nack:
      guard let result: UInt64 = reader.read() else { return nil }
      self = .nack(handle, DomainServicesResult(rawValue: result))
    }
  }

  private static func version(_ reader: inout BigEndianReader) -> ProtocolVersion? {
    guard let major: UInt16 = reader.read(), let minor: UInt16 = reader.read() else { return nil }
    return ProtocolVersion(major, minor)
  }

  private static func serviceName(
    _ reader: inout BigEndianReader
  ) throws(DomainServicesError) -> String {
    guard let text = reader.readTerminated(), !text.isEmpty, text.count < maximumServiceLength,
      text.allSatisfy({ $0 < 0x80 })
    else { throw .badServiceName }
    return String(decoding: text, as: UTF8.self)
  }
}
