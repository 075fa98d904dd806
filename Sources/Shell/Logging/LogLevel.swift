import Logging

/// How much the log tells, from least to most.
public enum LogLevel: String, CaseIterable, Sendable {
  /// What ends the work.
  case error
  /// What is wrong and goes on.
  case warning
  /// What was refused, lost, late, or at fault in a machine.
  case notice
  /// Machines made, sessions and grants that came and went, files read.
  case info
  /// What led to that: requests, bindings, entries of grant tables.
  case debug
  /// Every hypercall, packet, table entry and device access.
  case trace

  /// The level where nothing is said.
  static let standard = LogLevel.warning

  /// The level after so many `-v`: info, debug, trace.
  public init?(verbosity: Int) {
    switch verbosity {
    case ...0: return nil
    case 1: self = .info
    case 2: self = .debug
    default: self = .trace
    }
  }

  var level: Logger.Level {
    switch self {
    case .error: .error
    case .warning: .warning
    case .notice: .notice
    case .info: .info
    case .debug: .debug
    case .trace: .trace
    }
  }
}
