import Charts
import EngineBindings
import LineEditor
import Logging
import LuaRuntime

/// What the prompt, the commands and their twins in Lua share.
final class ShellContext {
  let options: RunOptions
  let environment: ProcessEnvironment
  var settings: Settings { didSet { settingsChanged() } }
  /// The log, on standard error.
  var logger: Logger
  /// The line that says how far a long operation has come.
  let progress: ProgressLine
  /// Whether there is a prompt, now or later.
  var hasPrompt = false
  /// The prompt's editor; `nil` in batch.
  var editor: LineEditor?
  /// Whether the text of the command that runs is for the screen, and not for a file or a program.
  var isForScreen = true
  /// What was typed in this run, for `\save`.
  var inputs: [String] = []
  /// Where results go instead of standard output.
  var output: OutputFile?
  /// Where messages go instead of standard error.
  var complaints: OutputFile?
  /// What is to be made new once the current input is done.
  var pendingReset: Reset?
  /// What is evaluated next, as if it had been typed.
  var pendingInput: String?
  /// What machines were called in the current input, by number.
  var machineNames: [Int: String] = [:]
  private(set) var openSession: Session?
  /// The limit for what machines hold, where there is one.
  private(set) var engineMemory: EngineMemoryLimit?

  /// What `\reset` makes new.
  enum Reset {
    /// The machines.
    case engine
    /// The Lua state with everything in it.
    case all
  }

  /// Makes the context of a run.
  init(_ options: RunOptions) {
    self.options = options
    environment = ProcessEnvironment(ignoresOwn: options.ignoresEnvironment)
    var settings = Settings()
    settings.display.format = options.format
    settings.display.color = options.color.isOn(
      isTerminal: StandardStreams.outputIsTerminal, environment)
    let wanted = environment.nonEmpty("DVMASH_LOG")
    settings.log = options.logLevel ?? wanted.flatMap(LogLevel.init) ?? .standard
    self.settings = settings
    logger = .standardError(settings.log)
    progress = ProgressLine(options.color, isQuiet: options.isQuiet, environment)
    if options.logLevel == nil, let wanted, LogLevel(rawValue: wanted) == nil {
      let levels = LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
      logger.warning("DVMASH_LOG is '\(wanted)'; levels are \(levels)")
    }
  }

  /// The state with the engine, made at the first use.
  ///
  /// Errors: `LuaFailure` for lack of memory.
  func session() throws -> Session {
    if let openSession { return openSession }
    let made = try Session(
      options, environment, canvas: { [unowned self] in canvas },
      declare: { [unowned self] registry in ShellBindings.register(in: registry, self) })
    openSession = made
    if options.memoryLimit > 0 {
      engineMemory = EngineMemoryLimit(bytes: options.memoryLimit, interrupt: made.interrupt)
    }
    observe(made)
    try ShellBindings.finish(made.state, options, isPrompt: hasPrompt)
    if let editor {
      editor.setInterruptHandler(
        LuaInterrupt.handler, context: UnsafeMutableRawPointer(made.interrupt.control))
    }
    return made
  }

  /// Closes the state; the next use makes a new one.
  func closeSession() {
    editor?.setInterruptHandler(nil)
    machineNames = [:]
    engineMemory?.end()
    engineMemory = nil
    openSession?.state.close()
    openSession = nil
  }

  /// The settings for showing a value now.
  var display: DisplaySettings {
    var display = settings.display
    if output != nil { display.color = false }
    display.width = settings.fixedWidth ?? editor?.columns ?? 80
    display.tableWidth = screenWidth
    return display
  }

  /// The width to which text is kept: that of the screen, or the one that was set; `nil` where the text
  /// goes to a file or a program, which want lines whole.
  var screenWidth: Int? {
    if let width = settings.fixedWidth { return width }
    guard output == nil, isForScreen, StandardStreams.outputIsTerminal else { return nil }
    return editor?.columns ?? StandardStreams.outputColumns
  }

  /// Throws once Ctrl-C has asked to stop what is shown.
  func checkCancelled() throws {
    if editor?.isInterrupted == true { throw LuaInterrupted() }
  }

  /// What drawings are shown on now.
  var canvas: TextCanvas {
    TextCanvas(
      columns: settings.fixedWidth ?? editor?.columns ?? StandardStreams.outputColumns ?? 80,
      isUnicode: environment.isUnicode && environment.value("TERM") != "dumb",
      isColored: display.color, measure: TextWidth.columns)
  }

  /// Shows a value in the chosen format.
  func show(_ value: LuaReference) throws { write(try text(of: value)) }

  /// A value in the chosen format, with the newline at its end.
  func text(of value: LuaReference) throws -> String {
    if let drawing = value.object as? DrawingObject, settings.display.format.isForReading {
      return drawing.text(on: canvas) + "\n"
    }
    return try ValuePrinter(
      state: try session().state, settings: display,
      poll: { [unowned self] in try checkCancelled() }
    ).text(of: value) + "\n"
  }

  /// Writes results to where they go.
  func write(_ text: String) {
    if let output { output.write(text) } else { StandardStreams.write(text) }
  }

  /// Writes a message to standard error, or where messages go.
  func complain(_ text: String) {
    if let complaints { complaints.write(text) } else { StandardStreams.complain(text) }
  }

  /// What a run that was stopped for the memory of its machines ends with; `nil` if it was not.
  ///
  /// What is garbage by then is given back, so that the next run is not stopped for it too.
  func memoryProblem(of failure: LuaFailure) -> String? {
    guard failure.kind == .interrupted, let engineMemory, engineMemory.takeExceeded() else {
      return nil
    }
    openSession?.state.collectGarbage()
    return engineMemory.message
  }

  /// Colours a text for standard error.
  func paintError(_ text: String, _ style: Style) -> String {
    let isOn = options.color.isOn(isTerminal: StandardStreams.errorIsTerminal, environment)
    return isOn ? style.paint(text) : text
  }
}
