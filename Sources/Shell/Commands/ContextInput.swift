@preconcurrency import Glibc
import LineEditor
import LuaRuntime

extension ShellContext {
  /// Runs a file.
  func load(_ file: String) throws {
    guard !file.isEmpty else { throw CommandError("\\load needs a file") }
    try session().state.runFile(Self.expanded(file, environment))
  }

  /// Saves what was typed.
  func save(_ file: String) throws(CommandError) {
    guard !file.isEmpty else { throw CommandError("\\save needs a file") }
    let output = try OutputFile(Self.expanded(file, environment))
    output.write(inputs.map { $0 + "\n" }.joined())
    try output.finish()
  }

  /// Sends results to a file, or back to standard output.
  func redirect(_ file: String) throws(CommandError) {
    if let output {
      self.output = nil
      try output.finish()
    }
    if !file.isEmpty { output = try OutputFile(Self.expanded(file, environment)) }
  }

  /// The entries of the history, the last ones or those with a text in them.
  func history(_ selection: String) -> String {
    let numbered = (editor?.history ?? []).enumerated().map { ($0 + 1, $1.text) }
    let chosen: [(Int, String)]
    if let count = Int(selection) {
      chosen = numbered.suffix(max(0, count))
    } else {
      chosen = numbered.filter { selection.isEmpty || $0.1.contains(selection) }
    }
    return chosen.map { number, text in
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      return "\(number)  " + lines.map { VisibleText.line(String($0)) }.joined(separator: "\n   ")
        + "\n"
    }.joined()
  }

  /// Lets a person edit an entry of the history in their editor; it runs next.
  func edit(_ number: String) throws(CommandError) {
    let entries = editor?.history.map(\.text).filter { !$0.hasPrefix("\\") } ?? []
    var text = entries.last ?? ""
    if !number.isEmpty {
      let all = editor?.history.map(\.text) ?? []
      guard let index = Int(number), all.indices.contains(index - 1) else {
        throw CommandError("'\(number)' is no entry of the history; \\hist lists them")
      }
      text = all[index - 1]
    }
    pendingInput = try edited(text)
  }

  /// A text as a person left it in their editor.
  func edited(_ text: String) throws(CommandError) -> String {
    let folder = environment.nonEmpty("TMPDIR") ?? "/tmp"
    var template = Array("\(folder)/dvmash-XXXXXX.lua".utf8CString)
    let descriptor = mkstemps(&template, 4)
    guard descriptor >= 0 else {
      throw CommandError("cannot make a file in '\(folder)': \(String(cString: strerror(errno)))")
    }
    close(descriptor)
    let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    defer { unlink(path) }
    let file = try OutputFile(path)
    file.write(text + "\n")
    try file.finish()
    let program = environment.nonEmpty("VISUAL") ?? environment.nonEmpty("EDITOR") ?? "vi"
    let status = try foreign { () throws(CommandError) in
      try Subshell.run("\(program) \"$1\"", arguments: [path])
    }
    guard status == 0 else {
      throw CommandError(
        "the editor '\(program)' ended with status \(status); VISUAL or EDITOR names another")
    }
    return try Self.content(of: path)
  }

  /// Runs a command of the system; its status.
  func system(_ command: String) throws(CommandError) -> Int32 {
    let command = command.isEmpty ? environment.nonEmpty("SHELL") ?? "/bin/sh" : command
    return try foreign { () throws(CommandError) in try Subshell.run(command) }
  }

  /// Runs a command of the system for a script; its status, or the signal as a negative number.
  ///
  /// Ctrl-C is for the program that has the terminal. But it stops the script too: one that starts the
  /// next program could not be stopped otherwise.
  func systemForScript(_ command: String) throws -> Int32 {
    let end = try foreign { () throws(CommandError) in try Subshell.end(of: command) }
    if hasPrompt, end == -SIGINT || (editor?.interruptions ?? 0) > 0 {
      openSession?.interrupt.request()
      throw LuaInterrupted()
    }
    return end
  }

  /// Gives the terminal to another program.
  func foreign<Value, Failure: Error>(
    _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    guard let editor else { return try body() }
    return try editor.withForeignProgram(body)
  }

  private static func content(of path: String) throws(CommandError) -> String {
    guard let stream = fopen(path, "re") else {
      throw CommandError("cannot read '\(path)': \(String(cString: strerror(errno)))")
    }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = fread(&buffer, 1, buffer.count, stream)
      guard count > 0 else { break }
      bytes += buffer.prefix(count)
    }
    return Trim.spaces(String(decoding: bytes, as: UTF8.self))
  }

  /// A path in which `~/` means the home directory.
  static func expanded(_ path: String, _ environment: ProcessEnvironment) -> String {
    guard path.hasPrefix("~/"), let home = environment.nonEmpty("HOME") else { return path }
    return home + path.dropFirst(1)
  }
}
