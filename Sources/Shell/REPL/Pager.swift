@preconcurrency import Glibc
import LineEditor

extension ShellContext {
  /// Shows the text of a command where it belongs; through the pager where it is longer than the
  /// screen.
  func deliver(_ text: String, to destination: CommandLineText.Destination) throws {
    switch destination {
    case .file(let path, let append):
      let file = try OutputFile(Self.expanded(path, environment), append: append)
      file.write(text)
      try file.finish()
    case .pipe(let command):
      _ = try foreign { () throws(CommandError) in try Subshell.run(command, input: text) }
    case .screen:
      guard output == nil, needsPager(text) else { return write(text) }
      let pager =
        environment.nonEmpty("DVMASH_PAGER") ?? environment.nonEmpty("PAGER") ?? "less -FR"
      _ = try foreign { () throws(CommandError) in try Subshell.run(pager, input: text) }
    }
  }

  private func needsPager(_ text: String) -> Bool {
    guard settings.pager, editor?.isTerminal == true, StandardStreams.outputIsTerminal,
      environment.value("TERM") != "dumb"
    else { return false }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return false }
    return text.utf8.count(where: { $0 == UInt8(ascii: "\n") }) >= Int(size.ws_row)
  }
}
