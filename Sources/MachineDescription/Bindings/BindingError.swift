import Sun4v

/// Why a graph does not describe what a binding wants of it.
public struct BindingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of fault it is.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// A node that must be there is not.
    case missingNode = "missing-node"
    /// A property that must be there is not.
    case missingProperty = "missing-property"
    /// A property is of another kind, such as a string for a number.
    case wrongKind = "wrong-kind"
    /// A property's value is not one that the binding allows.
    case badValue = "bad-value"
    /// The description's content version is one that cannot be read.
    case contentVersion = "content-version"
  }

  /// What kind of fault it is.
  public let code: Code
  /// The type and position of the node at fault, such as `iodevice (node 17)`; `nil` for the whole.
  public let node: String?
  /// What is wrong and what would be right.
  public let message: String
  /// The node and the message in one line.
  public var description: String {
    (node.map { "\($0): " } ?? "") + "\(message) [\(code.rawValue)]"
  }
}

/// Takes typed values out of a node and says clearly what is missing.
struct PropertyReader {
  let view: MachineDescription.NodeView

  init(_ view: MachineDescription.NodeView) { self.view = view }

  func error(_ code: BindingError.Code, _ message: String) -> BindingError {
    BindingError(code: code, node: "\(view.type) (node \(view.id.position))", message: message)
  }

  func optionalInteger(_ name: String) throws(BindingError) -> UInt64? {
    guard let value = view[name] else { return nil }
    guard let integer = value.integer else {
      throw error(.wrongKind, "\(name) is \(value.kindName); it must be a number")
    }
    return integer
  }

  func integer(_ name: String) throws(BindingError) -> UInt64 {
    try required(name, "a number", optionalInteger(name))
  }

  func optionalString(_ name: String) throws(BindingError) -> String? {
    guard let value = view[name] else { return nil }
    guard let string = value.string else {
      throw error(.wrongKind, "\(name) is \(value.kindName); it must be a string")
    }
    return string
  }

  func string(_ name: String) throws(BindingError) -> String {
    try required(name, "a string", optionalString(name))
  }

  func optionalStrings(_ name: String) throws(BindingError) -> [String]? {
    guard let value = view[name] else { return nil }
    guard let strings = value.strings else {
      throw error(.wrongKind, "\(name) is \(value.kindName); it must be a list of strings")
    }
    return strings
  }

  /// Words in groups of `group`; the whole property has as many groups as `groups` allows.
  func optionalWords(
    _ name: String, group: Int, groups: ClosedRange<Int>
  ) throws(BindingError) -> [[UInt64]]? {
    guard let value = view[name] else { return nil }
    guard let words = value.words else {
      throw error(.wrongKind, "\(name) is \(value.kindName); it must be 64-bit words")
    }
    guard words.count % group == 0, groups.contains(words.count / group) else {
      let most = groups.upperBound == .max ? "more" : "\(groups.upperBound)"
      let count =
        groups.lowerBound == groups.upperBound
        ? "\(groups.lowerBound)" : "\(groups.lowerBound) to \(most)"
      throw error(
        .badValue,
        "\(name) has \(words.count) words; \(count) group(s) of \(group) are right")
    }
    return stride(from: 0, to: words.count, by: group).map { Array(words[$0..<$0 + group]) }
  }

  func words(
    _ name: String, group: Int, groups: ClosedRange<Int>
  ) throws(BindingError) -> [[UInt64]] {
    try required(name, "64-bit words", optionalWords(name, group: group, groups: groups))
  }

  private func required<Found>(
    _ name: String, _ kind: String, _ value: Found?
  ) throws(BindingError) -> Found {
    guard let value else {
      throw error(.missingProperty, "the property \(name) is missing; it must be \(kind)")
    }
    return value
  }
}

extension MachineDescription.Value {
  /// What the value is, for messages.
  var kindName: String {
    switch self {
    case .integer: "a number"
    case .string: "a string"
    case .data(let bytes): "\(bytes.count) bytes of data"
    case .arc: "an arc"
    }
  }
}
