import LuaRuntime

extension LuaFailure {
  /// The status that the process ends with.
  var exitStatus: Int32 {
    switch kind {
    case .exit(let status): return status & 0xFF
    case .file: return ExitStatus.cannotRead.rawValue
    case .interrupted: return ExitStatus.interrupted.rawValue
    case .instructionLimit: return ExitStatus.limitReached.rawValue
    case .runtime:
      let code = (try? value?.rawField("code"))?.text
      let isInternal = code == "internal"
      return (isInternal ? ExitStatus.internalFailure : .failure).rawValue
    case .syntax, .memory: return ExitStatus.failure.rawValue
    }
  }

  /// What is printed about it: the message, then the traceback.
  var report: String {
    let message = VisibleText.multiline(message)
    guard let traceback, !traceback.isEmpty else { return message }
    return message + "\n" + VisibleText.multiline(traceback)
  }
}

/// The status and the text for any error of a run.
struct RunFailure {
  let status: Int32
  let report: String

  init(_ error: any Error) {
    switch error {
    case let failure as LuaFailure:
      status = failure.exitStatus
      report = failure.report
    case let error as MissingModule:
      status = ExitStatus.cannotRead.rawValue
      report = VisibleText.multiline(error.message)
    case let error as any LuaConvertibleError:
      let isInternal = error.code == "internal"
      status = (isInternal ? ExitStatus.internalFailure : .failure).rawValue
      report = VisibleText.multiline(error.message)
    default:
      status = ExitStatus.internalFailure.rawValue
      report = "internal failure"
    }
  }
}
