import Sun4v

/// The words by which a client program asks the firmware to negotiate versions for it.
///
/// The stack runs the other way round from the registers of the calls: its last value is on top.
///
/// Source: FWARC 2006/052, versions-cif.txt.
public enum VersionWord: String, Hashable, Sendable {
  /// `( minor major group -- act-minor status )`
  case set = "SUNW,set-sun4v-version"
  /// `( group -- minor major status )`
  case get = "SUNW,get-sun4v-version"

  /// What executing a word did.
  public struct Outcome: Hashable, Sendable {
    /// The core-trap function that the firmware called.
    public let function: UInt64
    /// The arguments it passed.
    public let arguments: [UInt64]
    /// The values it left on the stack, the status on top.
    public let stack: [UInt64]
  }

  /// Executes the word for a domain with a stack, the top last; `nil` where values are missing.
  public func execute(
    stack: [UInt64], by domain: DomainID, _ hypervisor: Hypervisor
  ) -> Outcome? {
    switch self {
    case .set:
      guard stack.count >= 3 else { return nil }
      let arguments = Array(stack.suffix(3).reversed())
      let result = hypervisor.coreTrap(
        domain, 0, HypercallArguments(arguments[0], arguments[1], arguments[2]))
      return Outcome(
        function: 0, arguments: arguments, stack: [result.ret1, result.status.rawValue])
    case .get:
      guard let group = stack.last else { return nil }
      let result = hypervisor.coreTrap(domain, 3, HypercallArguments(group))
      return Outcome(
        function: 3, arguments: [group], stack: [result.ret2, result.ret1, result.status.rawValue])
    }
  }
}
