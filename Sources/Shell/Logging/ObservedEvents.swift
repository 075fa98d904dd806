import EngineBindings
import Logging
import LuaRuntime

/// What machines do, for `\\trace` and the log.
extension ShellContext {
  /// Connects a new session's engine.
  func observe(_ session: Session) {
    let engine = session.engine
    engine.progress = { [progress] in progress.update($0) }
    engine.progressEnded = { [progress] in progress.end() }
    engine.machineMade = { [unowned self] number, text in
      logger.info("machine \(number) made: \(text)")
    }
    engine.observer = { [unowned self] in tell($0) }
    settingsChanged()
  }

  /// Whether a trace or the log has use for events.
  var wantsEvents: Bool { settings.trace != .off || logger.logLevel <= .notice }

  /// Lets the settings of trace and log reach the logger, the engine and the Lua state.
  func settingsChanged() {
    logger.logLevel = settings.log.level
    openSession?.engine.isObserving = wantsEvents
    openSession?.state.showWholeTracebacks(settings.trace == .full)
  }

  private func tell(_ event: MachineEvent) {
    if settings.trace != .off,
      let line = event.hypercall(withNames: settings.trace == .full)
    {
      let width = StandardStreams.errorIsTerminal ? TerminalSize.ofStandardError.columns : nil
      let text = "\(name(ofMachine: event.machine)): \(line)"
      StandardStreams.complain(TextFold.hanging(text, indent: 4, width: width) + "\n")
    }
    logger.log(
      level: event.weight.level, "\(name(ofMachine: event.machine)): \(event.text)")
  }

  /// What a person calls a machine: the global variable that it is in, or its number.
  private func name(ofMachine number: Int) -> String {
    if let known = machineNames[number] { return known }
    let object = try? reachableObjects().first {
      $0.value.object.flatMap(EngineBindings.machineNumber) == number
    }
    let name = object?.name ?? "machine \(number)"
    machineNames[number] = name
    return name
  }
}

extension MachineEvent.Weight {
  /// The level at which the log tells an event.
  fileprivate var level: Logger.Level {
    switch self {
    case .notable: .notice
    case .ordinary: .info
    case .minor: .debug
    case .detail: .trace
    }
  }
}
