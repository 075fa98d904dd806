#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The processor time of the calling thread, so that other programs' work does not count.
public enum ThreadClock {
  /// Nanoseconds that the thread has run.
  public static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }

  /// Nanoseconds that a piece of work took.
  public static func time<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure)
    -> UInt64
  {
    let before = now
    try body()
    return now - before
  }

  /// Nanoseconds of the clock that is cheapest to read.
  static var monotonic: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
