import ArgumentParser
import Shell

/// `dvmash api`: the binding registry for editors, linters and pages.
struct APICommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "api",
    abstract: "Print everything that scripts can use, for other programs.",
    discussion: "Also prints the manual page, from the command line's own description.")

  /// The forms: those of the registry, and the manual page.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case json
    case luals
    case luacheck
    case markdown
    case man
  }

  @Option(help: "json, luals, luacheck, markdown or man.")
  var format: Format = .json

  func run() throws {
    if let dump = BindingDump.Format(rawValue: format.rawValue) {
      StandardStreams.write(BindingDump.text(dump))
    } else {
      StandardStreams.write(try ManualPage.text())
    }
  }
}
