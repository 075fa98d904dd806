import Channels
import Sun4v

/// How the vectors of channels and Domain Services write packets, modes and versions.
extension VectorFields {
  /// A number that fits a narrower type.
  func narrow<Value: FixedWidthInteger & UnsignedInteger>(_ key: String) throws -> Value {
    let number = try number(key)
    guard let value = Value(exactly: number) else {
      throw VectorError("\(path).\(key): \(number) has more than \(Value.bitWidth) bits")
    }
    return value
  }

  /// A version written as `[major, minor]`.
  func version(_ key: String) throws -> ProtocolVersion {
    guard let value = value(key) else { throw VectorError("\(path).\(key) is missing") }
    return try ProtocolVersion(vector: value, at: "\(path).\(key)")
  }

  /// A list of versions.
  func versions(_ key: String) throws -> [ProtocolVersion] {
    try array(key).map { try ProtocolVersion(vector: $0, at: "\(path).\(key)") }
  }

  /// A list of packets in hexadecimal digits.
  func packets(_ key: String) throws -> [LDCPacket] {
    try strings(key).map { try LDCPacket(vector: $0, at: "\(path).\(key)") }
  }
}

extension ProtocolVersion {
  init(vector value: JSONValue, at place: String) throws {
    guard case .array(let parts) = value, parts.count == 2,
      let major = parts[0].unsignedValue.flatMap(UInt16.init(exactly:)),
      let minor = parts[1].unsignedValue.flatMap(UInt16.init(exactly:))
    else { throw VectorError("\(place): a version is [major, minor]") }
    self.init(major, minor)
  }

  var vectorValue: JSONValue { [.integer(Int64(major)), .integer(Int64(minor))] }
}

extension LDCMode {
  init(field key: String, of fields: VectorFields) throws {
    let name = try fields.string(key)
    guard let mode = Self.allCases.first(where: { $0.name == name }) else {
      throw VectorError("\(fields.path).\(key): no mode is called \(name)")
    }
    self = mode
  }
}

extension LDCSubtype {
  private static let names: [(LDCSubtype, String)] = [
    (.info, "INFO"), (.ack, "ACK"), (.nack, "NACK"),
  ]

  init(names: [String]) throws {
    self = []
    for name in names {
      guard let entry = Self.names.first(where: { $0.1 == name }) else {
        throw VectorError("no stype is called \(name)")
      }
      insert(entry.0)
    }
  }

  var vectorNames: JSONValue {
    .array(Self.names.filter { contains($0.0) }.map { .string($0.1) })
  }
}

extension LDCPacket {
  init(vector text: String, at place: String) throws {
    guard let bytes = [UInt8](hexadecimalDigits: text), let packet = try? LDCPacket(bytes) else {
      throw VectorError("\(place): a packet has 64 bytes")
    }
    self = packet
  }

  init(field key: String, of fields: VectorFields) throws {
    try self.init(vector: fields.string(key), at: "\(fields.path).\(key)")
  }

  var hexadecimalDigits: String { bytes.hexadecimalDigits }
}
