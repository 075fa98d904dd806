extension BackslashCommand {
  static let engineCommands = [
    BackslashCommand(
      name: "ls", operands: "[KIND]",
      summary: "List what the machines have, or the objects that globals lead to", twin: "shell.ls",
      details: "KIND is " + ShellContext.inventoryKinds.joined(separator: ", ")
        + ",\nor a type such as grant or disk.",
      redirects: true
    ) { context, kind in .text(try context.inventory(kind)) },
    BackslashCommand(
      name: "show", operands: "EXPRESSION", summary: "Show a value as a table of its fields",
      twin: "shell.show", redirects: true
    ) { context, expression in .text(try context.showTable(expression)) },
    BackslashCommand(
      name: "trace", operands: "[on|off|full]", summary: "Print hypercalls as they are made",
      twin: "shell.trace",
      details: "full gives the arguments and results their names. A machine is called by the\n"
        + "global variable that it is in, or else by its number. The log tells more than\n"
        + "hypercalls: \\set log LEVEL. With full, tracebacks of errors are whole too."
    ) { context, word in try context.toggle("trace", word) },
    BackslashCommand(
      name: "watch", operands: "[SECONDS|steps] EXPRESSION",
      summary: "Show an expression again and again, until Ctrl-C", twin: "shell.watch",
      details: "Every 2 seconds where no time is given. With steps, every machine that globals\n"
        + "lead to takes a step in between, and it ends when nothing is due any more."
    ) { context, operand in
      let (pace, expression) = WatchPace.split(operand)
      try context.runWatch(expression, pace)
      return .done
    },
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
