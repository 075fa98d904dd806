@preconcurrency import Glibc

// Standard output is shared with Lua's `print` and `io.write`, so everything goes through the same
// C streams, in order.

/// Writing to the standard streams.
public enum StandardStreams {
  /// Writes text to standard output.
  public static func write(_ text: String) { write(text, to: stdout) }

  /// Writes text to standard error.
  public static func complain(_ text: String) {
    fflush(stdout)
    write(text, to: stderr)
  }

  /// Writes a message of dvmash itself to standard error.
  public static func report(_ message: String) { complain("dvmash: \(message)\n") }

  /// Writes what is buffered; the message if any output of the process was lost.
  ///
  /// A stream remembers that a write failed, so an error of the middle is found at the end too.
  public static func flush() -> String? {
    errno = 0
    let flushed = fflush(stdout)
    let reason = errno
    guard flushed != 0 || ferror(stdout) != 0 else { return nil }
    let text = reason == 0 ? "write error" : String(cString: strerror(reason))
    return "cannot write to standard output: \(text)"
  }

  /// The status to exit with after standard output is flushed.
  public static func finish(_ status: Int32) -> Int32 {
    guard let problem = flush() else { return status }
    report(problem)
    return status == 0 ? ExitStatus.cannotWrite.rawValue : status
  }

  /// Dies silently when the reader of standard output goes away, whatever the parent had set.
  public static func useDefaultBrokenPipe() { signal(SIGPIPE, SIG_DFL) }

  /// Whether a terminal is on standard input.
  public static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }
  /// Whether a terminal is on standard output.
  public static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
  /// Whether a terminal is on standard error.
  public static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// The width of the terminal on standard output, in columns; `nil` where there is none.
  public static var outputColumns: Int? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  private static func write(_ text: String, to stream: UnsafeMutablePointer<FILE>?) {
    guard let stream else { return }
    var text = text
    text.withUTF8 { bytes in
      if let start = bytes.baseAddress { fwrite(start, 1, bytes.count, stream) }
    }
  }
}
