import Sun4v

/// The software trap by which a call enters the hypervisor.
public enum HypercallTrap: UInt64, Hashable, Sendable {
  /// Trap 0x80: the function number is in %o5.
  case fast = 0x80
  /// Trap 0xff: always present, in no API group.
  case core = 0xff
}

/// One function of the hypervisor: the declaration that feeds the call, its help, the list
/// `sun4v.hypercalls` and the reference page.
public struct Hypercall: Sendable {
  /// Runs the function on the hypervisor's state for the calling domain.
  public typealias Handler =
    @Sendable (inout HypervisorState, DomainID, HypercallArguments) -> HypercallResult

  /// The trap.
  public let trap: HypercallTrap
  /// The function number in %o5.
  public let number: UInt64
  /// The name, such as `pci_iommu_map`.
  public let name: String
  /// Other names in use for the same call.
  public let aliases: [String]
  /// The API group that enables the call, or `nil` for calls that are always present.
  public let group: APIGroup?
  /// The versions of the group that have the call.
  public let versions: APIVersionRange
  /// The versions that have the call where the specification differs from the deployed code.
  public let specifiedVersions: APIVersionRange
  /// The minor versions that put another routine in the call's place: as deployed, a domain that goes
  /// back below one of them loses the call (OpenSPARC hypervisor, hcall.s).
  public let replacedIn: [APIVersion]
  /// The argument names in order of register.
  public let arguments: [String]
  /// The names of the returned values in order of register.
  public let results: [String]
  /// One line on what the call does.
  public let summary: String
  /// Where the behaviour is written down.
  public let source: String
  /// The implementation.
  public let handler: Handler

  /// Declares a function.
  public init(
    _ name: String, _ number: UInt64, trap: HypercallTrap = .fast, aliases: [String] = [],
    group: APIGroup?, versions: APIVersionRange = .all,
    specifiedVersions: APIVersionRange? = nil, replacedIn: [APIVersion] = [],
    arguments: [String], results: [String] = [],
    summary: String, source: String, handler: @escaping Handler
  ) {
    self.trap = trap
    self.number = number
    self.name = name
    self.aliases = aliases
    self.group = group
    self.versions = versions
    self.specifiedVersions = specifiedVersions ?? versions
    self.replacedIn = replacedIn
    self.arguments = arguments
    self.results = results
    self.summary = summary
    self.source = source
    self.handler = handler
  }
}
