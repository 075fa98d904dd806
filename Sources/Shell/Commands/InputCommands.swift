extension BackslashCommand {
  static let inputCommands = [
    BackslashCommand(
      name: "load", aliases: ["i"], operands: "FILE", summary: "Run a file", twin: "shell.load"
    ) { context, file in
      try context.load(file)
      return .done
    },
    BackslashCommand(
      name: "save", operands: "FILE", summary: "Save the inputs of this run", twin: "shell.save"
    ) { context, file in
      try context.save(file)
      return .done
    },
    BackslashCommand(
      name: "o", operands: "[FILE]", summary: "Send results to a file, or back to the screen",
      twin: "shell.output"
    ) { context, file in
      try context.redirect(file)
      return .done
    },
    BackslashCommand(
      name: "hist", operands: "[N|PATTERN]", summary: "List the history",
      twin: "shell.history", redirects: true
    ) { context, selection in .text(context.history(selection)) },
    BackslashCommand(
      name: "edit", aliases: ["e"], operands: "[N]",
      summary: "Edit the last input, or entry N of the history, and run it", twin: "shell.edit",
      details: "The editor is $VISUAL, $EDITOR or vi."
    ) { context, number in
      try context.edit(number)
      return .done
    },
    BackslashCommand(
      name: "!", operands: "COMMAND", summary: "Run a command of the system",
      twin: "shell.system"
    ) { context, command in
      let status = try context.system(command)
      return status == 0 ? .done : .text("status \(status)\n")
    },
    BackslashCommand(
      name: "quit", aliases: ["q"], operands: "[STATUS]", summary: "Leave", twin: "shell.quit"
    ) { _, status in
      guard let number = status.isEmpty ? 0 : Int32(status), (0...255).contains(number) else {
        throw CommandError("'\(status)' is no status; it is a number from 0 to 255")
      }
      return .quit(number)
    },
  ]
}
