import DMA
import Hypervisor
import Negotiation
import Simulation
import Sun4v

/// A booted machine with one root complex, as the engine's workloads drive it.
public struct MachineUnderTest {
  /// The function whose accesses are measured.
  public static let function = BusDeviceFunction(rawValue: 0x100)

  /// The machine.
  public let machine: Machine
  /// Its root complex.
  public let bus: RootComplexID
  /// Its guests, in order.
  public let guests: [DomainID]

  /// Builds and boots a machine of the default model with a window of so many pages of 8 KiB.
  ///
  /// Throws `MachineError` where the machine cannot be built.
  public init(
    windowPages: Int = 1 << 18, guests count: Int = 1, guestMemory: ByteSize = ByteSize(512 << 20),
    controlMemory: ByteSize = MachineConfiguration.defaultControlMemory, boots: Bool = true
  ) throws(MachineError) {
    var wanted = MachineConfiguration(seed: 42, controlMemory: controlMemory)
    // The control domain has a channel to each guest.
    wanted.channelLimit = max(wanted.channelLimit, count)
    machine = try Machine(wanted)
    var configuration = RootComplexConfiguration(
      name: "pci@400", handle: DeviceHandle(rawValue: 0x400))
    configuration.windowSize = UInt64(windowPages) << PageSize.size8K.shift
    bus = try machine.addRootComplex(configuration)
    try machine.addFunction(Self.function, name: "net0", to: bus)
    var guests: [DomainID] = []
    for number in 0..<count {
      guests.append(try machine.addGuest(name: "ldg\(number + 1)", memory: guestMemory))
    }
    self.guests = guests
    if boots { try machine.boot() }
  }

  /// A domain's IOMMU driver, with a page of the domain's memory for its lists.
  public func driver(of domain: DomainID) throws(MachineError) -> IOMMUDriver {
    let target = try machine.rootComplex(bus)
    let list = try machine.allocate(domain, PageSize.size8K.bytes)
    return IOMMUDriver(
      handle: target.handle, windowBase: target.window.base, pageSize: target.window.pageSize,
      listAddress: try machine.buffer(list).base)
  }

  /// Maps every page of the window on its own, as the control domain, by hypercalls: page i to the page
  /// (i × 2654435761) mod `frames`, a power of two, of the control domain's memory.
  ///
  /// Throws `MachineError` or `DMAError` where a call is refused.
  public func mapEverything(frames: UInt64) throws {
    let driver = try driver(of: Machine.control)
    let port = DomainPort(machine.hypervisor, Machine.control)
    let pages = try machine.rootComplex(bus).window.entryCount
    let attributes = IOAttributes(read: true, write: true, requester: Self.function)
    let memory = try controlMemory.base
    var index: UInt64 = 0
    while index < pages {
      let count = min(UInt64(IOMMUDriver.batch), pages - index)
      let list = (index..<(index + count)).map {
        RealAddress(memory.rawValue &+ Self.frame($0, of: frames) << PageSize.size8K.shift)
      }
      try driver.map(port, at: index, pages: list, attributes: attributes)
      index += count
    }
  }

  /// The frame that `mapEverything` gives a page.
  static func frame(_ page: UInt64, of frames: UInt64) -> UInt64 {
    page &* 2_654_435_761 & (frames &- 1)
  }

  /// Where the control domain's memory begins, as it sees it and as devices do.
  var controlMemory: (base: RealAddress, physical: UInt64) {
    get throws(MachineError) {
      let segments = try machine.record(of: Machine.control).memoryMap.segments
      guard let segment = segments.first(where: { $0.kind == .memory }) else {
        throw MachineError(.noMemory, "the control domain has no memory")
      }
      return (segment.base, segment.base.rawValue &+ segment.offset)
    }
  }
}
