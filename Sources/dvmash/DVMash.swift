import ArgumentParser

/// The command line of dvmash.
@main struct DVMash: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dvmash",
    abstract: "A scriptable shell around an executable model of sun4v DMA allocation.",
    version: "0.1.0",
    subcommands: [BenchCommand.self, ConformanceCommand.self, MachineDescriptionCommand.self])
}
