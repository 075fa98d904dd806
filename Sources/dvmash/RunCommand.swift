import ArgumentParser
import Shell

/// `dvmash run`, which is also what runs without a subcommand.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run scripts, chunks and expressions, or open the prompt.",
    usage: "dvmash [options] [script [args ...]]",
    discussion: """
      All -l come first, then all -e, then all -p, then the script. What follows the script \
      belongs to it; '-' is standard input. Unlike lua, -v means verbose; the version is -V.

      EXIT STATUS:
      \(ExitStatus.table)
      """)

  @Argument(
    help: "The script to run; - for standard input.", completion: .file(extensions: ["lua"]))
  var script: String?

  @Argument(parsing: .captureForPassthrough, help: "Arguments of the script.")
  var arguments: [String] = []

  @Option(
    name: .customShort("l", allowingJoined: true), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Require a module first; may be repeated.", valueName: "[global=]module"))
  var modules: [String] = []

  @Option(
    name: .customShort("e", allowingJoined: true), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Run a chunk; may be repeated.", valueName: "chunk"))
  var chunks: [String] = []

  @Option(
    name: .customShort("p", allowingJoined: true), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Evaluate and print; may be repeated.", valueName: "expression"))
  var expressions: [String] = []

  @Flag(name: .customShort("i"), help: "Open the prompt afterwards, also after an error.")
  var interactive = false

  @Flag(name: .customShort("E"), help: "Ignore DVMASH_* and LUA_* variables and rc files.")
  var ignoreEnvironment = false

  @Flag(name: .customShort("W"), help: "Turn the warnings of scripts on.")
  var warnings = false

  @Option(help: ArgumentHelp("Run this file when the prompt opens.", valueName: "file"))
  var rc: String?

  @Flag(name: .customLong("no-rc"), help: "Run no rc file.")
  var noRC = false

  @Flag(help: "Keep no history file.")
  var noHistory = false

  @Option(help: "How -p and the prompt print results: lua, json, yaml or table.")
  var format: OutputFormat = .lua

  @Option(help: "When to use colours: auto, always or never.")
  var color: ColorChoice = .auto

  @Flag(name: .shortAndLong, help: "Print no banner.")
  var quiet = false

  @Flag(
    name: .shortAndLong,
    help: "Log more on standard error; once: info, twice: debug, three times: trace.")
  var verbose: Int

  @Option(help: "What the log tells: error, warning, notice, info, debug or trace.")
  var logLevel: LogLevel?

  @Option(help: ArgumentHelp("End runs after so many instructions.", valueName: "n"))
  var maxInstructions: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Memory that Lua may use, such as 64M; machines may take as much again.", valueName: "size"))
  var maxMemory: MemorySize = .unlimited

  @Option(help: ArgumentHelp("End the process after so many seconds.", valueName: "seconds"))
  var timeout: Double?

  @Flag(help: "No files, processes, native modules or debug hooks for scripts.")
  var sandbox = false

  @Option(help: ArgumentHelp("The seed of the engine and of random numbers.", valueName: "n"))
  var seed: UInt64?

  @Flag(name: .customShort("V"), help: "Print the version.")
  var version = false

  func validate() throws {
    if let timeout, !(timeout > 0 && timeout < 1e9) {
      throw ValidationError("--timeout is \(timeout); it must be a number of seconds above 0.")
    }
  }

  func run() throws {
    if version {
      print(DVMash.version)
      return
    }
    throw ExitCode(Shell.run(options))
  }

  private var options: RunOptions {
    var options = RunOptions()
    options.modules = modules
    options.chunks = chunks
    options.expressions = expressions
    options.script = script
    options.subcommands = DVMash.visibleSubcommands
    options.arguments = arguments
    options.commandLine = CommandLine.arguments
    options.isInteractive = interactive
    options.ignoresEnvironment = ignoreEnvironment
    options.showsWarnings = warnings
    options.rcFile = rc
    options.skipsRC = noRC || ignoreEnvironment
    options.skipsHistory = noHistory
    options.isQuiet = quiet
    options.format = format
    options.color = color
    options.instructionLimit = maxInstructions
    options.memoryLimit = maxMemory.bytes
    options.timeout = timeout
    options.isSandboxed = sandbox
    options.logLevel = logLevel ?? LogLevel(verbosity: verbose)
    options.seed = seed
    return options
  }
}

extension OutputFormat: ExpressibleByArgument {}
extension ColorChoice: ExpressibleByArgument {}
extension LogLevel: ExpressibleByArgument {}
extension MemorySize: ExpressibleByArgument {}
