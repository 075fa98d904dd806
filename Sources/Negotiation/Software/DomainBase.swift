// Theory of operation
//
// What the software of control domain and guests has in common: the versions it negotiates, the device
// mondo queue in its own memory, and the sorting of mondos. A mondo is known by word 0: the cookie of a
// channel, else an error packet by its description, else something that devices or drivers deal with.
//
// Nothing here looks at the hypervisor's state; all is hypercalls and the domain's own memory.
//
// Source: UltraSPARC Virtual Machine Specification, chapters 6, 11, 16; error packets: FWARC 2010/137,
// section 6.3.4 and OpenSPARC hypervisor 1.5.6.

import Channels
import Hypervisor
import Sun4v

/// The parts that the software of every domain has.
public struct DomainBase: Hashable, Sendable {
  /// How it was made.
  public let configuration: SoftwareConfiguration
  /// The domain's own memory.
  public var memory: RealPageAllocator
  /// The minor versions in force, by group, as the hypervisor answered at boot.
  public private(set) var versions: [APIGroup: APIVersion] = [:]
  /// Error packets that came and were not taken yet, oldest first.
  public private(set) var faults: [Mondo] = []
  /// Other mondos that came and were not taken yet, oldest first.
  public private(set) var interrupts: [Mondo] = []
  /// Mondos that were dropped because an inbox was full.
  public private(set) var droppedMondos: UInt64 = 0
  private var spareSignals = SpareList<Int>()

  /// Cookies are above 2047, so that none looks like a system interrupt number.
  static let cookieBase: UInt64 = 0x1000

  init(configuration: SoftwareConfiguration) {
    self.configuration = configuration
    memory = RealPageAllocator(base: configuration.memoryBase, size: configuration.memorySize)
  }

  /// Chooses versions and sets up the device mondo queue.
  mutating func boot(_ port: DomainPort) throws(BootError) {
    try choose(.core, [APIVersion(1, 2)], port)
    try choose(.interrupt, [APIVersion(2, 0)], port)
    try choose(.pci, [APIVersion(2, 0), APIVersion(1, 0)], port)
    try choose(.ldc, [APIVersion(1, 1)], port)
    try choose(.dvma, [APIVersion(1, 0)], port)
    let entries = configuration.mondoEntries
    let queue = try allocate(entries.multipliedReportingOverflow(by: MondoQueue.entrySize))
    port.run(onProcessor: configuration.processor)
    let status = port.fastTrap(
      HypercallNumber.cpuQConf, MondoQueueKind.device.rawValue, queue.rawValue, entries
    ).status
    guard status == .ok else { throw .refused(call: HypercallNumber.cpuQConf, status) }
  }

  private mutating func choose(
    _ group: APIGroup, _ wanted: [APIVersion], _ port: DomainPort
  ) throws(BootError) {
    var status = HypervisorStatus.notSupported
    for version in wanted {
      let result = port.coreTrap(
        Self.setVersion, group.rawValue, version.major, version.minor)
      status = result.status
      if status == .ok {
        versions[group] = APIVersion(version.major, min(version.minor, result.ret1))
        return
      }
    }
    throw .versionRefused(group, wanted.last ?? APIVersion(0, 0), status)
  }

  private static let setVersion: UInt64 = 0

  /// Allocates memory of the domain for a queue, aligned to its size.
  private mutating func allocate(
    _ size: (partialValue: UInt64, overflow: Bool)
  ) throws(BootError) -> RealAddress {
    guard !size.overflow,
      let place = memory.allocate(size.partialValue, alignment: size.partialValue)
    else { throw .outOfMemory(bytes: size.overflow ? .max : size.partialValue) }
    return place
  }

  /// Makes the connection on a channel, with queues in the domain's memory.
  mutating func makeConnection(
    _ attachment: ChannelAttachment, role: DomainServicesRole
  ) throws(BootError) -> ServiceConnection {
    let size = configuration.channelEntries.multipliedReportingOverflow(
      by: UInt64(LDCPacket.byteCount))
    let transmit = try allocate(size)
    let receive: RealAddress
    do {
      receive = try allocate(size)
    } catch {
      memory.release(transmit)
      throw error
    }
    var link = configuration.link
    link.role = role == .guest ? .initiator : .responder
    return ServiceConnection(
      LDCEndpointConfiguration(
        channel: attachment.channel, transmitQueue: transmit, receiveQueue: receive,
        entries: configuration.channelEntries,
        interrupt: LDCReceiveInterrupt(
          device: attachment.device, number: attachment.receiveInterrupt,
          cookie: Self.cookieBase &+ attachment.channel.rawValue,
          processor: configuration.processor)),
      link: link, role: role)
  }

  /// Takes waiting mondos, as many as one call may, and sorts them.
  ///
  /// Returns the places of the channels whose receive interrupts came, each once, in order of coming;
  /// `place` tells them, and `nil` for a channel that is not the software's.
  mutating func takeMondos(_ port: DomainPort, place: (ChannelID) -> Int?) -> [Int] {
    var signalled = spareSignals.take()
    for _ in 0..<max(1, configuration.mondosPerCall) {
      guard let mondo = port.takeMondo(.device, processor: configuration.processor) else { break }
      if let index = place(ChannelID(mondo.source &- Self.cookieBase)) {
        if !signalled.contains(index) { signalled.append(index) }
      } else if mondo.isErrorPacket {
        keep(mondo, in: \.faults)
      } else {
        keep(mondo, in: \.interrupts)
      }
    }
    return signalled
  }

  /// Keeps the memory of what `takeMondos` handed out.
  mutating func finish(_ signalled: inout [Int]) { spareSignals.keep(&signalled) }

  private mutating func keep(_ mondo: Mondo, in inbox: WritableKeyPath<Self, [Mondo]>) {
    if self[keyPath: inbox].count < configuration.inboxLimit {
      self[keyPath: inbox].append(mondo)
    } else {
      droppedMondos &+= 1
    }
  }

  /// Hands over the error packets that came.
  public mutating func takeFaults() -> [Mondo] {
    defer { faults.removeAll() }
    return faults
  }

  /// Hands over the other mondos that came.
  public mutating func takeInterrupts() -> [Mondo] {
    defer { interrupts.removeAll() }
    return interrupts
  }
}

extension Mondo {
  /// Whether this is an error packet: the description in word 3 names a block, which other device
  /// mondos leave zero.
  public var isErrorPacket: Bool { self[3] >> 60 != 0 }
}
