/// A place in a source text.
public struct SourcePosition: Hashable, Sendable, CustomStringConvertible {
  /// The name of the file, as it was given or as a line marker says.
  public let file: String
  /// The line, from 1.
  public let line: Int
  /// The column in bytes, from 1.
  public let column: Int
  /// Makes a position.
  public init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }
  /// The position as `file:line:column`.
  public var description: String { "\(file):\(line):\(column)" }
}

/// A file that a text includes.
public struct IncludedFile: Hashable, Sendable {
  /// The name that messages and the file's own includes use, such as its path.
  public let name: String
  /// The content.
  public let bytes: [UInt8]
  /// Makes a file.
  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}

/// Finds the file that a text includes, by the name written there and the name of the file that
/// includes it; `nil` where there is no such file.
public typealias IncludeLoader = (_ name: String, _ includedFrom: String) -> IncludedFile?

/// Why a text is no machine description.
public struct CompileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of fault it is.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// A character that the language does not have.
    case character
    /// A string that is not closed, or an escape that is none.
    case string
    /// A number that is malformed or too large.
    case number
    /// A token where another one must stand.
    case syntax
    /// A line that starts with `#` and is no directive, or one in the wrong place.
    case directive
    /// A macro that is malformed or called wrongly.
    case macro
    /// A file that cannot be included.
    case include
    /// A label or a property that does not exist.
    case reference
    /// A value of the wrong kind.
    case kind
    /// Something that exceeds a limit of the compiler.
    case limit
    /// No node of type root.
    case noRoot = "no-root"
  }

  /// What kind of fault it is.
  public let code: Code
  /// Where it is.
  public let position: SourcePosition
  /// What is wrong and what would be right.
  public let message: String
  /// The position and the message in one line.
  public var description: String { "\(position): \(message) [\(code.rawValue)]" }
}

/// What the compiler takes at most, so that no text can make unbounded work.
public enum CompileLimit {
  /// Bytes of all files together, and of the text after preprocessing, intermediate steps included.
  public static let text = 4 << 20
  /// Files included in one another.
  public static let includeDepth = 32
  /// Macros expanded within one another, and expressions within one another.
  public static let nesting = 100
  /// Properties of all nodes together, prototypes and copies included.
  public static let properties = 1 << 18
  /// Bytes of all values together, intermediate results included.
  public static let values = 16 << 20
}
