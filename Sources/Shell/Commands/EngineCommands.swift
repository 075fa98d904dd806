extension BackslashCommand {
  static let engineCommands = [
    BackslashCommand(
      name: "ls", operands: "[machines|domains|root_complexes|functions|grants|iotsbs|TYPE]",
      summary: "List what the engine has, or the objects in globals", twin: "shell.ls",
      redirects: true
    ) { context, kind in .text(try context.inventory(kind)) },
    BackslashCommand(
      name: "show", operands: "EXPRESSION", summary: "Show a value as a table of its fields",
      twin: "shell.show", redirects: true
    ) { context, expression in .text(try context.showTable(expression)) },
    BackslashCommand(
      name: "trace", operands: "[on|off]", summary: "Print hypercalls as they are made",
      twin: "shell.trace",
      details: "Machines are listened to that are in global variables when an input begins."
    ) { context, word in try context.toggle("trace", word) },
    BackslashCommand(
      name: "reset", operands: "[all]", summary: "Forget the machines; all: the whole Lua state",
      twin: "shell.reset"
    ) { context, word in
      guard word.isEmpty || word == "all" else {
        throw CommandError("'\(word)' cannot be reset; type \\reset or \\reset all")
      }
      context.pendingReset = word == "all" ? .all : .engine
      return .done
    },
    BackslashCommand(
      name: "stats", summary: "Memory and counters of Lua and of the machines",
      twin: "shell.stats", redirects: true
    ) { context, _ in .text(try context.statistics()) },
  ]
}
