@preconcurrency import Glibc

/// Starting the process of a worker.
enum WorkerSpawn {
  /// A worker's process, and the runner's ends of its pipes, which do not block.
  struct Started {
    var child: pid_t
    var events: Int32
    var output: Int32
  }

  /// Starts this very program with a command line.
  ///
  /// The worker gets a process group of its own, nothing on standard input, and one pipe for all of
  /// its output, which it finds at `TestWorker.outputDescriptor` too, whatever a test does to
  /// standard output.
  static func start(_ words: [String]) throws(CommandError) -> Started {
    let events = try makePipe()
    let output: (read: Int32, write: Int32)
    do {
      output = try makePipe()
    } catch {
      close(events.read)
      close(events.write)
      throw error
    }
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output.write, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output.write, STDERR_FILENO)
    posix_spawn_file_actions_adddup2(&actions, events.write, TestWorker.eventDescriptor)
    posix_spawn_file_actions_adddup2(&actions, output.write, TestWorker.outputDescriptor)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var arguments = words.map { strdup($0) }
    arguments.append(nil)
    var child = pid_t()
    let status = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, arguments, environ)
    arguments.forEach { free($0) }
    posix_spawn_file_actions_destroy(&actions)
    posix_spawnattr_destroy(&attributes)
    close(events.write)
    close(output.write)
    guard status == 0 else {
      close(events.read)
      close(output.read)
      throw CommandError("cannot start a worker: \(String(cString: strerror(status)))")
    }
    return Started(child: child, events: events.read, output: output.read)
  }

  /// A pipe whose ends are closed in children, and above the descriptors that a worker has.
  private static func makePipe() throws(CommandError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw CommandError("cannot make a pipe: \(String(cString: strerror(errno)))")
    }
    let high = ends.map { fcntl($0, F_DUPFD_CLOEXEC, TestWorker.outputDescriptor + 1) }
    let problem = errno
    ends.forEach { close($0) }
    guard !high.contains(-1) else {
      for end in high where end >= 0 { close(end) }
      throw CommandError("cannot make a pipe: \(String(cString: strerror(problem)))")
    }
    _ = fcntl(high[0], F_SETFL, O_NONBLOCK)
    return (high[0], high[1])
  }
}
