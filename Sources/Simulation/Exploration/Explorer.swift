// Theory of operation
//
// Explicit-state search over everything that may happen in a small machine. From a state every choice is
// tried: each waiting interrupt, each timer, each action that was not done yet. A state that was seen
// before is not gone on from. The search is breadth first, so the first violation found is one that takes
// the fewest choices.
//
// What makes it finite: actions happen at most once; a timer that fires although something is still being
// delivered (a timeout, which may make software repeat itself) is counted, and only `timeouts` of those
// are allowed on one path. A timer that fires when nothing is being delivered is not counted.
//
// The abstraction of time: a delivery takes none, so the clock moves by timers only. Interleavings are all
// there. States that behave alike from now on are one (MachineLikeness.swift), and what only acknowledges
// is delivered at once where that changes nothing else (SilentDeliveries.swift). docs/exploration.md says
// all that is left out.
//
// A snapshot costs the chunks of memory that its state does not share, so a wide frontier keeps none: such a
// state is made again from the snapshots along the path to the one before it, of which only the last few
// choices differ, since a frontier is in the order of its paths.
//
// Invariants: every digest in `visited` belongs to a state that was checked; `trail` is a path from the
// first state, a snapshot for each state on it.

import Hypervisor
import Sun4v

/// The limits of an exploration.
public struct ExplorationLimits: Hashable, Sendable {
  /// The most choices on one path.
  public var depth = 64
  /// The most states visited.
  public var states = 1_000_000
  /// The most timers on one path that fire while something is being delivered.
  public var timeouts = 1

  /// The limits where nothing else is said.
  public init() {}
}

/// What an exploration found.
public struct ExplorationReport: Hashable, Sendable {
  /// The different states visited, the first included.
  public internal(set) var states = 1
  /// The choices tried that led anywhere.
  public internal(set) var transitions = 0
  /// The most choices on the way to any state.
  public internal(set) var depth = 0
  /// The states in which nothing more can happen.
  public internal(set) var ends = 0
  /// The states that were visited and not gone on from, where the search ended early.
  public internal(set) var frontier = 0
  /// Whether every state within the limits of actions and timeouts was visited.
  public internal(set) var isComplete = true
  /// The first violation, or `nil`.
  public internal(set) var violation: ExplorationViolation?
}

/// Searches the states that a machine can get into.
public final class Explorer<Outcome: Hashable> {
  /// A state that is to be gone on from.
  private struct Node {
    /// The place in `steps` of the last choice that led to it, -1 for the first state.
    let path: Int
    let timeouts: Int
    let done: UInt64
    /// The state, where the frontier is narrow enough to keep it.
    var kept: State?
  }

  private struct State {
    let snapshot: MachineSnapshot
    let outcomes: [Outcome?]
    let queues: [QueueMemory]

    init(snapshot: MachineSnapshot, outcomes: [Outcome?]) {
      self.snapshot = snapshot
      self.outcomes = outcomes
      queues = snapshot.hypervisor.queueMemory
    }
  }

  /// The most states of a frontier whose snapshots are kept.
  private let keptLimit = 2048

  private struct Step {
    let parent: Int
    let choice: ExplorationChoice
  }

  private let machine: Machine
  private let actions: [ExplorationAction<Outcome>]
  private let limits: ExplorationLimits
  private let check: (Machine) throws -> String?
  /// Told of what was found so far, each time the paths grow by a choice.
  public var progress: ((ExplorationReport) throws -> Void)?
  /// Counting steps would make states differ that are alike.
  private let firstStep: UInt64
  private var start: MachineSnapshot?
  private var visited: Set<StateDigest> = []
  private var steps: [Step] = []
  private var trail: [(step: Int, state: State)] = []
  private var report = ExplorationReport()

  /// Prepares a search from the present state of a machine; at most 64 actions.
  ///
  /// `check` says what is broken in the machine's present state, or `nil`.
  public init(
    _ machine: Machine, actions: [ExplorationAction<Outcome>],
    limits: ExplorationLimits = ExplorationLimits(),
    check: @escaping (Machine) throws -> String?
  ) {
    self.machine = machine
    self.actions = Array(actions.prefix(64))
    self.limits = limits
    self.check = check
    firstStep = machine.software.steps
  }

  /// Searches until everything was visited, a limit is met, or a rule is broken; the machine is then in
  /// the state that it started in.
  public func run() throws -> ExplorationReport {
    let start = try machine.snapshot()
    defer { try? machine.restore(start) }
    if let message = try check(machine) {
      report.violation = ExplorationViolation(choices: [], message: message)
      return report
    }
    self.start = start
    let first = State(snapshot: start, outcomes: Array(repeating: nil, count: actions.count))
    let root = Node(path: -1, timeouts: 0, done: 0, kept: first)
    trail = [(-1, first)]
    visited.insert(digest(root, first))
    var frontier = [root]
    var depth = 0
    while !frontier.isEmpty {
      if depth >= limits.depth {
        report.isComplete = false
        report.frontier = frontier.count
        break
      }
      var next: [Node] = []
      for index in frontier.indices {
        machine.reportProgress(
          Progress("exploring", UInt64(report.states), of: UInt64(limits.states), "states"))
        if machine.isInterrupted() {
          throw MachineError(.interrupted, "stopped after \(report.states) states")
        }
        if try expand(frontier[index], into: &next) { return report }
        if report.states >= limits.states {
          report.isComplete = false
          report.frontier = frontier.count - index - 1 + next.count
          return report
        }
      }
      if !next.isEmpty { depth += 1 }
      report.depth = depth
      report.frontier = next.count
      frontier = next
      try progress?(report)
    }
    return report
  }

