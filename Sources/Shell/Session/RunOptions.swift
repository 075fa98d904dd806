/// What the command line asked for.
public struct RunOptions: Sendable {
  /// Modules to require first, `name` or `global=name`.
  public var modules: [String] = []
  /// Chunks to run after the modules.
  public var chunks: [String] = []
  /// Expressions to print.
  public var expressions: [String] = []
  /// The script; `-` for standard input.
  public var script: String?
  /// The words that the command line takes in place of a script, for who mistypes one.
  public var subcommands: [String] = []
  /// What follows the script.
  public var arguments: [String] = []
  /// The whole command line, from which `arg` gets its negative indices.
  public var commandLine: [String] = []
  /// A prompt afterwards, whatever happened.
  public var isInteractive = false
  /// No `DVMASH_*` and `LUA_*` variables, no rc files.
  public var ignoresEnvironment = false
  /// Warnings of scripts on standard error.
  public var showsWarnings = false
  /// The rc file in place of the usual ones.
  public var rcFile: String?
  /// No rc file.
  public var skipsRC = false
  /// No history file.
  public var skipsHistory = false
  /// No banner, no progress.
  public var isQuiet = false
  /// How results are printed.
  public var format = OutputFormat.lua
  /// When output is coloured.
  public var color = ColorChoice.auto
  /// Instructions after which a run ends; 0 for no limit.
  public var instructionLimit: UInt64 = 0
  /// Bytes that Lua may use; 0 for no limit.
  public var memoryLimit = 0
  /// Seconds after which the process ends; `nil` for no limit.
  public var timeout: Double?
  /// No files, processes, native modules or debug hooks.
  public var isSandboxed = false
  /// How much the log tells, if the command line says so.
  public var logLevel: LogLevel?
  /// Whether the process runs tests for `dvmash test`, which its script then can tell of them.
  var isTestWorker = false
  /// The seed of engine and random numbers, if it was given.
  public var seed: UInt64?

  /// Asks for nothing.
  public init() {}
}
