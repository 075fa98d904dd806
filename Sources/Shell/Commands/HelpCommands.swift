extension BackslashCommand {
  static let helpCommands = [
    BackslashCommand(
      name: "help", aliases: ["h", "?"], operands: "[topic]",
      summary: "Explain a binding, a type, a module or a command", twin: "shell.help",
      details: "Without a topic, an overview. 'name?' at the end of a line does the same.",
      redirects: true
    ) { context, topic in .text(try context.help(topic.isEmpty ? nil : topic)) },
    BackslashCommand(
      name: "apropos", operands: "WORD", summary: "Search names and summaries for a word",
      twin: "shell.apropos", redirects: true
    ) { context, word in .text(try context.apropos(word)) },
    BackslashCommand(
      name: "tutorial", summary: "First steps with the engine, to type along",
      twin: "shell.tutorial", redirects: true
    ) { _, _ in .text(HelpText.tutorial) },
  ]
}
