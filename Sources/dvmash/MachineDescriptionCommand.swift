import ArgumentParser
import Files
import MachineDescription
import Shell

/// `dvmash md`: machine descriptions, binary and text.
struct MachineDescriptionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "md",
    abstract: "Print, check, compile and compare machine descriptions.",
    discussion: """
      Every command takes binary descriptions and texts in the language of Sun's description compiler.
      Exit status: 0 where all is well, 1 for errors found, differences, or a file that is no
      description; the others are those of dvmash.
      """,
    subcommands: [Dump.self, Lint.self, Compile.self, Diff.self])

  struct Dump: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a description as text that compiles to the same bytes, or as JSON.")

    @Argument(help: "A description; - for standard input.", completion: .file())
    var file: String

    @Option(help: "How to print: text or json.")
    var format: MachineDescriptionCommands.DumpFormat = .text

    func run() throws {
      try finish(MachineDescriptionCommands.dump(try read(file), format: format))
    }
  }

  struct Lint: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List where descriptions break the rules of the format and of the bindings.")

    @Argument(help: "Descriptions; - for standard input.", completion: .file())
    var files: [String] = []

    @Flag(help: "Exit with 1 for warnings too.")
    var strict = false

    @Flag(help: "List every rule with its severity and meaning.")
    var rules = false

    func validate() throws {
      if files.isEmpty && !rules { throw ValidationError("Give a file to check, or --rules.") }
    }

    func run() throws {
      if rules { try finish(MachineDescriptionCommands.rules()) }
      var status: Int32 = 0
      for file in files {
        let outcome = MachineDescriptionCommands.lint(try read(file), strict: strict)
        print(outcome)
        status = max(status, outcome.status)
      }
      if status != 0 { throw ExitCode(status) }
    }
  }

  struct Compile: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compile a text to a binary description.")

    @Argument(help: "A text; - for standard input.", completion: .file())
    var file: String

    @Option(
      name: .shortAndLong,
      help: "The file to write; - for standard output. Without it, the name of the text with .bin.")
    var output: String?

    func run() throws {
      let outcome = MachineDescriptionCommands.compile(try read(file))
      guard let bytes = outcome.bytes else { return try finish(outcome) }
      let name = output ?? defaultOutput
      try name == "-"
        ? FileBytes.writeStandardOutput(bytes) : FileBytes.write(bytes, to: name)
    }

    private var defaultOutput: String {
      file == "-" ? "-" : FileName.replacingExtension(of: file, by: "bin")
    }
  }

  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List how two descriptions differ in meaning, whatever their order.")

    @Argument(help: "The first description.", completion: .file())
    var first: String

    @Argument(help: "The second description.", completion: .file())
    var second: String

    func run() throws {
      try finish(MachineDescriptionCommands.diff(try read(first), try read(second)))
    }
  }
}

extension MachineDescriptionCommands.DumpFormat: ExpressibleByArgument {}

/// The content of a file, or of standard input for `-`.
func content(of file: String) throws(FileFailure) -> [UInt8] {
  try file == "-" ? FileBytes.readStandardInput() : FileBytes.read(file)
}

private func read(_ file: String) throws -> MachineDescriptionCommands.Input {
  MachineDescriptionCommands.Input(name: file, bytes: try content(of: file)) { name, includer in
    // A file is included from the folder of the file that includes it.
    let found = FileName.sibling(name, of: includer)
    guard let bytes = try? FileBytes.read(found) else { return nil }
    return IncludedFile(name: found, bytes: bytes)
  }
}

private func print(_ outcome: MachineDescriptionCommands.Outcome) {
  StandardStreams.write(outcome.output)
  StandardStreams.complain(outcome.errors)
}

private func finish(_ outcome: MachineDescriptionCommands.Outcome) throws {
  print(outcome)
  if outcome.status != 0 { throw ExitCode(outcome.status) }
}
