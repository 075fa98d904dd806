@preconcurrency import Glibc
import LineEditor
import LuaRuntime
import Synchronization

// A thread of its own waits, asks the run to stop, and ends the process where the run cannot: a
// function of C that loops is out of reach of every hook.

/// The `--timeout` of a process.
final class TimeLimit: Sendable {
  private let seconds: Double
  private let interrupt: LuaInterrupt
  private let reached = Atomic<Bool>(false)

  /// How long a run that was asked to stop may take, in seconds.
  static let grace = 2.0

  /// Starts the clock.
  init(seconds: Double, interrupt: LuaInterrupt) {
    self.seconds = seconds
    self.interrupt = interrupt
    WatchThread.start { self.wait() }
  }

  /// Whether the time is over.
  var isReached: Bool { reached.load(ordering: .acquiring) }

  private func wait() {
    WatchThread.pause(seconds)
    reached.store(true, ordering: .releasing)
    interrupt.request()
    WatchThread.pause(Self.grace)
    Self.leave(
      ExitStatus.limitReached,
      "dvmash: the time limit is reached, and nothing ran that could stop\n")
  }

  /// Ends the process from a watching thread, with the terminal as it was.
  static func leave(_ status: ExitStatus, _ message: String) -> Never {
    LineEditor.restoreTerminal()
    _ = message.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
    _exit(status.rawValue)
  }
}
