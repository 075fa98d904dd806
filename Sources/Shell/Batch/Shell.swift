import LineEditor
import LuaRuntime
import Sun4v

/// dvmash without a subcommand: scripts, chunks, expressions and the prompt.
public enum Shell {
  /// Does what the options ask for; the status to exit with.
  public static func run(_ options: RunOptions) -> Int32 {
    StandardStreams.useDefaultBrokenPipe()
    let hasWork =
      options.script != nil || !options.chunks.isEmpty || !options.expressions.isEmpty
    let wantsPrompt = options.isInteractive || (!hasWork && StandardStreams.inputIsTerminal)
    do {
      let context = ShellContext(options)
      context.hasPrompt = wantsPrompt
      defer { context.closeSession() }
      if wantsPrompt { return try prompt(context, hasWork: hasWork) }
      return try Batch(context).run(readsInput: !hasWork).status
    } catch {
      let failure = RunFailure(error)
      let isTooLittle = (error as? LuaFailure)?.kind == .memory && options.memoryLimit > 0
      let size = ByteSize(UInt64(clamping: options.memoryLimit))
      let hint = isTooLittle ? "; --max-memory \(size) is too little to begin with" : ""
      StandardStreams.report(failure.report + hint)
      return failure.status
    }
  }

  private static func prompt(_ context: ShellContext, hasWork: Bool) throws -> Int32 {
    let history =
      context.options.skipsHistory ? nil : HistoryFile(environment: context.environment.value)
    let editor = try LineEditor(historyFile: history)
    context.editor = editor
    let batch = try Batch(context)
    if hasWork || !context.options.modules.isEmpty {
      let ended = editor.withRunning { batch.run(readsInput: false) }
      if ended.isExit { return ended.status }
    }
    let started = editor.withRunning { StartupFiles.run(context) }
    if let status = started { return status }
    return Prompt(context, editor).run()
  }
}

/// Runs what the command line names, in order, and stops at the first error.
struct Batch {
  private let context: ShellContext
  private let session: Session
  private let limit: TimeLimit?

  /// Makes the Lua state and starts the clock of `--timeout`.
  init(_ context: ShellContext) throws {
    self.context = context
    let session = try context.session()
    self.session = session
    limit = context.options.timeout.map { TimeLimit(seconds: $0, interrupt: session.interrupt) }
  }

  /// How it ended: the status, and whether a script asked to leave.
  func run(readsInput: Bool) -> (status: Int32, isExit: Bool) {
    do {
      try runAll(readsInput: readsInput)
      return (limitStatus ?? ExitStatus.success.rawValue, false)
    } catch let failure as LuaFailure {
      if case .exit(let status) = failure.kind { return (status & 0xFF, true) }
      return (report(failure), false)
    } catch {
      let failure = RunFailure(error)
      StandardStreams.report(failure.report)
      return (failure.status, false)
    }
  }

  private func runAll(readsInput: Bool) throws {
    let options = context.options
    for module in options.modules { try requireModule(module) }
    for chunk in source(options.chunks, of: "e") {
      try session.state.run(bytes: chunk, name: "=(command line)")
    }
    for expression in source(options.expressions, of: "p") {
      let values = try session.state.run(
        bytes: Array("return ".utf8) + expression, name: "=(command line)")
      for value in values { try context.show(value) }
    }
    if let script = options.script {
      let words = CommandLineWords(options)
      switch (script, words.script) {
      case ("-", _): try session.state.runFile(nil, arguments: words.arguments)
      case (_, .bytes(let name)):
        try session.state.runFile(named: name, arguments: words.arguments)
      default: try session.state.runFile(script, arguments: words.arguments)
      }
    } else if readsInput {
      try session.state.runFile(nil)
    }
  }

  /// Source text of the command line, which need not be UTF-8.
  private func source(_ texts: [String], of letter: Character) -> [[UInt8]] {
    CommandLineWords.values(texts, of: letter, in: context.options.commandLine).map { value in
      switch value {
      case .bytes(let bytes): bytes
      case .string(let text): Array(text.utf8)
      default: []
      }
    }
  }

  private func requireModule(_ module: String) throws {
    do {
      try session.require(module)
    } catch let failure as LuaFailure where failure.isMissingModule {
      throw MissingModule(message: failure.message)
    }
  }

  /// Reports a failure; the status for it.
  private func report(_ failure: LuaFailure) -> Int32 {
    if let status = limitStatus { return status }
    if let problem = context.memoryProblem(of: failure) {
      StandardStreams.report(problem)
      return ExitStatus.failure.rawValue
    }
    StandardStreams.report(failure.report + hint(failure))
    return failure.exitStatus
  }

  /// Reports a limit that was reached, also where the run itself went on without what was stopped, such as
  /// the text of a value; the status for it.
  private var limitStatus: Int32? {
    let allowed = context.options.instructionLimit
    if limit?.isReached == true {
      StandardStreams.report("the time limit of --timeout is reached")
    } else if allowed > 0, session.state.statistics.map({ $0.instructions >= allowed }) == true {
      StandardStreams.report("instruction limit reached; --max-instructions is \(allowed)")
    } else {
      return nil
    }
    return ExitStatus.limitReached.rawValue
  }

  /// What the command line has to do with a failure.
  private func hint(_ failure: LuaFailure) -> String {
    switch failure.kind {
    case .file: return subcommandHint
    case .memory where context.options.memoryLimit > 0:
      return "; --max-memory is \(ByteSize(UInt64(clamping: context.options.memoryLimit)))"
    default: return ""
    }
  }

  /// What else a script that is not there may have been meant as.
  private var subcommandHint: String {
    let options = context.options
    guard let script = options.script,
      let near = NearestName.find(script, in: options.subcommands)
    else { return "" }
    return "; did you mean 'dvmash \(near)'?"
  }
}

/// A module of `-l` that is nowhere: a file of the command line that cannot be read.
struct MissingModule: Error {
  let message: String
}

extension LuaFailure {
  /// Whether the error is that of `require` about a module that no searcher found.
  fileprivate var isMissingModule: Bool {
    kind == .runtime && message.contains("module '") && message.contains("' not found:")
  }
}
