import Sun4v

/// One JSON value of a vector file, or the same shape built by a runner as what really happened.
///
/// Numbers are whole: the vectors have no others. A string `0x…` and a number compare equal where
/// they mean the same unsigned 64 bits, because the vectors write either.
public indirect enum JSONValue: Sendable, Hashable {
  /// The value `null`.
  case null
  /// A truth value.
  case bool(Bool)
  /// A number that fits 64 bits, signed.
  case integer(Int64)
  /// A number beyond the signed range, or any unsigned 64 bits.
  case unsigned(UInt64)
  /// A string.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// An object.
  case object([String: JSONValue])

  /// The unsigned 64 bits that the value means: a number of zero and above, or a `0x…` string.
  public var unsignedValue: UInt64? {
    switch self {
    case .integer(let value): UInt64(exactly: value)
    case .unsigned(let value): value
    case .string(let text) where text.hasPrefix("0x") || text.hasPrefix("0X"):
      UInt64(addressText: text)
    default: nil
    }
  }

  /// The value as compact JSON with keys in order, for messages.
  public var text: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .unsigned(let value): "\(value)"
    case .string(let value): "\"\(value)\""
    case .array(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .object(let fields):
      "{"
        + fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value.text)" }
        .joined(separator: ", ") + "}"
    }
  }

  /// Whether the value meets what a vector expects.
  ///
  /// Every field of an expected object must be there and match, others are not looked at; lists
  /// match element by element, with no element over; numbers match by value, however written.
  public func meets(_ expected: JSONValue) -> Bool {
    switch (expected, self) {
    case (.object(let wanted), .object(let actual)):
      return wanted.allSatisfy { key, value in actual[key]?.meets(value) ?? false }
    case (.array(let wanted), .array(let actual)):
      return wanted.count == actual.count && zip(actual, wanted).allSatisfy { $0.meets($1) }
    default:
      if self == expected { return true }
      guard let wanted = expected.unsignedValue else { return false }
      return unsignedValue == wanted
    }
  }
}

extension JSONValue: Decodable {
  /// Reads any JSON value; a number with a fraction is refused.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(UInt64.self) {
      self = .unsigned(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// Makes a string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// Makes a truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// Makes a number.
  public init(integerLiteral value: Int64) { self = .integer(value) }
  /// Makes a list.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// Makes an object; of two equal keys the later counts.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements) { _, later in later })
  }
}
