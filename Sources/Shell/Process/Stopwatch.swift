@preconcurrency import Glibc

/// Measures wall and processor time from its making on.
struct Stopwatch {
  private let wallStart = Stopwatch.seconds(CLOCK_MONOTONIC)
  private let cpuStart = Stopwatch.seconds(CLOCK_PROCESS_CPUTIME_ID)

  /// Seconds that went by.
  var wall: Double { Self.seconds(CLOCK_MONOTONIC) - wallStart }
  /// Seconds of processor time that the process used.
  var cpu: Double { Self.seconds(CLOCK_PROCESS_CPUTIME_ID) - cpuStart }

  /// A time with three digits and a unit.
  static func text(_ seconds: Double) -> String {
    let units: [(Double, String)] = [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")]
    let (scale, unit) = units.first { seconds >= $0.0 } ?? (1e-9, "ns")
    let value = seconds / scale
    let digits = value >= 100 ? 1.0 : value >= 10 ? 10.0 : 100.0
    return "\((value * digits).rounded() / digits) \(unit)"
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
