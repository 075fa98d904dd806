@preconcurrency import Glibc

/// What failed last time, for `--rerun-failed`; kept in the state directory.
struct FailedTests {
  private let path: String?

  init(_ environment: ProcessEnvironment) {
    path = environment.directory("XDG_STATE_HOME", below: ".local/state")
      .map { "\($0)/dvmash/failed-tests" }
  }

  /// The names by file; a file that did not load has none.
  func load() -> [String: [String]] {
    guard let path, let stream = fopen(path, "re") else { return [:] }
    defer { fclose(stream) }
    var failed: [String: [String]] = [:]
    var line: UnsafeMutablePointer<CChar>?
    var size = 0
    defer { free(line) }
    while getline(&line, &size, stream) > 0, let text = line {
      let bytes = Array(String(cString: text).utf8)
      guard let message = WorkerMessage(line: bytes.dropLast()) else { continue }
      failed[message["file"], default: []] += message["name"].isEmpty ? [] : [message["name"]]
    }
    return failed
  }

  /// Keeps what failed now; without a place for it, nothing.
  func save(_ files: [FileResult]) {
    guard let path else { return }
    var folder = ""
    for part in ModulePath.folder(of: path).split(separator: "/") {
      folder += "/\(part)"
      mkdir(folder, 0o700)
    }
    guard let output = try? OutputFile(path) else { return }
    for file in files where file.isBad {
      let names = file.didNotLoad ? [""] : file.tests.filter(\.isBad).map(\.name)
      for name in names {
        output.write(
          WorkerMessage(["event": "failed", "file": file.file, "name": name]).line)
      }
    }
  }
}
