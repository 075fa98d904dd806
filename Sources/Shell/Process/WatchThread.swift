@preconcurrency import Glibc

/// A thread beside the one that runs Lua, for what has to act while that one is busy.
///
/// It takes no signals: those are for the thread that runs Lua.
enum WatchThread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a body; without a thread for it, nothing is watched.
  static func start(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Body(body)).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { context in
        var blocked = sigset_t()
        sigfillset(&blocked)
        pthread_sigmask(SIG_BLOCK, &blocked, nil)
        if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, context)
    if status == 0 {
      pthread_detach(thread)
    } else {
      Unmanaged<Body>.fromOpaque(context).release()
    }
  }

  /// Waits, for a number of seconds.
  static func pause(_ seconds: Double) {
    var rest = timespec()
    rest.tv_sec = Int(seconds)
    rest.tv_nsec = Int((seconds - Double(Int(seconds))) * 1e9)
    var left = timespec()
    while nanosleep(&rest, &left) != 0 && errno == EINTR { rest = left }
  }
}
