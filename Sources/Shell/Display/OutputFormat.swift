/// How results are printed.
public enum OutputFormat: String, CaseIterable, Sendable {
  /// As Lua would write it.
  case lua
  /// JSON, one document a result.
  case json
  /// YAML, one document a result.
  case yaml
  /// Rows and columns.
  case table

  /// Whether results are for people, and not for programs.
  var isForReading: Bool { self == .lua || self == .table }
}
