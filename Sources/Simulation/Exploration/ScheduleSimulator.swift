// Theory of operation
//
// Where a machine is too large to visit every state, schedules are drawn: from the same start, each seed
// picks one of the possible choices at every step. What a seed breaks is then made small by leaving
// choices out, first in large pieces, then one by one, as long as the rest still breaks a rule; a choice
// that is impossible on the way is passed over. So the script that is handed out has no step too many.
//
// Source: the shrinking is delta debugging (Zeller and Hildebrandt, 2002) without its complement step.

import Sun4v

/// What simulated schedules found.
public struct SimulationReport: Hashable, Sendable {
  /// The schedules run.
  public internal(set) var schedules = 0
  /// The steps taken in all of them.
  public internal(set) var steps = 0
  /// The seed of the first schedule that broke a rule.
  public internal(set) var seed: UInt64?
  /// What it broke, made small.
  public internal(set) var violation: ExplorationViolation?
}

/// Runs random schedules of a machine.
public final class ScheduleSimulator<Outcome: Hashable> {
  private let machine: Machine
  private let actions: [ExplorationAction<Outcome>]
  private let check: (Machine) throws -> String?

  /// Prepares schedules from the present state of a machine.
  public init(
    _ machine: Machine, actions: [ExplorationAction<Outcome>],
    check: @escaping (Machine) throws -> String?
  ) {
    self.machine = machine
    self.actions = actions
    self.check = check
  }

  /// Runs one schedule of at most `steps` choices for each seed, until one breaks a rule; the machine is
  /// then in the state that it started in.
  public func run(seeds: ClosedRange<UInt64>, steps: Int) throws -> SimulationReport {
    let start = try machine.snapshot()
    defer { try? machine.restore(start) }
    var report = SimulationReport()
    for seed in seeds {
      machine.reportProgress(
        Progress("simulating", seed - seeds.lowerBound, of: UInt64(seeds.count), "schedules"))
      if machine.isInterrupted() {
        throw MachineError(.interrupted, "stopped after \(report.schedules) schedules")
      }
      try machine.restore(start)
      let (choices, message) = try schedule(seed, steps)
      report.schedules += 1
      report.steps += choices.count
      if let message {
        report.seed = seed
        report.violation = try shrink(
          ExplorationViolation(choices: choices, message: message), from: start)
        return report
      }
    }
    return report
  }

  /// Runs one schedule; returns what was done and, where a rule broke, which.
  private func schedule(_ seed: UInt64, _ steps: Int) throws -> ([ExplorationChoice], String?) {
    var generator = SeededGenerator(seed: seed)
    var walk = Walk(actions.count)
    var choices: [ExplorationChoice] = []
    while choices.count < steps {
      var possible = machine.choices().map { ExplorationChoice.machine($0) }
      possible += actions.indices.filter { !walk.done.contains($0) }.map { .action($0) }
      var isDone = false
      while !possible.isEmpty, !isDone {
        let pick = Int(generator.next() % UInt64(possible.count))
        let choice = possible.remove(at: pick)
        isDone = try walk.take(choice, machine, actions)
        if isDone { choices.append(choice) }
      }
      guard isDone else { break }
      if let message = try check(machine) { return (choices, message) }
    }
    return (choices, nil)
  }

  /// What is broken after a list of choices, with those that were possible; `nil` where nothing is.
  private func replay(
    _ choices: [ExplorationChoice], from start: MachineSnapshot
  ) throws -> ExplorationViolation? {
    try machine.restore(start)
    var walk = Walk(actions.count)
    var taken: [ExplorationChoice] = []
    for choice in choices where try walk.take(choice, machine, actions) {
      taken.append(choice)
      if let message = try check(machine) {
        return ExplorationViolation(choices: taken, message: message)
      }
    }
    return nil
  }

  private func shrink(
    _ found: ExplorationViolation, from start: MachineSnapshot
  ) throws -> ExplorationViolation {
    var best = found
    var piece = max(1, best.choices.count / 2)
    while true {
      var at = 0
      var hasShrunk = false
      while at < best.choices.count {
        var fewer = best.choices
        fewer.removeSubrange(at..<min(at + piece, fewer.count))
        if let smaller = try replay(fewer, from: start) {
          best = smaller
          hasShrunk = true
        } else {
          at += piece
        }
      }
      if piece == 1, !hasShrunk { return best }
      piece = max(1, piece / 2)
    }
  }

  /// A way through the machine's states: which actions were done, and what came of them.
  private struct Walk {
    var done: Set<Int> = []
    var outcomes: [Outcome?]

    init(_ count: Int) { outcomes = Array(repeating: nil, count: count) }

    mutating func take(
      _ choice: ExplorationChoice, _ machine: Machine, _ actions: [ExplorationAction<Outcome>]
    ) throws -> Bool {
      switch choice {
      case .machine(let own):
        do throws(MachineError) {
          return try machine.perform(own)
        } catch {
          if error.code == .invariant { return true }
          throw error
        }
      case .action(let index):
        guard !done.contains(index) else { return false }
        let before = try machine.snapshot()
        guard let outcome = try actions[index].run(machine, outcomes) else {
          try machine.restore(before)
          return false
        }
        done.insert(index)
        outcomes[index] = outcome
        return true
      }
    }
  }
}
