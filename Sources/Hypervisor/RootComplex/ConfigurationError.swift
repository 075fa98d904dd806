/// Why a machine cannot be built as asked.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of mistake it is.
  public enum Code: String, Hashable, Sendable {
    /// No domain has the number.
    case unknownDomain = "unknown_domain"
    /// No root complex has the number.
    case unknownRootComplex = "unknown_root_complex"
    /// The device handle cannot be used on this model, or is taken.
    case badHandle = "bad_handle"
    /// The window's base, size or page size cannot be used.
    case badWindow = "bad_window"
    /// The memory does not fit the address spaces or what is already there.
    case badMemory = "bad_memory"
    /// The name or BDF is taken.
    case duplicate = "duplicate"
    /// The process has no room for the table.
    case outOfMemory = "out_of_memory"
    /// The model cannot do what is asked.
    case unsupported = "unsupported"
  }

  /// What kind of mistake it is.
  public let code: Code
  /// What is wrong, where, and what would be right.
  public let message: String

  /// Makes an error of its kind and message.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
