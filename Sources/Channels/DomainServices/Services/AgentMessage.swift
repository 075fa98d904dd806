/// The message that all agent services share: u64 number, u32 type, u32 information, then data.
///
/// Source: FWARC 2010/058 (agents), section 3; 2009/609 for `agent-dio`.
public struct AgentMessage: Hashable, Sendable {
  /// The bytes before the data.
  public static let headerLength = 16
  /// The type of an answer that carries a result.
  public static let resultType: UInt32 = 0x8000
  /// The type of an answer that carries an error code.
  public static let errorType: UInt32 = 0x8001

  /// Why a message is refused.
  public enum ErrorCode: UInt32, Hashable, Sendable {
    /// Could not be done.
    case failed = 0
    /// Makes no sense.
    case invalid = 0x8000
    /// The type is not known.
    case notSupported = 0x8001
    /// The sender may not ask for it.
    case denied = 0x8002
  }

  /// The number of the message; an answer repeats it.
  public var number: UInt64
  /// What it is: 0x1 to 0x7fff belong to the service, 0x8000 to 0x8fff to all.
  public var type: UInt32
  /// What the type makes of it; the code in an error.
  public var information: UInt32
  /// The rest.
  public var data: [UInt8]

  /// Makes a message.
  public init(number: UInt64, type: UInt32, information: UInt32, data: [UInt8] = []) {
    self.number = number
    self.type = type
    self.information = information
    self.data = data
  }

  /// Reads a message, or returns `nil` for fewer than 16 bytes, which an agent ignores.
  public init?(payload: [UInt8]) {
    var reader = BigEndianReader(payload)
    guard let number: UInt64 = reader.read(), let type: UInt32 = reader.read(),
      let information: UInt32 = reader.read()
    else { return nil }
    self.init(
      number: number, type: type, information: information, data: [UInt8](reader.readRest()))
  }

  /// The bytes of the message.
  public var payload: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: number)
    bytes.append(bigEndian: type)
    bytes.append(bigEndian: information)
    bytes.append(contentsOf: data)
    return bytes
  }

  /// The refusal of this message.
  public func refusal(_ code: ErrorCode) -> AgentMessage {
    AgentMessage(number: number, type: Self.errorType, information: code.rawValue)
  }

  /// What an agent without types of its own answers: nothing to a message too short or to an
  /// answer, "denied" to anyone but the control domain, and "not supported" to the rest.
  public static func reply(to payload: [UInt8], fromControlDomain: Bool) -> AgentMessage? {
    guard let message = AgentMessage(payload: payload), message.type != resultType,
      message.type != errorType
    else { return nil }
    return message.refusal(fromControlDomain ? .notSupported : .denied)
  }
}
