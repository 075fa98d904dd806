import Logging
import LuaRuntime

/// The rc files of the prompt.
enum StartupFiles {
  /// Runs them; the status to leave with, if one asks for it or the named one cannot be read.
  static func run(_ context: ShellContext) -> Int32? {
    let options = context.options
    let files =
      options.rcFile.map { [$0] } ?? (options.skipsRC ? [] : context.environment.startupFiles)
    for file in files {
      context.logger.info("running \(file)")
      do {
        try context.session().state.runFile(file)
      } catch let failure as LuaFailure {
        if case .exit(let status) = failure.kind { return status & 0xFF }
        StandardStreams.report(failure.report)
        if failure.kind == .file, options.rcFile != nil { return failure.exitStatus }
      } catch {
        StandardStreams.report(RunFailure(error).report)
      }
    }
    return nil
  }
}
