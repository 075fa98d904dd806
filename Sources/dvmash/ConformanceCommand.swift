import ArgumentParser
import Conformance
import Shell

/// `dvmash conformance`: runs vectors against the model.
struct ConformanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformance",
    abstract: "Run conformance vectors and print each case that fails.",
    discussion: """
      The last line is "N passed, N failed". Exit status: 0 where all passed, 1 where a case failed or
      a file holds no vectors; the others are those of dvmash.
      """)

  @Argument(help: "Files of vectors, JSON; - for standard input.", completion: .file())
  var files: [String]

  func run() throws {
    var passed = 0
    var failed = 0
    let progress = ProgressLine(.auto, isQuiet: false, ProcessEnvironment())
    for file in files {
      let bytes = try content(of: file)
      do {
        let results = try Conformance.run(file: bytes) { position in
          progress.update { "\(file): case \(position + 1)" }
        }
        progress.end()
        for result in results {
          if result.passed {
            passed += 1
          } else {
            failed += 1
            print("\(file): \(result.id)")
            print("  expected: \(result.expected)")
            print("  actual:   \(result.actual)")
          }
        }
      } catch let error as VectorError {
        progress.end()
        failed += 1
        print("\(file): \(error.message)")
      }
    }
    print("\(passed) passed, \(failed) failed")
    if failed > 0 { throw ExitCode(ExitStatus.failure) }
  }
}
