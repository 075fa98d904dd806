import Charts
import EngineBindings
import LineEditor
import LuaRuntime

/// What the prompt, the commands and their twins in Lua share.
final class ShellContext {
  let options: RunOptions
  let environment: ProcessEnvironment
  var settings: Settings
  /// Whether there is a prompt, now or later.
  var hasPrompt = false
  /// The prompt's editor; `nil` in batch.
  var editor: LineEditor?
  /// What was typed in this run, for `\save`.
  var inputs: [String] = []
  /// Where results go instead of standard output.
  var output: OutputFile?
  /// What is to be made new once the current input is done.
  var pendingReset: Reset?
  /// What is evaluated next, as if it had been typed.
  var pendingInput: String?
  /// The machines that \trace listens to, by their identity.
  var traced: Set<UInt> = []
  private var current: Session?

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
    settings = Settings()
    settings.display.format = options.format
    settings.display.color = options.color.isOn(
      isTerminal: StandardStreams.outputIsTerminal, environment)
  }

  /// The state with the engine, made at the first use.
  ///
  /// Errors: `LuaFailure` for lack of memory.
  func session() throws -> Session {
    if let current { return current }
    let made = try Session(
      options, environment, canvas: { [unowned self] in canvas },
      declare: { [unowned self] registry in ShellBindings.register(in: registry, self) })
    current = made
    try ShellBindings.finish(made.state, isPrompt: hasPrompt)
    if let editor {
      editor.setInterruptHandler(
        LuaInterrupt.handler, context: UnsafeMutableRawPointer(made.interrupt.control))
    }
    return made
  }

  /// Closes the state; the next use makes a new one.
  func closeSession() {
    editor?.setInterruptHandler(nil)
    traced = []
    current?.state.close()
    current = nil
  }

  /// The settings for showing a value now.
  var display: DisplaySettings {
    var display = settings.display
    if output != nil { display.color = false }
    display.width = settings.fixedWidth ?? editor?.columns ?? 80
    return display
  }

  /// What drawings are shown on now.
  var canvas: TextCanvas {
    TextCanvas(
      columns: settings.fixedWidth ?? editor?.columns ?? StandardStreams.outputColumns ?? 80,
      isUnicode: environment.isUnicode && environment.value("TERM") != "dumb",
      isColored: display.color, measure: TextWidth.columns)
  }

  /// Shows a value in the chosen format.
  func show(_ value: LuaReference) throws {
    if let drawing = value.object as? DrawingObject, settings.display.format.isForReading {
      return write(drawing.text(on: canvas) + "\n")
    }
    let printer = ValuePrinter(state: try session().state, settings: display)
    write(try printer.text(of: value) + "\n")
  }

  /// Writes results to where they go.
  func write(_ text: String) {
    if let output { output.write(text) } else { StandardStreams.write(text) }
  }

  /// Colours a text for standard error.
  func paintError(_ text: String, _ style: Style) -> String {
    let isOn = options.color.isOn(isTerminal: StandardStreams.errorIsTerminal, environment)
    return isOn ? style.paint(text) : text
  }
}
