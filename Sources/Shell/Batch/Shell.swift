import LuaRuntime

/// dvmash without a subcommand: scripts, chunks, expressions and the prompt.
public enum Shell {
  /// Does what the options ask for; the status to exit with.
  public static func run(_ options: RunOptions) -> Int32 {
    StandardStreams.useDefaultBrokenPipe()
    let environment = ProcessEnvironment(ignoresOwn: options.ignoresEnvironment)
    let hasWork =
      options.script != nil || !options.chunks.isEmpty || !options.expressions.isEmpty
    let wantsPrompt = options.isInteractive || (!hasWork && StandardStreams.inputIsTerminal)
    do {
      let session = try Session(options, environment)
      let limit = options.timeout.map { TimeLimit(seconds: $0, interrupt: session.interrupt) }
      let batch = Batch(session: session, limit: limit)
      let status = batch.run(readsInput: !hasWork && !wantsPrompt)
      session.state.close()
      return status
    } catch {
      let failure = RunFailure(error)
      StandardStreams.report(failure.report)
      return failure.status
    }
  }
}

/// Runs what the command line names, in order, and stops at the first error.
struct Batch {
  let session: Session
  let limit: TimeLimit?

  /// The status after everything ran.
  func run(readsInput: Bool) -> Int32 {
    do {
      try runAll(readsInput: readsInput)
      return ExitStatus.success.rawValue
    } catch let failure as LuaFailure {
      return status(of: failure)
    } catch {
      let failure = RunFailure(error)
      StandardStreams.report(failure.report)
      return failure.status
    }
  }

  private func runAll(readsInput: Bool) throws {
    let options = session.options
    for module in options.modules { try requireModule(module) }
    for chunk in options.chunks { try session.state.run(chunk, name: "=(command line)") }
    for expression in options.expressions { try show(expression) }
    if let script = options.script {
      try session.state.runFile(script == "-" ? nil : script, arguments: options.arguments)
    } else if readsInput {
      try session.state.runFile(nil)
    }
  }

  private func requireModule(_ module: String) throws {
    do {
      try session.require(module)
    } catch let failure as LuaFailure where failure.isMissingModule {
      throw MissingModule(message: failure.message)
    }
  }

  private func show(_ expression: String) throws {
    let values = try session.state.run("return " + expression, name: "=(command line)")
    let printer = ValuePrinter(
      state: session.state, settings: DisplaySettings(format: session.options.format))
    for value in values { StandardStreams.write(try printer.text(of: value) + "\n") }
  }

  /// Reports a failure; the status for it.
  private func status(of failure: LuaFailure) -> Int32 {
    if case .exit(let status) = failure.kind { return status & 0xFF }
    if failure.kind == .interrupted, limit?.isReached == true {
      StandardStreams.report("the time limit of --timeout is reached")
      return ExitStatus.limitReached.rawValue
    }
    StandardStreams.report(failure.report)
    return failure.exitStatus
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
