extension BackslashCommand {
  static let settingCommands = [
    BackslashCommand(
      name: "set", operands: "[NAME [VALUE]]", summary: "List or change settings",
      twin: "shell.set"
    ) { context, operand in
      let words = operand.split(separator: " ", maxSplits: 1).map { Trim.spaces($0) }
      guard let name = words.first else {
        return .text(context.settings.table(width: context.screenWidth) + "\n")
      }
      if words.count == 2 { try context.change(name, to: words[1]) }
      guard let value = context.settings.text(of: name) else {
        try context.change(name, to: "")
        return .done
      }
      return words.count == 2 ? .done : .text("\(name) = \(value)\n")
    },
    BackslashCommand(
      name: "timing", operands: "[on|off]", summary: "Print the time that each input takes",
      twin: "shell.timing"
    ) { context, word in try context.toggle("timing", word) },
    BackslashCommand(
      name: "timeit", operands: "EXPRESSION", summary: "Measure an expression, repeatedly",
      twin: "shell.timeit", redirects: true
    ) { context, expression in .text(try context.measure(expression)) },
  ]
}
