import Sun4v

/// What a domain learns from its machine description: memory, processors, buses and channels.
///
/// `init(_:)` reads it from a graph, `machineDescription` builds the graph, and each undoes the other.
/// Source: FWARC 2005/115, 2007/122, 2006/055; UltraSPARC Virtual Machine Specification, chapter 8.
public struct GuestDescription: Hashable, Sendable {
  /// A block of the domain's memory (`mblock`).
  public struct MemoryBlock: Hashable, Sendable {
    /// The first real address.
    public var base: RealAddress
    /// The length in bytes.
    public var size: UInt64
    /// Makes a block.
    public init(base: RealAddress, size: UInt64) {
      self.base = base
      self.size = size
    }
  }

  /// A virtual processor (`cpu`).
  public struct Processor: Hashable, Sendable {
    /// The number by which hypercalls name it.
    public var id: UInt64
    /// Cycles per second, where told.
    public var clockFrequency: UInt64?
    /// Bit n set: the page size of code n works; 0x9 where not told.
    public var pageSizes: UInt64?
    /// Makes a processor.
    public init(id: UInt64, clockFrequency: UInt64? = nil, pageSizes: UInt64? = nil) {
      self.id = id
      self.clockFrequency = clockFrequency
      self.pageSizes = pageSizes
    }
  }

  /// What the machine is (`platform`).
  public struct Platform: Hashable, Sendable {
    /// The name for programs, such as `SUNW,Sun-Fire-T2000`.
    public var name: String
    /// The name for people.
    public var bannerName: String
    /// Ticks of the system clock per second.
    public var stickFrequency: UInt64
    /// The host's number, where told.
    public var hostID: UInt64?
    /// The Ethernet address in the low 48 bits, where told.
    public var macAddress: UInt64?
    /// Makes a platform.
    public init(
      name: String, bannerName: String, stickFrequency: UInt64, hostID: UInt64? = nil,
      macAddress: UInt64? = nil
    ) {
      self.name = name
      self.bannerName = bannerName
      self.stickFrequency = stickFrequency
      self.hostID = hostID
      self.macAddress = macAddress
    }
  }

  /// The domain's end of a channel (`channel-endpoint`).
  public struct ChannelEndpoint: Hashable, Sendable {
    /// The number by which hypercalls name the channel.
    public var id: ChannelID
    /// The device interrupt of the transmit queue.
    public var transmitInterrupt: UInt64
    /// The device interrupt of the receive queue.
    public var receiveInterrupt: UInt64
    /// Makes an endpoint.
    public init(id: ChannelID, transmitInterrupt: UInt64, receiveInterrupt: UInt64) {
      self.id = id
      self.transmitInterrupt = transmitInterrupt
      self.receiveInterrupt = receiveInterrupt
    }
    /// Makes an endpoint with the interrupts that real descriptions give it: 2n and 2n + 1.
    public init(id: ChannelID) {
      self.init(
        id: id, transmitInterrupt: id.rawValue &* 2, receiveInterrupt: id.rawValue &* 2 &+ 1)
    }
  }

  /// A virtual device of channels (`virtual-device` below `channel-devices`) and its ports.
  public struct VirtualDevice: Hashable, Sendable {
    /// A port (`virtual-device-port`).
    public struct Port: Hashable, Sendable {
      /// The port's number, unique in the device.
      public var id: UInt64
      /// The port's name, such as `vldc-port`.
      public var name: String?
      /// The service behind the port (`vldc-svc-name`), where told.
      public var service: String?
      /// The channels that the port uses.
      public var channels: [ChannelID]
      /// Makes a port.
      public init(id: UInt64, name: String? = nil, service: String? = nil, channels: [ChannelID]) {
        self.id = id
        self.name = name
        self.service = service
        self.channels = channels
      }
    }

    /// The device's name, such as `virtual-channel`.
    public var name: String
    /// The device's type, such as `serial`, where told.
    public var type: String?
    /// The bindings that the device meets.
    public var compatible: [String]
    /// The device's handle below its parent.
    public var handle: UInt64
    /// The ports.
    public var ports: [Port]
    /// Makes a device.
    public init(
      name: String, type: String? = nil, compatible: [String], handle: UInt64 = 0,
      ports: [Port] = []
    ) {
      self.name = name
      self.type = type
      self.compatible = compatible
      self.handle = handle
      self.ports = ports
    }
  }

  /// A channel that carries Domain Services (`domain-services-port`).
  public struct DomainServicesPort: Hashable, Sendable {
    /// The port's number.
    public var id: UInt64
    /// The channels that the port uses.
    public var channels: [ChannelID]
    /// Makes a port.
    public init(id: UInt64, channels: [ChannelID]) {
      self.id = id
      self.channels = channels
    }
  }

  /// The domain's own name, where told (`vlds-domain-name` of the virtual domain service device).
  public var domainName: String?
  /// The number of this version of the description (`md-generation#`), 0 where not told.
  public var generation: UInt64
  /// What the machine is.
  public var platform: Platform
  /// The domain's memory.
  public var memory: [MemoryBlock]
  /// The domain's processors.
  public var processors: [Processor]
  /// The domain's root complexes.
  public var rootComplexes: [RootComplexDescription]
  /// The domain's ends of channels.
  public var channels: [ChannelEndpoint]
  /// The virtual devices that use channels.
  public var virtualDevices: [VirtualDevice]
  /// The ports of Domain Services.
  public var domainServices: [DomainServicesPort]

  /// Makes a description of a domain.
  public init(
    domainName: String? = nil, generation: UInt64 = 0, platform: Platform,
    memory: [MemoryBlock], processors: [Processor], rootComplexes: [RootComplexDescription] = [],
    channels: [ChannelEndpoint] = [], virtualDevices: [VirtualDevice] = [],
    domainServices: [DomainServicesPort] = []
  ) {
    self.domainName = domainName
    self.generation = generation
    self.platform = platform
    self.memory = memory
    self.processors = processors
    self.rootComplexes = rootComplexes
    self.channels = channels
    self.virtualDevices = virtualDevices
    self.domainServices = domainServices
  }
}
