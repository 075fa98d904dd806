import Sun4v

/// What a domain is to the others.
public enum DomainRole: String, Hashable, Sendable {
  /// Owns root complexes and allocates DVA ranges.
  case control
  /// Owns no root complex; does DMA inside the ranges it was granted.
  case guest
}

/// Where a domain is in its life.
///
/// Source: OpenSPARC hypervisor, guest.h.
public enum DomainLifeState: String, Hashable, Sendable {
  /// Not running.
  case stopped
  /// Running.
  case normal
  /// On its way out; its CPUs have stopped.
  case exiting
}

/// What the hypervisor keeps of one domain.
public struct DomainRecord: Hashable, Sendable {
  /// The domain's number.
  public let id: DomainID
  /// The domain's name, such as `primary`.
  public let name: String
  /// The domain's role.
  public let role: DomainRole
  /// Where the domain is in its life.
  public internal(set) var lifeState: DomainLifeState = .stopped
  /// The map from the domain's real addresses to physical ones.
  public internal(set) var memoryMap = RealMemoryMap()
  /// The API versions the domain has chosen.
  public internal(set) var versions = APIVersionTable()
  /// The virtual CPUs, never none.
  public internal(set) var processors = [VirtualProcessor(id: 0)]
  /// The place in `processors` of the CPU whose code runs now: the one that calls about "this CPU"
  /// concern.
  public internal(set) var runningProcessor = 0
  /// The ends of channels that the domain has.
  public package(set) var channels = ChannelTable()
  /// The pages that the domain imported over its channels.
  public package(set) var imports = ImportRegion()
  /// The groups whose version cannot change now, so that `api_set_version` answers EBUSY.
  public internal(set) var frozenGroups: Set<APIGroup> = []
  /// The binary machine description that `mach_desc` hands out.
  public internal(set) var machineDescription: [UInt8] = []
  /// The end of what the domain wrote to its console; see `consoleLimit`.
  public internal(set) var console: [UInt8] = []
  /// What the domain says about itself.
  public internal(set) var softState = SoftState()
  /// The exit or reset that the domain asked for and the simulation has not yet carried out.
  public internal(set) var pendingLifeRequest: DomainLifeRequest?

  init(id: DomainID, name: String, role: DomainRole) {
    self.id = id
    self.name = name
    self.role = role
  }
}
