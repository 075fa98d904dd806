import LuaRuntime

/// The module `shell`: what the commands of the prompt do, for scripts.
enum ShellBindings {
  /// Declares the module.
  static func register(in registry: BindingRegistry, _ context: ShellContext) {
    registry.module("shell", "The prompt's commands, for scripts") { m in
      declareHelp(m, context)
      declareSettings(m, context)
      declareEngine(m, context)
      declareInput(m, context)
      declarePlots(m, context)
      if context.options.isTestWorker { TestWorker.declare(m) }
      if context.hasPrompt { declareExecute(m, context) }
    }
  }

  private static func declareHelp(_ m: ModuleBuilder, _ context: ShellContext) {
    m.function(
      "help", "Prints help, as \\help does",
      Parameter<LuaValue>("topic", "A name, function or object", type: LuaType.any.optional),
      documentation: .init(example: "shell.help(\"sun4v.machine\")", seeAlso: ["shell.apropos"])
    ) { [unowned context] topic in
      switch topic {
      case .function(let function) where function.reference.declaration != nil:
        if let declaration = function.reference.declaration {
          try context.page(context.pages.page(declaration))
        }
      case .object(let object): try context.page(try context.help(type(of: object).luaName))
      case .nil: try context.page(try context.help(nil))
      default:
        guard let name = topic.text else {
          throw CommandError("there is no help about a \(topic.typeName); give a name")
        }
        try context.page(try context.help(name))
      }
    }
    m.function(
      "apropos", "Prints the names whose name or summary has a word in it",
      Parameter<String>("word", "The word"),
      documentation: .init(example: "shell.apropos(\"grant\")", seeAlso: ["shell.help"])
    ) { [unowned context] word in try context.page(try context.apropos(word)) }
    m.function(
      "tutorial", "Prints first steps to type along",
      documentation: .init(example: "shell.tutorial()")
    ) { [unowned context] in try context.page(HelpText.tutorial) }
  }

  private static func declareSettings(_ m: ModuleBuilder, _ context: ShellContext) {
    m.function(
      "set", "Changes a setting, as \\set does; without arguments, prints them",
      Parameter<String?>("name", "The setting"), Parameter<String?>("value", "Its new value"),
      returns: [ResultDescription("value", LuaType.string.optional, "the value now")],
      documentation: .init(
        errors: ["command: there is no such setting, or no such value"],
        example: "shell.set(\"depth\", \"6\")\nassert(shell.set(\"depth\") == \"6\")")
    ) { [unowned context] name, value -> String? in
      guard let name else {
        context.write(context.settings.table(width: context.screenWidth) + "\n")
        return nil
      }
      if let value { try context.change(name, to: value) }
      guard let text = context.settings.text(of: name) else {
        try context.change(name, to: "")
        return nil
      }
      return text
    }
    for (name, summary) in [
      ("timing", "Prints the time of each input, or not"), ("trace", "Prints hypercalls, or not"),
    ] {
      m.function(
        name, summary, Parameter<Bool>("on", "Whether to", default: true),
        documentation: .init(example: "shell.\(name)(false)", seeAlso: ["shell.set"])
      ) { [unowned context] on in
        try context.change(name, to: on ? "on" : "off")
      }
    }
    m.function(
      "timeit", "Measures a function, repeatedly, and prints the times",
      Parameter<LuaFunction>("f", "What to measure"),
      documentation: .init(example: "shell.timeit(function() return 2 ^ 10 end)")
    ) { [unowned context] f in context.write(try context.measure { try f() }) }
  }

