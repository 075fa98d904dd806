/// The exit statuses of dvmash: the one list, which the help and the manual print.
///
/// A status never comes from a count. A script chooses any other with `os.exit(n)`.
public enum ExitStatus: Int32, CaseIterable, Sendable {
  /// All went well.
  case success = 0
  /// A script or a test failed.
  case failure = 1
  /// The test runner could not do its job.
  case notRun = 2
  /// The command line is wrong.
  case usage = 64
  /// A file named on the command line cannot be read.
  case cannotRead = 66
  /// The engine or a binding broke a promise of its own.
  case internalFailure = 70
  /// A file named on the command line cannot be made.
  case cannotCreate = 73
  /// Standard output or a report could not be written.
  case cannotWrite = 74
  /// A limit was reached.
  case limitReached = 124
  /// SIGHUP.
  case hungUp = 129
  /// SIGINT.
  case interrupted = 130
  /// SIGPIPE.
  case brokenPipe = 141
  /// SIGTERM.
  case terminated = 143

  /// When it is used, in one line.
  public var meaning: String {
    switch self {
    case .success: "success; os.exit(), os.exit(true), Ctrl-D"
    case .failure: "an uncaught Lua error, a syntax error, a failed test, os.exit(false)"
    case .notRun: "test: nothing selected, a file that does not load, a report not written"
    case .usage: "a wrong command line"
    case .cannotRead: "a file named on the command line, or a module of -l, cannot be read"
    case .internalFailure: "an internal failure of the engine or of a binding"
    case .cannotCreate: "md compile, bench --charts: the file to write cannot be made"
    case .cannotWrite: "standard output could not be written"
    case .limitReached: "--timeout or --max-instructions was reached"
    case .hungUp: "ended by SIGHUP"
    case .interrupted: "ended by SIGINT"
    case .brokenPipe: "the reader of standard output went away (SIGPIPE)"
    case .terminated: "ended by SIGTERM"
    }
  }

  /// The list, one status a line, as the help prints it.
  public static var table: String {
    let rows = allCases.map { ("\($0.rawValue)", $0.meaning) } + [("n", "os.exit(n), 0 to 255")]
    return rows.map { code, meaning in
      "  " + String(repeating: " ", count: max(0, 3 - code.utf8.count)) + "\(code)  \(meaning)"
    }.joined(separator: "\n")
  }
}
