import LineEditor
import LuaRuntime

/// The prompt: reads, evaluates, prints.
final class Prompt {
  private let context: ShellContext
  private let editor: LineEditor
  private var block: [String] = []
  /// What was evaluated last.
  private var input = ""
  private var warnsOfLocals = true
  private var hasFailed = false

  init(_ context: ShellContext, _ editor: LineEditor) {
    self.context = context
    self.editor = editor
    editor.setCompleter { [unowned self] request in
      Completing(context: self.context, block: self.block).complete(request)
    }
  }

  /// Reads until the end; the status to leave with.
  func run() -> Int32 {
    if !context.options.isQuiet { printBanner() }
    if let problem = editor.historyProblem { complain("dvmash: \(problem.message)") }
    while true {
      if let input = context.pendingInput {
        context.pendingInput = nil
        StandardStreams.write(VisibleText.multiline(input) + "\n")
        if let status = accept(input) { return status }
        continue
      }
      switch editor.readLine(prompt: promptText()) {
      case .cancelled: block = []
      case .endOfFile:
        guard block.isEmpty else {
          unfinished()
          if editor.isTerminal { continue }
          return finalStatus
        }
        return finalStatus
      case .line(let line):
        if let status = accept(line) { return status }
      }
    }
  }

  private var finalStatus: Int32 {
    let isStrict = context.environment.value("DVMASH_STRICT") == "1"
    return (isStrict && hasFailed ? ExitStatus.failure : .success).rawValue
  }

  private func printBanner() {
    complain(
      "dvmash \(DVMashVersion.text), Lua 5.4, sun4v models t1, t2 and atu; \\help for help")
  }

  // MARK: - Lines

  /// Takes a line; the status to leave with, if it says to.
  func accept(_ line: String) -> Int32? {
    guard block.isEmpty else { return acceptContinuation(line) }
    let text = Trim.spaces(line)
    if text.isEmpty { return nil }
    if text.hasPrefix("\\") {
      // A paste can have a command and more behind it; a command is a line.
      let lines = text.split(separator: "\n", maxSplits: 1).map(String.init)
      remember(lines[0])
      if let status = perform(lines[0]) { return status }
      return lines.count > 1 ? accept(lines[1]) : nil
    }
    if let topic = String(helpRequest: text) {
      remember(text)
      attempt { try self.context.deliver(try self.context.help(topic), to: .screen) }
      return nil
    }
    return acceptChunk(line)
  }

  private func acceptContinuation(_ line: String) -> Int32? {
    switch Trim.spaces(line) {
    case "\\c": block = []
    case "\\p":
      StandardStreams.write(block.map { VisibleText.multiline($0) + "\n" }.joined())
    case "\\e":
      let typed = block.joined(separator: "\n")
      attempt {
        let text = try self.context.edited(typed)
        self.block = []
        self.context.pendingInput = text
      }
    case let command where command.hasPrefix("\\") && !canContinue(with: line):
      complain("in a block there are \\c to drop it, \\p to show it and \\e to edit it")
    default: return acceptChunk(line)
    }
    return nil
  }

  /// Whether the block with one more line is Lua, or the beginning of it: not with a command, unless a
  /// long string is open.
  private func canContinue(with line: String) -> Bool {
    let buffer = (block + [line]).joined(separator: "\n")
    guard let state = (try? context.session())?.state,
      let isIncomplete = try? state.isIncomplete(buffer), !isIncomplete
    else { return true }
    return (try? state.syntaxError(buffer)) == nil
  }

  private func acceptChunk(_ line: String) -> Int32? {
    block.append(line)
    let buffer = block.joined(separator: "\n")
    do {
      if try context.session().state.isIncomplete(buffer) { return nil }
    } catch {
      block = []
      return fail(error)
    }
    block = []
    remember(buffer)
    return evaluate(buffer)
  }

  /// The message about a block that the end of input cuts off.
  private func unfinished() {
    let buffer = block.joined(separator: "\n")
    block = []
    let message = try? context.session().state.syntaxError(buffer)
    complain(VisibleText.multiline((message ?? nil) ?? "unfinished input"))
    hasFailed = true
  }

  private func remember(_ text: String) {
    context.inputs.append(text)
    guard context.settings.history else { return }
    do throws(HistoryError) {
      try editor.remember(text)
    } catch {
      complain("dvmash: \(error.message)")
    }
  }

  // MARK: - Running

  private func evaluate(_ buffer: String) -> Int32? {
    if warnsOfLocals, let name = (try? context.session())?.state.vanishingLocal(in: buffer) {
      warnsOfLocals = false
      complain("note: local '\(name)' is gone after its input; leave 'local' out to keep it")
    }
    input = buffer
    let watch = Stopwatch()
    defer {
      if context.settings.timing {
        complain("time \(Stopwatch.text(watch.wall)), CPU \(Stopwatch.text(watch.cpu))")
      }
    }
    do {
      try editor.withRunning {
        context.machineNames = [:]
        let state = try context.session().state
        guard case .results(let values) = try state.evaluate(buffer) else { return }
        try keep(values, in: state)
        guard context.settings.echo, !Trim.spaces(buffer).hasSuffix(";") else { return }
        try context.page(try values.map(context.text).joined())
      }
      try context.performReset()
      return reportOutput()
    } catch {
      return fail(error)
    }
  }