  /// Tries every choice of a state; true where one of them breaks a rule.
  private func expand(_ node: Node, into next: inout [Node]) throws -> Bool {
    let state = try state(of: node)
    try machine.restore(state.snapshot)
    let own = machine.choices()
    let isDelivering = own.contains { if case .deliver = $0 { true } else { false } }
    var led = false
    for choice in own {
      var timeouts = node.timeouts
      if case .expire = choice, isDelivering {
        guard timeouts < limits.timeouts else { continue }
        timeouts += 1
      }
      try machine.restore(state.snapshot)
      guard try perform(choice) else { continue }
      led = true
      if try visit(
        .machine(choice), from: node, state, timeouts: timeouts, outcomes: state.outcomes,
        done: node.done, into: &next)
      {
        return true
      }
    }
    for index in actions.indices where node.done & (1 << UInt64(index)) == 0 {
      try machine.restore(state.snapshot)
      guard let outcome = try actions[index].run(machine, state.outcomes) else { continue }
      led = true
      var outcomes = state.outcomes
      outcomes[index] = outcome
      if try visit(
        .action(index), from: node, state, timeouts: node.timeouts, outcomes: outcomes,
        done: node.done | (1 << UInt64(index)), into: &next)
      {
        return true
      }
    }
    if !led { report.ends += 1 }
    return false
  }

  private func perform(_ choice: MachineChoice) throws -> Bool {
    do throws(MachineError) {
      return try machine.perform(choice)
    } catch {
      // Under `strict` the machine checks itself; the check below then says what it found.
      if error.code == .invariant { return true }
      throw error
    }
  }

  private func visit(
    _ choice: ExplorationChoice, from node: Node, _ before: State, timeouts: Int,
    outcomes: [Outcome?], done: UInt64, into next: inout [Node]
  ) throws -> Bool {
    report.transitions += 1
    forgetWay(before.queues)
    let silent = timeouts < limits.timeouts ? [] : try deliverSilently()
    let state = State(snapshot: try machine.snapshot(), outcomes: outcomes)
    var found = Node(path: steps.count + silent.count, timeouts: timeouts, done: done, kept: nil)
    guard visited.insert(digest(found, state)).inserted else { return false }
    if next.count < keptLimit { found.kept = state }
    steps.append(Step(parent: node.path, choice: choice))
    for choice in silent { steps.append(Step(parent: steps.count - 1, choice: choice)) }
    report.states += 1
    if let message = try check(machine) {
      report.depth += 1
      report.violation = ExplorationViolation(choices: path(to: found.path), message: message)
      return true
    }
    next.append(found)
    return false
  }

  /// The state of a node: as it was kept, or made again along the path to it.
  private func state(of node: Node) throws -> State {
    if let kept = node.kept { return kept }
    var chain: [Int] = []
    var at = node.path
    while at >= 0 {
      chain.append(at)
      at = steps[at].parent
    }
    chain.append(-1)
    chain.reverse()
    var common = 0
    while common < min(chain.count, trail.count), trail[common].step == chain[common] {
      common += 1
    }
    trail.removeSubrange(common...)
    for step in chain[common...] {
      guard let last = trail.last?.state else { break }
      trail.append((step, try repeated(steps[step].choice, from: last)))
    }
    return trail[trail.count - 1].state
  }

  /// Delivers what nothing else depends on.
  private func deliverSilently() throws -> [ExplorationChoice] {
    var done: [ExplorationChoice] = []
    while let domain = machine.silentDelivery(), try perform(.deliver(domain)) {
      done.append(.machine(.deliver(domain)))
    }
    if !done.isEmpty { forgetWay([]) }
    return done
  }

  /// Takes out of the state what only tells how it was come by.
  private func forgetWay(_ formerQueues: [QueueMemory]) {
    machine.software.steps = firstStep
    machine.software.damagedMessages = 0
    machine.hypervisor.state.clearQueues(formerQueues)
    machine.learnRoom()
  }

  private func repeated(_ choice: ExplorationChoice, from state: State) throws -> State {
    try machine.restore(state.snapshot)
    var outcomes = state.outcomes
    switch choice {
    case .machine(let own): _ = try perform(own)
    case .action(let index): outcomes[index] = try actions[index].run(machine, outcomes)
    }
    forgetWay(state.queues)
    return State(snapshot: try machine.snapshot(), outcomes: outcomes)
  }

  private func digest(_ node: Node, _ state: State) -> StateDigest {
    state.snapshot.digest(from: start ?? state.snapshot) { hasher in
      hasher.combine(node.timeouts)
      hasher.combine(state.outcomes)
      hasher.combine(node.done)
    }
  }

  private func path(to step: Int) -> [ExplorationChoice] {
    var found: [ExplorationChoice] = []
    var at = step
    while at >= 0 {
      found.append(steps[at].choice)
      at = steps[at].parent
    }
    return found.reversed()
  }
}
