public import CLua

/// Stops what a state runs, from any thread and from a signal handler.
///
/// It may outlive the state.
public final class LuaInterrupt: Sendable {
  /// The request in C; a signal handler gives it to `clua_request_interrupt`.
  nonisolated(unsafe) public let control: OpaquePointer

  init(_ control: OpaquePointer) {
    clua_control_retain(control)
    self.control = control
  }

  deinit { clua_control_release(control) }

  /// ``request()`` as a function of C for signal handlers; its context is ``control``.
  nonisolated(unsafe) public static let handler: @convention(c) (UnsafeMutableRawPointer?) -> Void =
    unsafeBitCast(
      clua_request_interrupt as @convention(c) (OpaquePointer?) -> Void,
      to: (@convention(c) (UnsafeMutableRawPointer?) -> Void).self)

  /// Stops the current run, also through `pcall` and coroutines; nothing when nothing runs.
  public func request() { clua_request_interrupt(control) }

  /// Whether the current run is to stop: long loops poll this, and throw `LuaInterrupted`.
  @inlinable
  public var isRequested: Bool { clua_stop_requested(control) }
}

/// What a state uses.
public struct LuaStatistics: Sendable {
  /// Bytes of memory that Lua has now.
  public let memoryUsed: Int
  /// The most that it had.
  public let memoryPeak: Int
  /// The limit, in bytes; 0 for none.
  public let memoryLimit: Int
  /// How often Lua asked for more memory.
  public let growths: UInt64
  /// How often it was refused.
  public let refusals: UInt64
  /// The number of Swift objects that Lua holds.
  public let objects: Int
  /// The number of Lua values that Swift holds.
  public let references: Int
  /// Virtual-machine instructions run under the instruction limit, in thousands.
  public let instructions: UInt64
}

extension LuaState {
  /// What stops a run of this state; `nil` once it is closed.
  public var interrupt: LuaInterrupt? {
    host.pointer.flatMap { clua_control_of($0) }.map(LuaInterrupt.init)
  }

  /// What the state uses now.
  public var statistics: LuaStatistics? {
    guard let pointer = host.pointer else { return nil }
    let memory = clua_statistics(pointer)
    return LuaStatistics(
      memoryUsed: memory.used, memoryPeak: memory.peak, memoryLimit: memory.limit,
      growths: memory.growths, refusals: memory.refusals, objects: memory.objects,
      references: memory.references, instructions: clua_instructions(pointer))
  }

  /// Collects all garbage now, and gives its memory back to the system.
  public func collectGarbage() {
    if let pointer = host.pointer { clua_collect(pointer) }
  }

  /// Ends runs after so many instructions from now on, in all; 0 for no limit.
  public func limitInstructions(_ limit: UInt64) {
    if let pointer = host.pointer { clua_limit_instructions(pointer, limit) }
  }

  /// Shows the warnings of scripts on standard error, or not (the default).
  public func showWarnings(_ shown: Bool) {
    if let pointer = host.pointer { clua_set_warnings(pointer, shown) }
  }

  /// Gives tracebacks with all frames, where there are at most 1000, or the 21 at both ends (the
  /// default).
  public func showWholeTracebacks(_ whole: Bool) {
    if let pointer = host.pointer { clua_set_whole_tracebacks(pointer, whole) }
  }

  /// Refuses requests for more memory, as a machine without memory would: for tests.
  ///
  /// It refuses `width` of them beginning with the `first`-th from now; 0 turns it off.
  public func failGrowth(first: UInt64, width: UInt64) {
    if let pointer = host.pointer { clua_fail_growth(pointer, first, width) }
  }
}
