import Channels
import Hypervisor
import Sun4v

/// One end of a channel as a domain's machine description tells it.
public struct ChannelAttachment: Hashable, Sendable {
  /// The channel's number in the domain (`id` of the channel endpoint).
  public var channel: ChannelID
  /// The number of its receive interrupt (`rx-ino`).
  public var receiveInterrupt: UInt64
  /// The handle of the channel device (`cfg-handle` of `channel-devices`).
  public var device: DeviceHandle

  /// Describes an end; without other word with the numbers that a machine gives.
  public init(
    channel: ChannelID, receiveInterrupt: UInt64? = nil,
    device: DeviceHandle = ChannelTable.deviceHandle
  ) {
    self.channel = channel
    self.receiveInterrupt = receiveInterrupt ?? channel.rawValue &* 2 &+ 1
    self.device = device
  }
}

/// What the software of any domain is made of.
public struct SoftwareConfiguration: Hashable, Sendable {
  /// The domain itself.
  public var domain: DomainID
  /// How many times the domain has booted: grows from boot to boot.
  public var incarnation: UInt64
  /// Where the memory that the software may use begins.
  public var memoryBase: RealAddress
  /// Its size in bytes.
  public var memorySize: UInt64
  /// The windows of the root complexes that the domain uses.
  public var windows: [DVMAWindow]
  /// The virtual CPU that takes device interrupts.
  public var processor: UInt64 = 0
  /// Entries of the device mondo queue: a power of two, at least 2.
  public var mondoEntries: UInt64 = 128
  /// Packets in each queue of a channel: a power of two, at least 2.
  public var channelEntries: UInt64 = 128
  /// The most mondos taken in one call of `handleInterrupts`.
  public var mondosPerCall: Int = 128
  /// The most error packets, and the most other mondos, that are kept.
  public var inboxLimit: Int = 1024
  /// How links behave, apart from mode and role.
  public var link = LDCLinkConfiguration(mode: .reliable)

  /// Makes a configuration; sizes have defaults.
  public init(
    domain: DomainID, incarnation: UInt64, memoryBase: RealAddress, memorySize: UInt64,
    windows: [DVMAWindow]
  ) {
    self.domain = domain
    self.incarnation = incarnation
    self.memoryBase = memoryBase
    self.memorySize = memorySize
    self.windows = windows
  }
}
