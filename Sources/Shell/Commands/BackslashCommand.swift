/// A command of the prompt, which begins with a backslash.
struct BackslashCommand: Sendable {
  /// What came of a command.
  enum Outcome: Sendable {
    /// Text to show, which redirection, pipes and the pager take.
    case text(String)
    /// Nothing to show.
    case done
    /// Leave with a status.
    case quit(Int32)
  }

  /// The name, without the backslash.
  let name: String
  /// Further names.
  var aliases: [String] = []
  /// What may follow the name.
  var operands = ""
  /// One line.
  let summary: String
  /// What does the same in Lua.
  let twin: String
  /// What `help` says beyond that.
  var details = ""
  /// Whether `> file`, `>> file` and `| command` may stand at the end.
  var redirects = false
  /// Does it.
  let run: @Sendable (ShellContext, String) throws -> Outcome

  /// The name with the backslash and the operands.
  var synopsis: String { operands.isEmpty ? "\\\(name)" : "\\\(name) \(operands)" }

  /// All commands, sorted by name.
  static let all: [BackslashCommand] =
    (helpCommands + engineCommands + inputCommands + settingCommands).sorted { $0.name < $1.name }

  /// The command with a name or an alias.
  static func named(_ name: String) -> BackslashCommand? {
    all.first { $0.name == name || $0.aliases.contains(name) }
  }
}
