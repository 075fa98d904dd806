@preconcurrency import Glibc

/// What failed when it ran last, for `--rerun-failed`; kept in the state directory.
///
/// A run replaces what is known of the tests that it ran, and nothing else: what failed elsewhere,
/// in another part of the same run or before a filter was set, is still to be run again. Runs at
/// the same time take turns.
struct FailedTests {
  private let path: String?

  init(_ environment: ProcessEnvironment) {
    path = environment.directory("XDG_STATE_HOME", below: ".local/state")
      .map { "\($0)/dvmash/failed-tests" }
  }

  /// What a file is known by, from whatever directory it is named.
  static func key(_ file: String) -> String {
    guard let path = realpath(file, nil) else { return file }
    defer { free(path) }
    return String(cString: path)
  }

  /// The names by file; none where all of the file is to run again.
  func load() -> [String: [String]] {
    var failed: [String: [String]] = [:]
    for (file, names) in read() { failed[file] = names.contains("") ? [] : names }
    return failed
  }

  /// Takes in the results of a run; without a place for them, nothing.
  ///
  /// - Parameter isWhole: whether all tests of the files were to run.
  func update(_ files: [FileResult], isWhole: Bool) {
    guard let path else { return }
    var folder = ""
    for part in ModulePath.folder(of: path).split(separator: "/") {
      folder += "/\(part)"
      mkdir(folder, 0o700)
    }
    let lock = open(path + ".lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    guard lock >= 0 else { return }
    defer { close(lock) }
    while flock(lock, LOCK_EX) != 0 && errno == EINTR {}
    var failed = read()
    for file in files {
      let key = Self.key(file.file)
      var names = file.isBad ? Self.names(file) : []
      if !isWhole {
        let ran = Set(file.tests.map(\.name))
        names = (failed[key] ?? []).filter { !$0.isEmpty && !ran.contains($0) } + names
      }
      failed[key] = names.isEmpty ? nil : names
    }
    write(failed, to: path)
  }

  /// The names of the tests that failed; an empty one for anything but a test.
  private static func names(_ file: FileResult) -> [String] {
    if file.didNotLoad { return [""] }
    return file.tests.filter(\.isBad).map { $0.isTest ? $0.name : "" }
  }

  private func read() -> [String: [String]] {
    guard let path, let stream = fopen(path, "re") else { return [:] }
    defer { fclose(stream) }
    var failed: [String: [String]] = [:]
    var line: UnsafeMutablePointer<CChar>?
    var size = 0
    defer { free(line) }
    while getline(&line, &size, stream) > 0, let text = line {
      let bytes = Array(String(cString: text).utf8)
      guard let message = WorkerMessage(line: bytes.dropLast()) else { continue }
      failed[message["file"], default: []].append(message["name"])
    }
    return failed
  }

  private func write(_ failed: [String: [String]], to path: String) {
    guard let output = try? OutputFile(path + ".new") else { return }
    for (file, names) in failed.sorted(by: { $0.key < $1.key }) {
      for name in names {
        output.write(WorkerMessage(["event": "failed", "file": file, "name": name]).line)
      }
    }
    guard (try? output.finish()) != nil else { return }
    rename(path + ".new", path)
  }
}
