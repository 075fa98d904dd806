@preconcurrency import Glibc

/// Ends a worker whose runner is gone, also in the middle of a loop: a thread waits until nobody
/// reads the events any more.
enum RunnerWatch {
  static func start() {
    WatchThread.start {
      var polled = pollfd(fd: TestWorker.eventDescriptor, events: 0, revents: 0)
      while poll(&polled, 1, -1) <= 0 {}
      _exit(ExitStatus.failure.rawValue)
    }
  }
}