  private static func declareEngine(_ m: ModuleBuilder, _ context: ShellContext) {
    m.function(
      "ls", "Lists what the engine has, as \\ls does",
      Parameter<String>("kind", "machines, domains, root_complexes ...", default: ""),
      documentation: .init(example: "shell.ls(\"domains\")", seeAlso: ["shell.show"])
    ) { [unowned context] kind in try context.page(try context.inventory(kind)) }
    m.function(
      "show", "Shows the value of an expression as a table of its fields",
      Parameter<String>("expression", "The expression"),
      documentation: .init(example: "shell.show(\"{ a = 1 }\")", seeAlso: ["shell.ls"])
    ) { [unowned context] text in try context.page(try context.showTable(text)) }
    m.function(
      "watch", "Shows an expression again and again, as \\watch does",
      Parameter<String>("expression", "The expression"),
      Parameter<String>("pace", "A number of seconds, or \"steps\"", default: "2"),
      Parameter<UInt64?>("times", "How often at most; without end by default", type: .count),
      documentation: .init(
        errors: ["command: there is no such pace, or no machine to take steps"],
        example: "m = sun4v.machine {}\nm:boot()\nshell.watch(\"m.now\", \"steps\", 3)",
        seeAlso: ["shell.show", "machine:step"])
    ) { [unowned context] expression, pace, times in
      guard let chosen = WatchPace(pace) else {
        throw CommandError("'\(pace)' is no pace; it is \"steps\" or 0.01 to 86400 seconds")
      }
      try context.watch(expression, chosen, times: times ?? .max)
    }
    m.function(
      "stats", "Prints memory and counters", documentation: .init(example: "shell.stats()")
    ) { [unowned context] in try context.page(try context.statistics()) }
    m.function(
      "reset", "Forgets the machines once the input is done, or the whole Lua state",
      Parameter<Bool>("all", "Whether to make a new Lua state", default: false),
      documentation: .init(details: "At the prompt only; a script goes on as it was.")
    ) { [unowned context] all in context.pendingReset = all ? .all : .engine }
  }

  private static func declareInput(_ m: ModuleBuilder, _ context: ShellContext) {
    guard !context.options.isSandboxed else { return }
    m.function(
      "load", "Runs a file, as \\load does", Parameter<String>("file", "The file to run"),
      documentation: .init(
        details: "Like dofile, but ~/ means the home directory, and there are no results.",
        errors: ["file: the file cannot be read"], seeAlso: ["shell.save"])
    ) { [unowned context] file in try context.load(file) }
    m.function(
      "system", "Runs a command of the system, as \\! does",
      Parameter<String>("command", "The command line, for /bin/sh"),
      returns: [ResultDescription("status", .integer, "its status, or 128 and the signal")],
      documentation: .init(example: "assert(shell.system(\"exit 3\") == 3)")
    ) { [unowned context] command -> Int64 in
      let end = try context.systemForScript(command)
      return Int64(end < 0 ? 128 - end : end)
    }
    m.function(
      "save", "Saves the inputs of this run", Parameter<String>("file", "The file to write"),
      documentation: .init(errors: ["command: the file cannot be written"])
    ) { [unowned context] file in try context.save(file) }
    m.function(
      "output", "Sends results to a file, or back to the screen",
      Parameter<String>("file", "The file", default: ""),
      documentation: .init(errors: ["command: the file cannot be written"])
    ) { [unowned context] file in try context.redirect(file) }
    m.function(
      "history", "The history, as text",
      Parameter<String>("selection", "How many of the last entries, or a text", default: ""),
      documentation: .init(example: "print(shell.history(\"10\"))")
    ) { [unowned context] selection -> String in context.history(selection) }
    m.function(
      "edit", "Edits an entry of the history, which runs next",
      Parameter<String>("number", "The entry; the last without", default: "")
    ) { [unowned context] number in try context.edit(number) }
  }

  /// Declares what `os.execute` of the prompt runs programs with: `system` of the C library ignores
  /// Ctrl-C, and a loop around it could not be stopped.
  private static func declareExecute(_ m: ModuleBuilder, _ context: ShellContext) {
    m.function(
      "execute", "Runs a command of the system", Parameter<String>("command", "The command line"),
      returns: [ResultDescription("status", .integer, "its status, or minus the signal")],
      documentation: .init(details: "Only the prompt's own os.execute gets to see it.")
    ) { [unowned context] command -> Int64 in Int64(try context.systemForScript(command)) }
  }

