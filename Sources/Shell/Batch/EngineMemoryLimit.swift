@preconcurrency import Glibc
import LineEditor
import LuaRuntime
import Sun4v
import Synchronization

// Lua's own memory is counted where it is allocated, by CLua. What machines hold is memory of Swift,
// which nobody counts for each script; but the system counts the process. So a thread looks now and
// then how much of it is in memory, and asks the run to stop that has let machines grow too far.

/// The share of `--max-memory` that the engine's objects may take.
final class EngineMemoryLimit: Sendable {
  /// The share, in bytes.
  private let limit: Int
  private let interrupt: LuaInterrupt
  /// What the process may have in all, in bytes.
  private let ceiling: Int
  private let exceeded = Atomic<Bool>(false)
  private let ended = Atomic<Bool>(false)

  /// Seconds between two looks.
  private static let interval = 0.02
  /// What allocators keep in hand, in bytes.
  private static let slack = 32 << 20

  /// Starts to look, with what the process has now as a base, to which come the memory of Lua and as
  /// much again for machines.
  init(bytes: Int, interrupt: LuaInterrupt) {
    limit = bytes
    self.interrupt = interrupt
    let allowance = bytes.multipliedReportingOverflow(by: 2)
    let (sum, isTooLarge) = allowance.partialValue.addingReportingOverflow(
      Self.slack + (Self.resident ?? 0))
    ceiling = allowance.overflow || isTooLarge ? .max : sum
    WatchThread.start { self.watch() }
  }

  /// Ends the looking.
  func end() { ended.store(true, ordering: .releasing) }

  /// Whether a run was asked to stop since the last time this was asked.
  func takeExceeded() -> Bool { exceeded.exchange(false, ordering: .acquiringAndReleasing) }

  /// What the run that was stopped ends with.
  var message: String {
    "not enough memory: machines and what they hold take more than the \(ByteSize(UInt64(clamping: limit)))"
      + " of --max-memory"
  }

  private func watch() {
    var waited = 0.0
    while !ended.load(ordering: .acquiring) {
      WatchThread.pause(Self.interval)
      // A run that was asked for some time ago, and is still there, is in a call that cannot stop.
      waited =
        exceeded.load(ordering: .acquiring) && interrupt.isRequested ? waited + Self.interval : 0
      guard let resident = Self.resident, resident > ceiling else { continue }
      if waited > TimeLimit.grace { TimeLimit.leave(.failure, "dvmash: \(message)\n") }
      interrupt.request()
      if interrupt.isRequested { exceeded.store(true, ordering: .releasing) }
    }
  }

  /// What the process has in memory for itself, in bytes.
  private static var resident: Int? {
    guard let stream = fopen("/proc/self/statm", "re") else { return nil }
    defer { fclose(stream) }
    var buffer = [CChar](repeating: 0, count: 256)
    guard fgets(&buffer, Int32(buffer.count), stream) != nil else { return nil }
    let text = String(
      decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let fields = text.split(separator: " ").compactMap { Int($0) }
    guard fields.count > 2 else { return nil }
    return (fields[1] - fields[2]) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
