@preconcurrency import Glibc
import LineEditor

/// Text that is longer than the screen, a screen at a time.
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
    case .screen: try page(text)
    }
  }

  /// Writes results, through the pager where they are longer than the screen.
  ///
  /// A pager that cannot be started, which the shell tells by 126 or 127, costs nothing.
  func page(_ text: String) throws {
    guard output == nil, let command = pagerCommand, needsPager(text) else { return write(text) }
    let status = try foreign { () throws(CommandError) in
      try Subshell.run(command, input: text)
    }
    if status == 126 || status == 127 { write(text) }
  }

  /// The pager: `DVMASH_PAGER`, else `PAGER`, else `less`; `nil` where one is set and blank.
  private var pagerCommand: String? {
    let chosen = environment.value("DVMASH_PAGER") ?? environment.value("PAGER") ?? "less -FR"
    return Trim.spaces(chosen).isEmpty ? nil : chosen
  }

  private func needsPager(_ text: String) -> Bool {
    guard settings.pager, editor?.isTerminal == true, StandardStreams.outputIsTerminal,
      environment.value("TERM") != "dumb"
    else { return false }
    let size = TerminalSize.ofStandardOutput
    // The prompt has the last row.
    return VisibleText.rows(text, columns: size.columns, limit: size.rows) >= size.rows
  }
}

extension VisibleText {
  /// The rows of a screen that text takes, counted up to a limit; colours take no room.
  static func rows(_ text: String, columns: Int, limit: Int) -> Int {
    var rows = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(
      text.hasSuffix("\n") ? 1 : 0)
    {
      let width = TextWidth.columns(withoutColors(line))
      rows += max(1, (width + columns - 1) / max(1, columns))
      if rows >= limit { break }
    }
    return rows
  }

  /// Text without the sequences that set colours.
  private static func withoutColors(_ text: Substring) -> String {
    guard text.utf8.contains(0x1B) else { return String(text) }
    var result = ""
    var isInSequence = false
    for scalar in text.unicodeScalars {
      if scalar == "\u{1B}" {
        isInSequence = true
      } else if isInSequence {
        if scalar == "m" { isInSequence = false }
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
