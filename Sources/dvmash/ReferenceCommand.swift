import ArgumentParser
import Files
import Hypervisor

/// `dvmash reference`: the pages of the documentation that the code itself makes.
struct ReferenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reference",
    abstract: "Print a reference page, or write all of them to a folder.",
    shouldDisplay: false)

  @Argument(
    help: "The page: \(ReferencePage.allCases.map(\.rawValue).joined(separator: ", ")).")
  var page: String?

  @Option(help: "Write every page to this folder, as PAGE.md.", completion: .directory)
  var output: String?

  func validate() throws {
    guard (page == nil) != (output == nil) else {
      throw ValidationError("Name either a page or --output FOLDER.")
    }
    if let page, ReferencePage(rawValue: page) == nil {
      throw ValidationError(
        "There is no page '\(page)'; there are "
          + ReferencePage.allCases.map(\.rawValue).joined(separator: ", ") + ".")
    }
  }

  func run() throws {
    if let page, let found = ReferencePage(rawValue: page) {
      print(found.text, terminator: "")
      return
    }
    for page in ReferencePage.allCases {
      let folder = output ?? "."
      let path = (folder.hasSuffix("/") ? folder : folder + "/") + "\(page.rawValue).md"
      try FileBytes.write(Array(page.text.utf8), to: path)
    }
  }
}
