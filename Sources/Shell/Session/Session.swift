import Charts
import EngineBindings
import LuaRuntime

/// One Lua state with the engine and the shell in it.
final class Session {
  let options: RunOptions
  let environment: ProcessEnvironment
  let state: LuaState
  let interrupt: LuaInterrupt
  let engine: EngineBindings.Environment

  /// Builds the state.
  ///
  /// Errors: `LuaFailure` for lack of memory.
  init(
    _ options: RunOptions, _ environment: ProcessEnvironment,
    canvas: @escaping () -> TextCanvas = { TextCanvas() },
    declare: (BindingRegistry) -> Void = { _ in }
  ) throws {
    self.options = options
    self.environment = environment
    let engine = EngineBindings.Environment(seed: options.seed ?? 0)
    engine.canvas = canvas
    engine.allowsFiles = !options.isSandboxed
    self.engine = engine
    let registry = BindingRegistry()
    EngineBindings.register(in: registry, engine)
    declare(registry)
    let configuration = LuaConfiguration(
      memoryLimit: options.memoryLimit, instructionLimit: options.instructionLimit,
      isSandboxed: options.isSandboxed)
    state = try environment.withoutLuaVariables {
      try LuaState(registry: registry, configuration: configuration)
    }
    guard let interrupt = state.interrupt else {
      throw LuaBindingError(code: "internal", message: "the Lua state cannot be interrupted")
    }
    self.interrupt = interrupt
    engine.isInterrupted = { [interrupt] in interrupt.isRequested }
    state.showWarnings(options.showsWarnings)
    try prepare()
  }

  private func prepare() throws {
    let script = options.script.flatMap { $0 == "-" ? nil : $0 }
    let folders = ModulePath.folders(script: script, environment: environment)
    try state.run(
      "package.path = (...) .. package.path", name: "=dvmash",
      arguments: [ModulePath.prefix(folders)])
    if let seed = options.seed {
      try state.run(
        "math.randomseed(...)", name: "=dvmash", arguments: [Int64(bitPattern: seed)])
    }
    let words = CommandLineWords(options)
    try state.setArguments(script: words.script, words.arguments, before: words.before)
  }

  /// Requires a module of `-l`: `name`, or `global=name`.
  func require(_ module: String) throws {
    let parts = module.split(separator: "=", maxSplits: 1).map(String.init)
    try state.run(
      "local global, name = ... _G[global] = require(name)", name: "=(command line)",
      arguments: parts.count == 2 ? parts : [module, module])
  }
}