  private static func declarePlots(_ m: ModuleBuilder, _ context: ShellContext) {
    m.function(
      "spark", "A line of blocks as high as the numbers", Parameter<[Double]>("numbers", "A list"),
      documentation: .init(example: "print(shell.spark { 1, 5, 2, 8 })", seeAlso: ["shell.hist"])
    ) { [unowned context] numbers -> String in
      Plot.spark(numbers, isUnicode: context.environment.isUnicode)
    }
    m.function(
      "hist", "A bar for each entry of a table",
      Parameter<LuaValue>("bars", "Numbers by name, or a list"),
      documentation: .init(
        errors: ["command: a value is no number"],
        example: "print(shell.hist { free = 10, granted = 30 })", seeAlso: ["shell.spark"])
    ) { [unowned context] bars -> String in
      try Plot.bars(bars, isUnicode: context.environment.isUnicode)
    }
  }

  /// Adds what is plain Lua: the words that people type without thinking.
  ///
  /// In a sandbox `os.exit` is an error from then on, since only the person at the prompt may leave, and
  /// `require` looks where the command line lets it.
  static func finish(_ state: LuaState, _ options: RunOptions, isPrompt: Bool) throws {
    if isPrompt { try state.run(words, name: "=dvmash") }
    let isSandboxed = options.isSandboxed
    if isSandboxed || options.instructionLimit > 0 { try state.run(limits, name: "=dvmash") }
    if isSandboxed { try state.run(sandbox, name: "=dvmash") }
  }

  /// What would escape a limit is an error: hooks of a script's own take the place of the one that counts,
  /// and no hook reaches a finalizer.
  private static let limits = """
    local error, rawget, type, debug = error, rawget, type, debug
    local function without_finalizers(set)
      return function(value, meta)
        if type(meta) == "table" and rawget(meta, "__gc") ~= nil then
          error("there are no finalizers (__gc) here: no limit would stop them", 2)
        end
        return set(value, meta)
      end
    end
    getmetatable(io.write()).__metatable = false
    setmetatable = without_finalizers(setmetatable)
    if debug.setmetatable then debug.setmetatable = without_finalizers(debug.setmetatable) end
    if debug.sethook then
      function debug.sethook() error("there are no hooks here: one counts instructions", 2) end
    end
    """

  /// With a path of its own, a script could open any file as a module, and the message about it says
  /// what is in it.
  private static let sandbox = """
    local error, rawset, package = error, rawset, package
    local path, find = package.path, package.searchers[2]
    function os.exit() error("there is no os.exit in a sandbox", 2) end
    package.searchers[2] = function(name)
      rawset(package, "path", path)
      return find(name)
    end
    """

  private static let words = """
    local help, loaded, quit, next, type = shell.help, package.loaded, os.exit, next, type
    local setmetatable, rawequal = setmetatable, rawequal
    local function word(text, call)
      return setmetatable({}, { __tostring = function() return text end, __call = call })
    end
    _G.help = word("type \\\\help, help(name) or name?", function(_, topic)
      if type(topic) == "table" then
        for name, module in next, loaded do
          if rawequal(module, topic) then return help(name) end
        end
      end
      return help(topic)
    end)
    _G.exit = word("type exit(), \\\\q or Ctrl-D to leave", function(_, status)
      return quit(status)
    end)
    _G.quit = _G.exit
    shell.quit = function(status) return quit(status) end

    local execute, run, length = os.execute, shell.execute, utf8.len
    shell.execute = nil
    if execute then
      function os.execute(command)
        if type(command) ~= "string" or not length(command) then return execute(command) end
        local status = run(command)
        if status < 0 then return nil, "signal", -status end
        return status == 0 or nil, "exit", status
      end
    end
    """
}
