import Channels
import DMA
import Hypervisor
import MachineDescription
import Negotiation
import Sun4v

/// What runs in one domain.
enum DomainSoftware: Hashable {
  /// The domain is not running.
  case off
  /// The control domain's software.
  case control(ControlDomainSoftware)
  /// A guest's software.
  case guest(GuestDomainSoftware)

  /// Whether the domain runs.
  var isRunning: Bool { self != .off }

  /// When the software's timers are due.
  var nextDeadline: VirtualTime? {
    switch self {
    case .off: nil
    case .control(let software): software.nextDeadline
    case .guest(let software): software.nextDeadline
    }
  }
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
  /// When the interrupts that wait for a domain are handled.
  var deliveries: [DomainID: VirtualTime] = [:]
  var buffers = ObjectTable<BufferRecord>()
  var mappings = ObjectTable<MappingRecord>()
  /// The entries in use inside each grant, relative to its first page.
  var grantUse: [GrantKey: PageRuns] = [:]
  /// Each domain's page for lists of `pci_iommu_map`.
  var listPages: [DomainID: RealAddress] = [:]
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
