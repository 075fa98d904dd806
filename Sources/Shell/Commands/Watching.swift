@preconcurrency import Glibc
import LuaRuntime

/// How fast `\\watch` goes on.
enum WatchPace: Hashable {
  /// After so many seconds.
  case seconds(Double)
  /// After one step of each machine.
  case steps

  /// Takes the pace off the front of what follows `\\watch`: `2 m.now`, `steps m.now`, `m.now`.
  static func split(_ operand: String) -> (pace: WatchPace, expression: String) {
    let words = operand.split(separator: " ", maxSplits: 1).map { Trim.spaces($0) }
    guard words.count == 2, let pace = WatchPace(words[0]) else {
      return (.seconds(2), operand)
    }
    return (pace, words[1])
  }

  /// The pace as `shell.watch` takes it.
  var text: String {
    switch self {
    case .seconds(let seconds): "\(seconds)"
    case .steps: "steps"
    }
  }

  /// Reads `steps`, or a number of seconds from 0.01 to a day.
  init?(_ text: String) {
    if text == "steps" {
      self = .steps
    } else if let seconds = Double(text), (0.01...86_400).contains(seconds) {
      self = .seconds(seconds)
    } else {
      return nil
    }
  }
}

extension ShellContext {
  /// Shows an expression again and again, until Ctrl-C, so many times, or, with steps, until nothing is
  /// due any more.
  func watch(_ expression: String, _ pace: WatchPace, times: UInt64 = .max) throws {
    guard !expression.isEmpty else { throw CommandError("\\watch needs an expression") }
    let session = try session()
    let chunk = "return function() return \(expression)\nend"
    guard let function = try session.state.run(chunk, name: "=watch").first else { return }
    var round: UInt64 = 0
    while true {
      round += 1
      let values = try session.state.call(function)
      write("-- \(round)\n")
      for value in values { try show(value) }
      if StandardStreams.flush() != nil || round >= times { return }
      switch pace {
      case .seconds(let seconds): try pause(seconds, session.interrupt)
      case .steps:
        guard try stepMachines(session.state) else { return write("-- nothing is due any more\n") }
      }
    }
  }

  /// Watches as a run of Lua, which is what Ctrl-C stops.
  func runWatch(_ expression: String, _ pace: WatchPace) throws {
    guard !expression.isEmpty else { throw CommandError("\\watch needs an expression") }
    let state = try session().state
    let arguments: [any LuaResult] = [expression, pace.text]
    try state.call(try state.global("shell").rawField("watch"), arguments)
  }

  /// Waits in short naps, so that Ctrl-C is never slept through.
  private func pause(_ seconds: Double, _ interrupt: LuaInterrupt) throws {
    let watch = Stopwatch()
    while watch.wall < seconds {
      if interrupt.isRequested { throw LuaInterrupted() }
      var nap = timespec()
      nap.tv_nsec = Int(min(0.05, max(0.001, seconds - watch.wall)) * 1e9)
      nanosleep(&nap, nil)
    }
  }

  /// Lets each machine that globals lead to take a step; false where nothing was due in any.
  private func stepMachines(_ state: LuaState) throws -> Bool {
    let machines = try reachableObjects().filter { $0.value.typeName == "machine" }.map(\.value)
    guard !machines.isEmpty else {
      throw CommandError("there is no machine in a global variable to take steps")
    }
    let found = try state.run(
      "local any = false for i = 1, select('#', ...) do any = (select(i, ...)):step() or any end "
        + "return any", name: "=watch", arguments: machines)
    return found.first?.boolean ?? false
  }
}
