import Channels
import DMA
import Hypervisor
import MachineDescription
import Negotiation
import Sun4v

/// What runs in one domain: the software of a control domain, of a guest, or nothing.
///
/// Two places and no enumeration, so that each is changed where it lies: taking the payload of a case
/// out and putting it back copies a thousand bytes and counts every reference in them.
struct DomainSoftware: Hashable {
  /// Which of the two places is taken.
  enum Kind: Hashable {
    case off, control, guest
  }

  /// The control domain's software, in the control domain while it runs.
  var control: ControlDomainSoftware?
  /// A guest's software, in a guest while it runs.
  var guest: GuestDomainSoftware?
  /// What runs; stored, since asking the places would copy them.
  private(set) var kind = Kind.off

  /// The software of a domain that is not running.
  static let off = DomainSoftware()

  /// Whether the domain runs.
  var isRunning: Bool { kind != .off }

  private init() {}

  init(control: ControlDomainSoftware) {
    self.control = control
    kind = .control
  }

  init(guest: GuestDomainSoftware) {
    self.guest = guest
    kind = .guest
  }

  // The questions below change nothing. They are mutating so that they are asked in place: of a place in
  // memory that others might change meanwhile, the compiler makes a copy first.

  /// When the software's timers are due.
  mutating func deadline() -> VirtualTime? {
    switch kind {
    case .off: nil
    case .control: control?.deadline()
    case .guest: guest?.deadline()
    }
  }

  /// Whether a request of a guest waits for its answer.
  mutating func isPending(_ request: RequestID) -> Bool { guest?.isPending(request) ?? false }

  /// What became of a request of a guest.
  mutating func outcome(of request: RequestID) -> RequestOutcome? {
    guest?.currentOutcome(of: request)
  }

  /// What a guest holds under a number.
  mutating func grant(_ id: GrantID) -> GuestGrant? { guest?.grant(id) }

  /// Runs a piece of code on what every domain's software has; `nil` where the domain is off.
  mutating func withBase<Value>(_ body: (inout DomainBase) -> Value) -> Value? {
    if let value = control?.change({ body(&$0.base) }) { return value }
    return guest?.change { body(&$0.base) }
  }
}

extension ControlDomainSoftware {
  /// Changes the software where it lies, through an optional.
  mutating func change<Value>(_ body: (inout Self) -> Value) -> Value { body(&self) }
}

extension GuestDomainSoftware {
  /// Changes the software where it lies, through an optional.
  mutating func change<Value>(_ body: (inout Self) -> Value) -> Value { body(&self) }
}

/// A domain as the machine's owner describes it, before and between boots.
struct DomainPlan: Hashable {
  /// The domain's name.
  let name: String
  /// Its memory in bytes.
  let memory: ByteSize
  /// The most DVA that it may hold by grants, in bytes; `nil` for no limit of its own.
  var quota: ByteSize?
  /// The DVA that is kept for it, in bytes.
  var reservation: ByteSize?
  /// A reserved range other than the one that the root complexes have.
  var reservedRange: BusAddressRange?
  /// Its memory, block by block.
  var blocks: [MemoryPlan] = []
  /// What its machine description says of the platform, where it came from one.
  var platform: GuestDescription.Platform?
  /// How many times the domain has booted.
  var boots: UInt64 = 0
}

/// A block of memory that a domain is to have.
struct MemoryPlan: Hashable {
  let base: RealAddress
  let size: UInt64
  /// Where it lies; `nil` for wherever there is room.
  var physical: PhysicalAddress?

  init(base: RealAddress, size: UInt64, physical: PhysicalAddress? = nil) {
    self.base = base
    self.size = size
    self.physical = physical
  }
}

/// A root complex as it was asked for, and as its owner's machine description tells of it.
struct RootComplexPlan: Hashable {
  let window: WindowReference
  let configuration: RootComplexConfiguration
  let description: RootComplexDescription
}

/// A channel that a hypervisor's machine description asks for.
struct ChannelPlan: Hashable {
  let first: ChannelEnd
  let second: ChannelEnd

  /// The ends of two domains in their order, or `nil` where the channel does not join them.
  func ends(_ a: DomainID, _ b: DomainID) -> (ChannelEnd, ChannelEnd)? {
    if first.domain == a && second.domain == b { return (first, second) }
    return first.domain == b && second.domain == a ? (second, first) : nil
  }
}

/// The two ends of the channel between a guest and the control domain.
struct ChannelPair: Hashable {
  let guest: ChannelID
  let control: ChannelID
}

/// A grant as software in a domain knows it: numbers are unique within a control domain's life.
struct GrantKey: Hashable {
  let domain: DomainID
  let grant: GrantID

  /// The number alone tells grants apart well enough.
  func hash(into hasher: inout Hasher) { hasher.combine(grant.rawValue) }
}

/// Everything of a machine outside its hypervisor: what software knows, and what is due when.
struct SoftwareState: Hashable {
  var layout = PhysicalLayout()
  var generator: SeededGenerator
  var isBooted = false
  var plans: [DomainPlan] = []
  var software: [DomainSoftware] = []
  /// The root complexes as they were asked for, by number.
  var rootComplexes: [RootComplexPlan] = []
  /// The channels that a machine description asks for, beyond which every guest gets one to the control
  /// domain.
  var channelPlans: [ChannelPlan] = []
  /// The range of each root complex that domains reserve for negotiated DMA.
  var reservedRanges: [RootComplexID: BusAddressRange] = [:]
  /// The channels between guests and the control domain.
  var channels: [DomainID: ChannelPair] = [:]
  /// When the interrupts that wait for each domain are handled, and its timers are due.
  var agenda = Agenda()
  var buffers = ObjectTable<BufferRecord>()
  var mappings = ObjectTable<MappingRecord>()
  /// The entries in use inside each grant, relative to its first page.
  var grantUse: [GrantKey: PageRuns] = [:]
  /// Each domain's page for lists of `pci_iommu_map`, by the domain's number; ends with the last that
  /// has one.
  var listPages: [RealAddress?] = []
  /// The domains' DMA drivers by number of domain; `GuestDMA.none` where a domain has made none.
  var drivers: [GuestDMA] = []
  /// Devices with a model, each kind by number.
  var networks: [NetworkUnit] = []
  var disks: [DiskUnit] = []
  var copyEngines: [CopyUnit] = []
  var steps: UInt64 = 0
  /// The messages of the `dvma` service that arrived with a wrong checksum.
  var damagedMessages: UInt64 = 0
  /// The crashes to come, by injection.
  var crashes: [PlannedCrash] = []
  /// Whether a function chooses the places of grants.
  var hasOwnPolicy = false
  /// The guests that do not answer when a grant is wanted back, by a switch for tests.
  var deafGuests: Set<DomainID> = []

  init(generator: SeededGenerator) { self.generator = generator }
}