  /// Writes what is buffered; the status to leave with, if standard output takes nothing any more.
  private func reportOutput() -> Int32? {
    do { try context.output?.finish() } catch {
      context.output = nil
      let message = error.message + "; results are shown here again"
      complain(context.paintError(message, .error))
      hasFailed = true
    }
    guard let problem = StandardStreams.flush() else { return nil }
    complain("dvmash: \(problem)")
    return ExitStatus.cannotWrite.rawValue
  }

  /// Sets `_` and `_all`.
  private func keep(_ values: [LuaReference], in state: LuaState) throws {
    guard !values.isEmpty else { return }
    let arguments: [any LuaResult] = [values.count] + values
    try state.run(
      "local n = ... local function pack(_, ...) _ENV._ = (...) _all = { n = n, ... } end pack(...)",
      name: "=dvmash", arguments: arguments)
  }

  /// Runs a command that begins with a backslash.
  private func perform(_ text: String) -> Int32? {
    var line = CommandLineText(text)
    guard let command = BackslashCommand.named(line.name) else {
      complain(unknownCommand(line.name))
      hasFailed = true
      return nil
    }
    var status: Int32?
    attempt {
      let destination = command.redirects ? try line.takeDestination() : .screen
      self.context.isForScreen = destination == .screen
      defer { self.context.isForScreen = true }
      let outcome = try self.editor.withRunning {
        try command.run(self.context, line.operand)
      }
      switch outcome {
      case .done: break
      case .quit(let number): status = number
      case .text(let text): try self.context.deliver(text, to: destination)
      }
      try self.context.performReset()
    } leaving: {
      status = $0
    }
    return status ?? reportOutput()
  }

  private func unknownCommand(_ name: String) -> String {
    if ["c", "p"].contains(name) {
      return "\\\(name) is for a block of several lines, and there is none"
    }
    let names = BackslashCommand.all.map(\.name)
    let hint = NearestName.find(name, in: names).map { "did you mean \\\($0)? " } ?? ""
    return "there is no command \\\(VisibleText.line(name)); \(hint)\\help lists them"
  }

  private func attempt(_ body: () throws -> Void, leaving: (Int32) -> Void = { _ in }) {
    do { try body() } catch {
      if let status = fail(error) { leaving(status) }
    }
  }

  /// Reports an error; the status to leave with, if it is `os.exit`.
  private func fail(_ error: any Error) -> Int32? {
    if let problem = StandardStreams.flush() { complain("dvmash: \(problem)") }
    if let failure = error as? LuaFailure {
      if case .exit(let status) = failure.kind { return status & 0xFF }
      let report = context.memoryProblem(of: failure) ?? promptReport(failure)
      complain(context.paintError(report, .error))
    } else {
      complain(context.paintError(RunFailure(error).report, .error))
    }
    hasFailed = true
    return nil
  }

  private func complain(_ message: String) { context.complain(message + "\n") }

  /// The report at the prompt: without a traceback that only leads to the prompt itself, and with what
  /// a name that leads to nothing may have been meant as.
  private func promptReport(_ failure: LuaFailure) -> String {
    let state = try? context.session().state
    let hint = state.map { MissingName.hint(failure.message, input: input, $0) } ?? ""
    let message = VisibleText.multiline(failure.message + hint)
    let frames = failure.traceback?.split(separator: "\n") ?? []
    let own = frames.dropFirst().filter { !$0.contains("[C]: in ") && !$0.contains("stdin:") }
    guard let traceback = failure.traceback, !own.isEmpty || frames.count > 3 else {
      return message
    }
    return message + "\n" + VisibleText.multiline(traceback)
  }

  // MARK: - The prompt's text

  func promptText() -> String {
    let isFirst = block.isEmpty
    if let custom = customPrompt(isFirst ? "_PROMPT" : "_PROMPT2") { return custom }
    let primary = "dvmash> "
    return isFirst ? primary : String(repeating: " ", count: primary.count - 3) + ">> "
  }

  private func customPrompt(_ name: String) -> String? {
    guard let state = try? context.session().state, let value = try? state.global(name),
      value.kind != .nil
    else { return nil }
    var shown = value
    if value.kind == .function {
      let results = try? editor.withRunning { try state.call(value) }
      if editor.interruptions > 0 { complain("") }
      guard let first = results?.first else { return nil }
      shown = first
    }
    return PromptText.shown(
      state.guardedText(shown), isDumb: context.environment.value("TERM") == "dumb")
  }
}
