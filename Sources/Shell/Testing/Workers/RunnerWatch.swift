@preconcurrency import Glibc

/// Ends a worker whose runner is gone, also in the middle of a loop: a thread waits until nobody
/// reads the events any more.
enum RunnerWatch {
  static func start() {
    var thread = pthread_t()
    guard pthread_create(&thread, nil, waitForRunner, nil) == 0 else { return }
    pthread_detach(thread)
  }
}

private func waitForRunner(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  var blocked = sigset_t()
  sigfillset(&blocked)
  pthread_sigmask(SIG_BLOCK, &blocked, nil)
  var polled = pollfd(fd: TestWorker.eventDescriptor, events: 0, revents: 0)
  while poll(&polled, 1, -1) <= 0 {}
  _exit(ExitStatus.failure.rawValue)
}
