import Sun4v

/// Why a case could not be run: its file is at fault, or asks for what the runner does not know.
public struct VectorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, where in the case, and what would be right.
  public let message: String
  /// Makes an error of its message.
  public init(_ message: String) { self.message = message }
  /// The message.
  public var description: String { message }
}

/// The fields of one object of a case, which remembers the ones that were read.
///
/// The rule of the vectors is that a case not fully checked is not passed. So a runner reads what it
/// knows, and after the run `finish()` reports every field of this object, and of the objects read
/// from it, that nobody asked for.
public final class VectorFields {
  /// Where the object stands in the case, such as `input.nodes[0]`; empty for the case itself.
  public let path: String
  private let fields: [String: JSONValue]
  private var read: Set<String> = []
  private var children: [String: VectorFields] = [:]

  /// Makes a reader of an object.
  public init(_ fields: [String: JSONValue], path: String = "") {
    self.fields = fields
    self.path = path
  }

  /// Whether the field is there; asking does not count as reading.
  public func has(_ key: String) -> Bool { fields[key] != nil }

  /// The names of all fields, in order, for objects whose keys are data; counts as reading them.
  public func allKeys() -> [String] {
    read.formUnion(fields.keys)
    return fields.keys.sorted()
  }

  /// The field's value as it is, or `nil` where it is absent.
  public func value(_ key: String) -> JSONValue? {
    read.insert(key)
    return fields[key]
  }

  /// The text of a field, or `nil` where it is absent; throws where it is no string.
  public func optionalString(_ key: String) throws -> String? {
    guard let value = value(key) else { return nil }
    guard case .string(let text) = value else { throw wrongKind(key, "a string", value) }
    return text
  }

  /// The text of a field that must be there.
  public func string(_ key: String) throws -> String {
    try required(key, optionalString(key))
  }

  /// The unsigned number of a field (a number or a `0x…` string), or `nil` where it is absent.
  public func optionalNumber(_ key: String) throws -> UInt64? {
    guard let value = value(key) else { return nil }
    guard let number = value.unsignedValue else {
      throw wrongKind(key, "a number or a 0x… string", value)
    }
    return number
  }

  /// The unsigned number of a field that must be there.
  public func number(_ key: String) throws -> UInt64 { try required(key, optionalNumber(key)) }

  /// The truth value of a field, or `nil` where it is absent.
  public func optionalBool(_ key: String) throws -> Bool? {
    guard let value = value(key) else { return nil }
    guard case .bool(let flag) = value else { throw wrongKind(key, "true or false", value) }
    return flag
  }

  /// The list of a field, or `nil` where it is absent.
  public func optionalArray(_ key: String) throws -> [JSONValue]? {
    guard let value = value(key) else { return nil }
    guard case .array(let values) = value else { throw wrongKind(key, "a list", value) }
    return values
  }

  /// The list of a field that must be there.
  public func array(_ key: String) throws -> [JSONValue] { try required(key, optionalArray(key)) }

  /// The list of unsigned numbers of a field that must be there.
  public func numbers(_ key: String) throws -> [UInt64] {
    try array(key).map { value in
      guard let number = value.unsignedValue else { throw wrongKind(key, "numbers only", value) }
      return number
    }
  }

  /// The list of strings of a field that must be there.
  public func strings(_ key: String) throws -> [String] {
    try array(key).map { value in
      guard case .string(let text) = value else { throw wrongKind(key, "strings only", value) }
      return text
    }
  }

  /// The object of a field, whose own fields are then watched as well; `nil` where it is absent.
  public func optionalObject(_ key: String) throws -> VectorFields? {
    guard let value = value(key) else { return nil }
    guard case .object(let object) = value else { throw wrongKind(key, "an object", value) }
    return child(object, path: at(key))
  }

  /// The object of a field that must be there.
  public func object(_ key: String) throws -> VectorFields {
    try required(key, optionalObject(key))
  }

  /// The list of objects of a field; empty where it is absent.
  public func objects(_ key: String) throws -> [VectorFields] {
    try (optionalArray(key) ?? []).enumerated().map { index, value in
      guard case .object(let object) = value else { throw wrongKind(key, "objects only", value) }
      return child(object, path: at(key) + "[\(index)]")
    }
  }

  /// The bytes of a field of hexadecimal digits that must be there.
  public func bytes(_ key: String) throws -> [UInt8] {
    let text = try string(key)
    guard let bytes = [UInt8](hexadecimalDigits: text) else {
      throw VectorError("\(at(key)): not an even number of hexadecimal digits")
    }
    return bytes
  }

  /// The fields that nobody read, here and in every object read from here, in order.
  public func unread() -> [String] {
    (fields.keys.filter { !read.contains($0) }.map(at) + children.values.flatMap { $0.unread() })
      .sorted()
  }

  /// Throws where a field was not read, naming every such field.
  public func finish() throws {
    let left = unread()
    guard left.isEmpty else {
      throw VectorError("fields that the runner does not know: \(left.joined(separator: ", "))")
    }
  }

  private func at(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private func child(_ object: [String: JSONValue], path: String) -> VectorFields {
    if let known = children[path] { return known }
    let child = VectorFields(object, path: path)
    children[path] = child
    return child
  }

  private func required<Value>(_ key: String, _ value: Value?) throws -> Value {
    guard let value else { throw VectorError("\(at(key)) is missing") }
    return value
  }

  private func wrongKind(_ key: String, _ wanted: String, _ value: JSONValue) -> VectorError {
    VectorError("\(at(key)): expected \(wanted), found \(value.text)")
  }
}

extension [UInt8] {
  /// Reads pairs of hexadecimal digits, or `nil` for an odd number of them or another character.
  public init?(hexadecimalDigits text: String) {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in text.utf8 {
      guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { return nil }
      if let first = high {
        bytes.append(first << 4 | UInt8(digit))
        high = nil
      } else {
        high = UInt8(digit)
      }
    }
    guard high == nil else { return nil }
    self = bytes
  }

  /// The bytes as pairs of lower-case hexadecimal digits.
  public var hexadecimalDigits: String {
    map { (byte: UInt8) in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}
