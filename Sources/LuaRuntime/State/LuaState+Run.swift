import CLua

/// Why a run did not end normally.
public struct LuaFailure: Error {
  /// The ways to end.
  public enum Kind: Hashable, Sendable {
    /// An error that nobody caught.
    case runtime
    /// The text is not Lua; `message` ends in `<eof>` if it only ends too early.
    case syntax
    /// A file cannot be read.
    case file
    /// The memory limit, or the memory of the machine.
    case memory
    /// An interrupt was asked for.
    case interrupted
    /// The instruction limit.
    case instructionLimit
    /// `os.exit`, with the status to exit with (0 to 255).
    case exit(Int32)
  }

  /// How it ended.
  public let kind: Kind
  /// One line or more: what happened, for people.
  public let message: String
  /// The stack at the point of the error, without frames of the host.
  public let traceback: String?
  /// The error value itself, which belongs to the thread of its state.
  nonisolated(unsafe) public let value: LuaReference?

  init(
    kind: Kind, message: String, traceback: String? = nil, value: LuaReference? = nil
  ) {
    self.kind = kind
    self.message = message
    self.traceback = traceback
    self.value = value
  }
}

extension LuaState {
  /// Runs a chunk of text with the arguments as its `...`.
  ///
  /// `name` is what messages call it: a file name after `@`, a title after `=`.
  /// Errors: `LuaFailure`.
  @discardableResult
  public func run(
    _ source: String, name: String = "=lua", arguments: [any LuaResult] = []
  ) throws -> [LuaReference] {
    try run(bytes: Array(source.utf8), name: name, arguments: arguments)
  }

  /// Runs a chunk of text given as bytes, which need not be UTF-8.
  @discardableResult
  public func run(
    bytes: [UInt8], name: String = "=lua", arguments: [any LuaResult] = []
  ) throws -> [LuaReference] {
    let pointer = try pointer()
    encode(arguments)
    var outcome = clua_outcome()
    (bytes + [0]).withUnsafeBytes { source in
      let start = source.baseAddress?.assumingMemoryBound(to: CChar.self)
      clua_run(pointer, start, bytes.count, name, UInt32(arguments.count), &outcome)
    }
    return try results(of: outcome)
  }

  /// Runs a file of text, or standard input for `nil`; a first line with `#` and a byte order
  /// mark are skipped.
  @discardableResult
  public func runFile(_ path: String?, arguments: [any LuaResult] = []) throws -> [LuaReference] {
    let pointer = try pointer()
    encode(arguments)
    var outcome = clua_outcome()
    clua_run_file(pointer, path, UInt32(arguments.count), &outcome)
    return try results(of: outcome)
  }

  /// Runs a file of text whose name is any bytes.
  @discardableResult
  public func runFile(
    named name: [UInt8], arguments: [any LuaResult] = []
  ) throws -> [LuaReference] {
    let pointer = try pointer()
    encode(arguments)
    var outcome = clua_outcome()
    (name + [0]).withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { path in
        clua_run_file(pointer, path.baseAddress, UInt32(arguments.count), &outcome)
      }
    }
    return try results(of: outcome)
  }

  /// Calls a value as a run of its own, from outside of any script.
  @discardableResult
  public func call(
    _ function: LuaReference, _ arguments: [any LuaResult] = []
  ) throws -> [LuaReference] {
    let pointer = try pointer()
    encode(arguments)
    var outcome = clua_outcome()
    clua_run_reference(
      pointer, function.handle.reference, UInt32(arguments.count), &outcome)
    return try results(of: outcome)
  }

  /// Sets a global variable.
  public func setGlobal(_ name: String, _ value: any LuaResult) throws {
    let pointer = try pointer()
    encode([value])
    var outcome = clua_outcome()
    clua_set_global(pointer, name, &outcome)
    try check(outcome)
  }

  /// Sets the global `arg` as `lua` does: the script at 0, its arguments from 1, what stood before
  /// the script at -1 and below.
  public func setArguments(script: String, _ arguments: [String], before: [String] = []) throws {
    try setArguments(
      script: .string(script), arguments.map(LuaValue.string), before: before.map(LuaValue.string))
  }

  /// Sets the global table `arg` from words of any bytes.
  public func setArguments(
    script: LuaValue, _ arguments: [LuaValue], before: [LuaValue] = []
  ) throws {
    var pairs: [(key: LuaValue, value: LuaValue)] = [(.integer(0), script)]
    for (index, argument) in arguments.enumerated() {
      pairs.append((.integer(Int64(index + 1)), argument))
    }
    for (index, argument) in before.reversed().enumerated() {
      pairs.append((.integer(Int64(-index - 1)), argument))
    }
    try setGlobal("arg", LuaValue.table(pairs))
  }

  /// Takes over the results of a run.
  func results(of outcome: clua_outcome) throws -> [LuaReference] {
    try check(outcome)
    return UnsafeBufferPointer(start: outcome.results, count: outcome.result_count)
      .map { LuaReference($0, host: host) }
  }

  /// Throws what an outcome says.
  func check(_ outcome: clua_outcome) throws {
    let kind: LuaFailure.Kind
    switch Int(outcome.status) {
    case CLUA_RUN_OK: return
    case CLUA_RUN_SYNTAX: kind = .syntax
    case CLUA_RUN_FILE: kind = .file
    case CLUA_RUN_MEMORY: throw LuaFailure(kind: .memory, message: "not enough memory")
    case CLUA_RUN_INTERRUPTED: throw LuaFailure(kind: .interrupted, message: "interrupted!")
    case CLUA_RUN_LIMIT:
      throw LuaFailure(kind: .instructionLimit, message: "instruction limit reached")
    case CLUA_RUN_EXIT:
      throw LuaFailure(kind: .exit(outcome.exit_status), message: "exit")
    default: kind = .runtime
    }
    var traceback: String?
    if let start = outcome.traceback {
      traceback = String(
        decoding: UnsafeRawBufferPointer(start: start, count: outcome.traceback_length),
        as: UTF8.self)
    }
    let value = LuaReference(outcome.error, host: host)
    throw LuaFailure(
      kind: kind, message: errorText(value), traceback: traceback, value: value)
  }
}
