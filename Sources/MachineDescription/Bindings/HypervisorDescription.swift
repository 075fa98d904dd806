import Sun4v

/// What the hypervisor learns from its own machine description: who owns which resource.
///
/// Format 1.0 (root `content-version` 0x100000000). `init(_:)` reads it from a graph,
/// `machineDescription` builds the graph, and each undoes the other. Source: what the OpenSPARC
/// hypervisor 1.5.6 reads when it configures itself.
public struct HypervisorDescription: Hashable, Sendable {
  /// The major content version that can be read.
  public static let supportedContentMajor: UInt64 = 1

  /// A domain (`guest`).
  public struct Guest: Hashable, Sendable {
    /// The domain's number among guests.
    public var id: DomainID
    /// The domain's name, where told.
    public var name: String?
    /// Where the domain's own description lies.
    public var descriptionAddress: PhysicalAddress
    /// Where the domain's firmware lies.
    public var firmwareBase: PhysicalAddress
    /// The bytes of the firmware.
    public var firmwareSize: UInt64
    /// The handle of the domain's virtual devices, where it has any.
    public var virtualDevicesHandle: UInt64?
    /// The handle of the domain's channel devices, where it has any.
    public var channelDevicesHandle: UInt64?
    /// Makes a domain.
    public init(
      id: DomainID, name: String? = nil, descriptionAddress: PhysicalAddress,
      firmwareBase: PhysicalAddress, firmwareSize: UInt64, virtualDevicesHandle: UInt64? = 0x100,
      channelDevicesHandle: UInt64? = 0x200
    ) {
      self.id = id
      self.name = name
      self.descriptionAddress = descriptionAddress
      self.firmwareBase = firmwareBase
      self.firmwareSize = firmwareSize
      self.virtualDevicesHandle = virtualDevicesHandle
      self.channelDevicesHandle = channelDevicesHandle
    }
  }

  /// A block of memory given to a domain (`mblock`).
  public struct MemoryBlock: Hashable, Sendable {
    /// The block's number among memory blocks.
    public var resourceID: UInt64
    /// Where the machine has the memory.
    public var physicalBase: PhysicalAddress
    /// The bytes of the block.
    public var size: UInt64
    /// Where the domain sees the memory.
    public var realBase: RealAddress
    /// The domain that owns the block, where one does.
    public var owner: DomainID?
    /// Makes a block.
    public init(
      resourceID: UInt64, physicalBase: PhysicalAddress, size: UInt64, realBase: RealAddress,
      owner: DomainID?
    ) {
      self.resourceID = resourceID
      self.physicalBase = physicalBase
      self.size = size
      self.realBase = realBase
      self.owner = owner
    }
  }

  /// A strand given to a domain (`cpu`).
  public struct Processor: Hashable, Sendable {
    /// The strand's number among processors.
    public var resourceID: UInt64
    /// The physical strand.
    public var physicalID: UInt64
    /// The number by which the domain names it.
    public var virtualID: UInt64
    /// The partition of the strand's translations.
    public var partition: UInt64
    /// The domain that owns the strand, where one does.
    public var owner: DomainID?
    /// Makes a strand.
    public init(
      resourceID: UInt64, physicalID: UInt64, virtualID: UInt64, partition: UInt64,
      owner: DomainID?
    ) {
      self.resourceID = resourceID
      self.physicalID = physicalID
      self.virtualID = virtualID
      self.partition = partition
      self.owner = owner
    }
  }

  /// A PCIe bus (`pcie_bus`).
  public struct Bus: Hashable, Sendable {
    /// The bus's number among buses.
    public var resourceID: UInt64
    /// The handle by which its owner names it.
    public var handle: DeviceHandle
    /// Whether its owner may bypass the IOMMU (`allow_bypass` is 1).
    public var allowsBypass: Bool
    /// The domain that owns the bus, where one does.
    public var owner: DomainID?
    /// Makes a bus.
    public init(
      resourceID: UInt64, handle: DeviceHandle, allowsBypass: Bool = false, owner: DomainID?
    ) {
      self.resourceID = resourceID
      self.handle = handle
      self.allowsBypass = allowsBypass
      self.owner = owner
    }
  }

  /// One end of a channel (`ldc_endpoint`).
  public struct Endpoint: Hashable, Sendable {
    /// What is at the other end.
    public enum Target: Hashable, Sendable {
      /// A domain, by its number, and its channel.
      case guest(DomainID, ChannelID)
      /// The hypervisor and its channel.
      case hypervisor(ChannelID)
      /// The service processor and its channel.
      case serviceProcessor(ChannelID)
    }

    /// The endpoint's number among endpoints.
    public var resourceID: UInt64
    /// The number by which the owner names the channel, below 4080: the most that any firmware has.
    public var channel: ChannelID
    /// The domain that owns the endpoint; `nil` for the hypervisor's own.
    public var owner: DomainID?
    /// What is at the other end.
    public var target: Target
    /// The device interrupt of the transmit queue, where the owner has one.
    public var transmitInterrupt: UInt64?
    /// The device interrupt of the receive queue, where the owner has one.
    public var receiveInterrupt: UInt64?
    /// The private service that takes the place of interrupts, 2 for the console.
    public var privateService: UInt64?
    /// The service at the hypervisor's own end, 1 for the control channel.
    public var service: UInt64?
    /// Makes an endpoint.
    public init(
      resourceID: UInt64, channel: ChannelID, owner: DomainID?, target: Target,
      transmitInterrupt: UInt64? = nil, receiveInterrupt: UInt64? = nil,
      privateService: UInt64? = nil, service: UInt64? = nil
    ) {
      self.resourceID = resourceID
      self.channel = channel
      self.owner = owner
      self.target = target
      self.transmitInterrupt = transmitInterrupt
      self.receiveInterrupt = receiveInterrupt
      self.privateService = privateService
      self.service = service
    }
  }

  /// Ticks of the system clock per second, where told.
  public var stickFrequency: UInt64?
  /// The domains.
  public var guests: [Guest]
  /// The blocks of memory.
  public var memory: [MemoryBlock]
  /// The strands.
  public var processors: [Processor]
  /// The PCIe buses.
  public var buses: [Bus]
  /// The ends of channels.
  public var endpoints: [Endpoint]

  /// Makes a description of a machine.
  public init(
    stickFrequency: UInt64? = nil, guests: [Guest], memory: [MemoryBlock] = [],
    processors: [Processor] = [], buses: [Bus] = [], endpoints: [Endpoint] = []
  ) {
    self.stickFrequency = stickFrequency
    self.guests = guests
    self.memory = memory
    self.processors = processors
    self.buses = buses
    self.endpoints = endpoints
  }
}
