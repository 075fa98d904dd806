@preconcurrency import Glibc
import LineEditor

/// The one line on a terminal that says how far a long operation has come.
///
/// It is shown after a second on standard error, where that is a terminal that can erase lines and
/// nobody asked for silence, and erased at the end.
public final class ProgressLine {
  private let isOn: Bool
  private var watch: Stopwatch?
  private var shownAt: Double?
  private var isVisible = false

  /// Seconds until the line is shown, and between two lines.
  private static let (delay, interval) = (1.0, 0.1)

  /// Decides once whether there is a line at all.
  public init(_ color: ColorChoice, isQuiet: Bool, _ environment: ProcessEnvironment) {
    isOn =
      !isQuiet && color != .never && StandardStreams.errorIsTerminal
      && environment.value("TERM") != "dumb"
  }

  /// Takes a report; the text is made only when it is shown.
  public func update(_ text: () -> String) {
    guard isOn else { return }
    guard let watch else {
      watch = Stopwatch()
      return
    }
    let time = watch.wall
    guard time >= Self.delay, time - (shownAt ?? 0) >= Self.interval else { return }
    shownAt = time
    isVisible = true
    let line = "\(text()), \(Int(time)) s"
    let room = max(1, TerminalSize.ofStandardError.columns - 1)
    StandardStreams.complain("\r\(VisibleText.line(line).prefix(room))\u{1B}[K")
  }

  /// Erases the line until the next report, for something else to be written.
  func hide() {
    guard isVisible else { return }
    isVisible = false
    StandardStreams.complain("\r\u{1B}[K")
  }

  /// Erases the line; what is reported next counts from its own beginning.
  public func end() {
    watch = nil
    shownAt = nil
    hide()
  }
}

/// The size of a terminal in characters; 80 by 24 where it is unknown.
struct TerminalSize {
  let columns: Int
  let rows: Int

  private init(_ descriptor: Int32) {
    var size = winsize()
    let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
    columns = isKnown && size.ws_col > 0 ? Int(size.ws_col) : 80
    rows = isKnown && size.ws_row > 0 ? Int(size.ws_row) : 24
  }

  static var ofStandardError: TerminalSize { TerminalSize(STDERR_FILENO) }
  static var ofStandardOutput: TerminalSize { TerminalSize(STDOUT_FILENO) }
}
