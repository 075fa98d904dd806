import Sun4v

/// Something that a script does to a machine, at most once, at any moment.
///
/// What it gives back is kept along the path, so that later actions can refer to it: two paths may lead
/// to the same machine and yet know different things, so results are part of what makes states equal.
public struct ExplorationAction<Outcome: Hashable> {
  /// The name, unique among the actions.
  public let name: String
  /// Does it; `nil` where it cannot be done now, and the machine is put back as it was.
  public let run: (_ machine: Machine, _ done: [Outcome?]) throws -> Outcome?

  /// Describes an action.
  public init(
    name: String, run: @escaping (_ machine: Machine, _ done: [Outcome?]) throws -> Outcome?
  ) {
    self.name = name
    self.run = run
  }
}

/// One step of an exploration: the machine's, or a script's.
public enum ExplorationChoice: Hashable, Sendable {
  /// Something that happens by itself.
  case machine(MachineChoice)
  /// The action at a place in the list of actions.
  case action(Int)
}

/// A broken rule, and the shortest way found to it.
public struct ExplorationViolation: Hashable, Sendable {
  /// What was done, in order, from the state after the setup.
  public let choices: [ExplorationChoice]
  /// What is broken then.
  public let message: String
}
