@preconcurrency import Glibc
import LineEditor
import Logging

/// Writes log messages to standard error, a line each; a line that is being typed stays whole.
struct StandardErrorLog: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    fflush(stdout)
    LineEditor.printInBackground(
      "dvmash: \(event.level): \(VisibleText.line(event.message.description))\n")
  }
}

extension Logger {
  /// The log of a run.
  static func standardError(_ level: LogLevel) -> Logger {
    Logger(label: "dvmash") { _ in StandardErrorLog(logLevel: level.level) }
  }
}
