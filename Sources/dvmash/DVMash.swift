import ArgumentParser
import Files
import Shell

/// The command line of dvmash.
struct DVMash: ParsableCommand {
  static let version = DVMashVersion.text

  static let configuration = CommandConfiguration(
    commandName: "dvmash",
    abstract: "A scriptable shell around an executable model of sun4v DMA allocation.",
    usage: """
      dvmash [options] [script [args ...]]
      dvmash <subcommand> ...
      dvmash -V | --version
      """,
    discussion: """
      FIRST STEPS:
        dvmash                    the prompt; \\tutorial and \\help show the way
        dvmash script.lua a b     a script, with arguments; - is stdin
        dvmash -p 'EXPRESSION'    the value; --format json for programs
        dvmash -e 'CHUNK'         a chunk of Lua
        dvmash test FOLDER        acceptance scripts: every *_spec.lua below it
        dvmash run --help         the options of scripts and the prompt

      Without arguments, and with standard input that is no terminal, that is run as a script. \
      What follows the script belongs to the script. A file that is called like a subcommand is \
      run as ./file.

      EXIT STATUS:
      \(ExitStatus.table)
      """,
    version: version,
    subcommands: [
      RunCommand.self, TestCommand.self, BenchCommand.self, ConformanceCommand.self,
      MachineDescriptionCommand.self, APICommand.self, TestWorkerCommand.self,
      ReferenceCommand.self,
    ],
    defaultSubcommand: RunCommand.self)

  /// The names of the subcommands that the help lists.
  static var visibleSubcommands: [String] {
    configuration.subcommands.map { $0.configuration }.filter { $0.shouldDisplay }
      .compactMap { $0.commandName }
  }
}

/// Where the process begins, and the one place where its exit status is decided.
@main enum Main {
  static func main() {
    let status: Int32
    do {
      if let script = CompletionScript.requested(by: CommandLine.arguments) {
        StandardStreams.write(script)
        DVMash.exit(withError: ExitCode(StandardStreams.finish(ExitStatus.success.rawValue)))
      }
      var command = try DVMash.parseAsRoot()
      try command.run()
      status = ExitStatus.success.rawValue
    } catch let code as ExitCode {
      status = code.rawValue
    } catch let failure as FileFailure {
      StandardStreams.report(failure.message)
      status = failure.exitStatus.rawValue
    } catch {
      // Help, the version and mistakes of the command line: the library has the words.
      status = DVMash.exitCode(for: error).rawValue
      let text = DVMash.fullMessage(for: error) + "\n"
      status == ExitStatus.success.rawValue
        ? StandardStreams.write(text) : StandardStreams.complain(text)
    }
    DVMash.exit(withError: ExitCode(StandardStreams.finish(status)))
  }
}

extension FileFailure {
  /// The status of a process that cannot go on for it.
  var exitStatus: ExitStatus {
    guard isWriting else { return .cannotRead }
    return isStandardStream ? .cannotWrite : .cannotCreate
  }
}

extension ExitCode {
  /// The code of a status of dvmash.
  init(_ status: ExitStatus) { self.init(status.rawValue) }
}
