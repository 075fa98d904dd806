@preconcurrency import Glibc

/// Programs run by `/bin/sh`.
enum Subshell {
  /// Runs a command line, with text as its input where some is given; its exit status, or 128 and
  /// the signal.
  ///
  /// The child has the default action for SIGPIPE; this process ignores it while it writes.
  @discardableResult
  static func run(
    _ command: String, arguments: [String] = [], input: String? = nil
  ) throws(CommandError) -> Int32 {
    let end = try end(of: command, arguments: arguments, input: input)
    return end < 0 ? 128 - end : end
  }

  /// Runs a command line likewise; its exit status, or the signal as a negative number.
  static func end(
    of command: String, arguments: [String] = [], input: String? = nil
  ) throws(CommandError) -> Int32 {
    fflush(stdout)
    var ends: [Int32] = [-1, -1]
    if input != nil {
      guard pipe(&ends) == 0 else { throw failure(errno) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    if input != nil { posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO) }
    var defaults = sigset_t()
    var mask = sigset_t()
    sigemptyset(&defaults)
    sigemptyset(&mask)
    for number in [SIGPIPE, SIGINT, SIGQUIT, SIGTERM] { sigaddset(&defaults, number) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setsigmask(&attributes, &mask)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
    var words = (["sh", "-c", command, "sh"] + arguments).map { strdup($0) }
    words.append(nil)
    defer { words.forEach { free($0) } }
    var child = pid_t()
    let status = posix_spawn(&child, "/bin/sh", &actions, &attributes, words, environ)
    if ends[0] >= 0 { close(ends[0]) }
    guard status == 0 else {
      if ends[1] >= 0 { close(ends[1]) }
      throw failure(status)
    }
    if let input { feed(input, to: ends[1]) }
    return wait(for: child)
  }

  private static func failure(_ number: Int32) -> CommandError {
    CommandError("cannot run /bin/sh: \(String(cString: strerror(number)))")
  }

  private static func feed(_ text: String, to descriptor: Int32) {
    let previous = signal(SIGPIPE, SIG_IGN)
    defer {
      close(descriptor)
      signal(SIGPIPE, previous)
    }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }

  private static func wait(for child: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else { return ExitStatus.internalFailure.rawValue }
    }
    let signal = status & 0x7F
    return signal == 0 ? (status >> 8) & 0xFF : -signal
  }
}
