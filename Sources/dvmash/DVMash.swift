import ArgumentParser
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
      """,
    discussion: """
      Without arguments: a prompt on a terminal; standard input is run as a script otherwise. \
      What follows the script belongs to the script. See 'dvmash run --help' for the options, \
      and type \\help at the prompt. A file that is called like a subcommand is run as ./file.

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
}

/// Where the process begins.
@main enum Main {
  static func main() {
    do {
      var command = try DVMash.parseAsRoot()
      try command.run()
      DVMash.exit(withError: status(ExitStatus.success.rawValue))
    } catch let code as ExitCode {
      DVMash.exit(withError: status(code.rawValue))
    } catch {
      // Help and version come here too; the library prints them to where they belong.
      DVMash.exit(withError: error)
    }
  }

  private static func status(_ status: Int32) -> ExitCode {
    ExitCode(StandardStreams.finish(status))
  }
}
