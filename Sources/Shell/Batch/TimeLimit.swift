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

  /// How long a run that was asked to stop may take.
  private static let grace = 2.0

  /// Starts the clock.
  init(seconds: Double, interrupt: LuaInterrupt) {
    self.seconds = seconds
    self.interrupt = interrupt
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self).toOpaque()
    let status = pthread_create(&thread, nil, timeLimitThread, context)
    if status == 0 {
      pthread_detach(thread)
    } else {
      Unmanaged<TimeLimit>.fromOpaque(context).release()
    }
  }

  /// Whether the time is over.
  var isReached: Bool { reached.load(ordering: .acquiring) }

  fileprivate func wait() {
    Self.pause(seconds)
    reached.store(true, ordering: .releasing)
    interrupt.request()
    Self.pause(Self.grace)
    LineEditor.restoreTerminal()
    let message = "dvmash: the time limit is reached, and nothing ran that could stop\n"
    _ = message.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
    _exit(ExitStatus.limitReached.rawValue)
  }

  private static func pause(_ seconds: Double) {
    var rest = timespec()
    rest.tv_sec = Int(seconds)
    rest.tv_nsec = Int((seconds - Double(Int(seconds))) * 1e9)
    var left = timespec()
    while nanosleep(&rest, &left) != 0 && errno == EINTR { rest = left }
  }
}

private func timeLimitThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  var blocked = sigset_t()
  sigfillset(&blocked)
  pthread_sigmask(SIG_BLOCK, &blocked, nil)
  if let context { Unmanaged<TimeLimit>.fromOpaque(context).takeRetainedValue().wait() }
  return nil
}
