import LuaRuntime

extension ShellContext {
  /// Changes a setting.
  func change(_ name: String, to value: String) throws(CommandError) {
    try settings.set(name, to: value)
  }

  /// Sets a switch, or turns it over where nothing is said.
  func toggle(_ name: String, _ word: String) throws(CommandError) -> BackslashCommand.Outcome {
    let next = settings.text(of: name) == "off" ? "on" : "off"
    try change(name, to: word.isEmpty ? next : word)
    return word.isEmpty ? .text("\(name) = \(next)\n") : .done
  }

  /// Runs an expression for a fifth of a second, at least three times; the times as a table.
  func measure(_ expression: String) throws -> String {
    guard !expression.isEmpty else { throw CommandError("\\timeit needs an expression") }
    let state = try session().state
    let made = try state.run("return function() return \(expression)\nend", name: "=timeit")
    guard let function = made.first else { return "" }
    return try measure { try state.call(function) }
  }

  /// Runs a body for a fifth of a second, at least three times; the times as a table.
  func measure(_ body: () throws -> Void) throws -> String {
    var times: [Double] = []
    let begin = Stopwatch()
    while times.count < 3 || (begin.wall < 0.2 && times.count < 100_000) {
      let watch = Stopwatch()
      try body()
      times.append(watch.wall)
    }
    times.sort()
    let total = begin
    return TextTable(
      columns: ["runs", "min", "median", "max", "CPU in all"],
      rows: [
        [
          "\(times.count)", Stopwatch.text(times.first ?? 0),
          Stopwatch.text(times[times.count / 2]), Stopwatch.text(times.last ?? 0),
          Stopwatch.text(total.cpu),
        ]
      ]
    ).text(width: screenWidth) + "\n"
  }
}
