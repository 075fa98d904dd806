/// A rule that machine descriptions are checked against.
public struct LintRule: Hashable, Sendable {
  /// How much a finding matters.
  public enum Severity: String, Hashable, Sendable, CaseIterable {
    /// The description breaks the format or a binding: software that reads it may fail.
    case error
    /// Legal or long-established, but software may trip over it.
    case warning
    /// A departure from the letter of the specification that every real producer makes.
    case note
  }

  /// The stable name of the rule, such as `arc-target`.
  public let id: String
  /// How much a finding matters.
  public let severity: Severity
  /// What is demanded, in one sentence, with its source.
  public let summary: String
  /// Whether a description that breaks the rule cannot be read at all.
  public let refusesReading: Bool

  /// Makes a rule.
  init(_ id: String, _ severity: Severity, refusesReading: Bool = false, _ summary: String) {
    self.id = id
    self.severity = severity
    self.summary = summary
    self.refusesReading = refusesReading
  }

  /// Every rule, in order of subject: the binary form, the graph, then the bindings.
  public static let all: [LintRule] =
    binaryForm + graphShape + memoryBindings + deviceBindings + channelBindings + hypervisorBindings
}

/// One place where a description breaks a rule.
public struct LintFinding: Hashable, Sendable {
  /// The rule that is broken.
  public let rule: LintRule
  /// The byte offset in the file of the field, element or data that is at fault.
  public let offset: Int
  /// The type and element index of the node concerned, such as `mblock@296`; `nil` outside nodes.
  public let node: String?
  /// What is wrong and what would be right.
  public let message: String

  /// The finding in one line.
  public var line: String {
    let place = node.map { " \($0)" } ?? ""
    return "\(offset):\(place) \(rule.severity.rawValue): \(message) [\(rule.id)]"
  }
}
