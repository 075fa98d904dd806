/// When output is coloured.
public enum ColorChoice: String, CaseIterable, Sendable {
  /// On a terminal that can.
  case auto
  /// Always.
  case always
  /// Never.
  case never

  /// The decision for one stream: the option, then `NO_COLOR`, then the variables that force colour,
  /// then the terminal.
  public func isOn(isTerminal: Bool, _ environment: ProcessEnvironment) -> Bool {
    switch self {
    case .always: return true
    case .never: return false
    case .auto: break
    }
    if environment.nonEmpty("NO_COLOR") != nil { return false }
    for name in ["CLICOLOR_FORCE", "FORCE_COLOR"] {
      if let value = environment.nonEmpty(name), value != "0" { return true }
    }
    return isTerminal && environment.value("TERM") != "dumb"
  }
}
