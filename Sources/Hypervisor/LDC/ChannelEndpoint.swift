import Sun4v

/// What is at the far end of a channel.
public enum ChannelTarget: Hashable, Sendable {
  /// A channel of a domain.
  case domain(DomainID, ChannelID)
  /// A service of the hypervisor itself.
  case hypervisor
  /// The service processor.
  case serviceProcessor
}

/// The table by which a domain exports pages to the far end of one channel.
public struct ChannelMapTable: Hashable, Sendable {
  /// The size of an entry in bytes.
  public static let entrySize: UInt64 = 16

  /// The real address of the first entry.
  public let base: RealAddress
  /// The number of entries, a power of two.
  public let entries: UInt64
  let physical: PhysicalAddress

  /// Describes a table; `physical` is where `base` lies.
  package init(base: RealAddress, entries: UInt64, physical: PhysicalAddress) {
    self.base = base
    self.entries = entries
    self.physical = physical
  }
}

/// One end of a logical domain channel, seen from the domain that has it.
///
/// Source: OpenSPARC hypervisor, ldc.h; FWARC 2006/571.
public struct ChannelEndpoint: Hashable, Sendable {
  /// Whether the end exists; only the domain manager makes and removes ends.
  public package(set) var isLive = false
  /// Whether the end belongs to a service built into the hypervisor, and is hidden from the domain.
  public package(set) var isPrivate = false
  /// The far end.
  public package(set) var target = ChannelTarget.hypervisor
  /// Packets on their way out.
  public package(set) var transmit = ChannelQueue()
  /// Packets that came in.
  public package(set) var receive = ChannelQueue()
  /// Whether the receive queue was replaced or removed since the far end last asked for the state.
  public package(set) var isUpdated = false
  /// The interrupt that tells of packets and of the far end going up or down.
  public package(set) var receiveInterrupt = VirtualInterrupt(number: 0)
  /// The interrupt of the transmit side; it exists but is never raised.
  public package(set) var transmitInterrupt = VirtualInterrupt(number: 0)
  /// The pages that the far end may copy or import.
  public package(set) var mapTable: ChannelMapTable?
  /// Packets that an injected fault holds back from this end's receive queue, oldest first.
  public package(set) var held: [HeldPacket] = []

  /// Whether the domain may use the end.
  public var isUsable: Bool { isLive && !isPrivate }
}

/// The ends of channels that one domain has, by number.
public struct ChannelTable: Hashable, Sendable {
  /// The handle of the channel device; indexes 8 to 15 of the device table all lead to it.
  ///
  /// Source: OpenSPARC hypervisor, config.c; MD property `cfg-handle` of `channel-devices`.
  public static let deviceHandle = DeviceHandle(rawValue: 0x200)

  /// The ends; the place in the list is the channel's number, and unused places are not live.
  public package(set) var endpoints: [ChannelEndpoint] = []
  /// For each interrupt number the channel times two, plus one for the transmit side; or -1.
  private var interruptOwners: [Int16] = []
  /// The number of live ends.
  private var liveCount = 0

  /// Makes a table without channels.
  public init() {}

  /// Feeds the ends, from which the owners of interrupts follow.
  public func hash(into hasher: inout Hasher) { hasher.combine(endpoints) }

  /// The end of a number, or `nil` where none is live.
  public subscript(id: ChannelID) -> ChannelEndpoint? {
    guard id.rawValue < UInt64(endpoints.count), endpoints[Int(id.rawValue)].isLive else {
      return nil
    }
    return endpoints[Int(id.rawValue)]
  }

  /// Whether an end of a number is live.
  @inline(__always) func isLive(_ channel: UInt64) -> Bool {
    channel < UInt64(endpoints.count) && endpoints[Int(channel)].isLive
  }

  /// The lowest number without a live end.
  var lowestFree: Int {
    liveCount == endpoints.count
      ? liveCount : endpoints.firstIndex { !$0.isLive } ?? endpoints.count
  }

  /// The numbers of the live ends, in order.
  public var liveChannels: [ChannelID] {
    endpoints.indices.lazy.filter { endpoints[$0].isLive }.map { ChannelID(UInt64($0)) }
  }

  /// The place of a channel that a hypercall may use: live and not private.
  @inline(__always) func usable(_ channel: UInt64) -> Int? {
    guard channel < UInt64(endpoints.count), endpoints[Int(channel)].isUsable else { return nil }
    return Int(channel)
  }

  /// The channel and side of an assigned interrupt number.
  @inline(__always) func owner(ofInterrupt number: UInt64) -> (channel: Int, isTransmit: Bool)? {
    guard number < UInt64(interruptOwners.count), interruptOwners[Int(number)] >= 0 else {
      return nil
    }
    let owner = Int(interruptOwners[Int(number)])
    return (owner >> 1, owner & 1 != 0)
  }

  /// The interrupt of one side of a channel.
  @inline(__always) func interrupt(of channel: Int, isTransmit: Bool) -> VirtualInterrupt {
    isTransmit ? endpoints[channel].transmitInterrupt : endpoints[channel].receiveInterrupt
  }

  /// Changes the interrupt of one side of a channel.
  @inline(__always) mutating func changeInterrupt<Value>(
    of channel: Int, isTransmit: Bool, _ change: (inout VirtualInterrupt) -> Value
  ) -> Value {
    isTransmit
      ? change(&endpoints[channel].transmitInterrupt)
      : change(&endpoints[channel].receiveInterrupt)
  }

  mutating func install(_ endpoint: ChannelEndpoint, at channel: Int) {
    while endpoints.count <= channel { endpoints.append(ChannelEndpoint()) }
    endpoints[channel] = endpoint
    liveCount += 1
    let receive = Int(endpoint.receiveInterrupt.number)
    let transmit = Int(endpoint.transmitInterrupt.number)
    while interruptOwners.count <= max(receive, transmit) { interruptOwners.append(-1) }
    interruptOwners[receive] = Int16(channel << 1)
    interruptOwners[transmit] = Int16(channel << 1 | 1)
  }

  mutating func remove(_ channel: Int) {
    interruptOwners[Int(endpoints[channel].receiveInterrupt.number)] = -1
    interruptOwners[Int(endpoints[channel].transmitInterrupt.number)] = -1
    endpoints[channel] = ChannelEndpoint()
    liveCount -= 1
    // Two tables with the same channels are equal, whatever they had before.
    while endpoints.last?.isLive == false { endpoints.removeLast() }
    while interruptOwners.last == -1 { interruptOwners.removeLast() }
  }
}
