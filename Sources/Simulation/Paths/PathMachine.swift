import Channels
import DMA
import Hypervisor
import Negotiation
import Sun4v

/// The two ends of an I/O channel, and their numbers in the domains.
struct PathConnection {
  let guest: PathEndpoint
  let control: PathEndpoint
  let guestChannel: ChannelID
  let controlChannel: ChannelID
}

/// The machine of a comparison: a control domain, guests, and a function for each guest.
struct PathMachine {
  /// Memory of each guest: queues, tables, and the most buffers that a comparison has.
  static let guestMemory = ByteSize(128 << 20)

  let machine: Machine
  let rootComplex: RootComplexID
  let guests: [DomainID]
  let functions: [BusDeviceFunction]

  /// Builds and boots the machine.
  init(
    _ request: PathRequest, guests count: Int, isInterrupted: @escaping () -> Bool
  ) throws(MachineError) {
    machine = try Machine(
      MachineConfiguration(
        model: request.model, conformance: request.conformance, seed: request.seed))
    machine.isInterrupted = isInterrupted
    rootComplex = try machine.addRootComplex(
      RootComplexConfiguration(name: "pci@400", handle: DeviceHandle(rawValue: 0x400)))
    var guests: [DomainID] = []
    var functions: [BusDeviceFunction] = []
    for number in 1...count {
      let function = BusDeviceFunction(rawValue: UInt16(truncatingIfNeeded: number << 8))
      try machine.addFunction(function, name: "device\(number)", to: rootComplex)
      functions.append(function)
      guests.append(try machine.addGuest(name: "ldg\(number)", memory: Self.guestMemory))
    }
    self.guests = guests
    self.functions = functions
    try machine.boot()
  }

  /// Memory of a domain.
  func memory(
    of domain: DomainID, _ bytes: UInt64, alignment: UInt64 = PageSize.size8K.bytes
  ) throws(MachineError) -> RealAddress {
    let found = try machine.withMemory(of: domain) {
      $0.allocate(bytes, alignment: max(alignment, PageSize.size8K.bytes))
    }
    guard let found else {
      throw MachineError(.noMemory, "a domain has no \(ByteSize(bytes)) for its buffers and queues")
    }
    return found
  }

  func buffers(of domain: DomainID, _ request: PathRequest) throws(MachineError) -> PathBuffers {
    PathBuffers(
      base: try memory(of: domain, request.pagesPerGuest << PageSize.size8K.shift),
      pages: request.pagesPerOperation)
  }

  /// A driver of the root complex's IOMMU in a domain, with a page for its lists.
  func iommu(of domain: DomainID) throws(MachineError) -> IOMMUDriver {
    let target = try machine.rootComplex(rootComplex)
    return IOMMUDriver(
      handle: target.handle, windowBase: target.window.base, pageSize: target.window.pageSize,
      listAddress: try memory(of: domain, PageSize.size8K.bytes))
  }

  /// The interrupts that came for a domain and are not its own software's.
  func takeInterrupts(of domain: DomainID) -> [Mondo] {
    machine.software.software[domain.rawValue].withBase { $0.takeInterrupts() } ?? []
  }

  /// Connects a guest and the control domain by a channel for I/O, both ends closed.
  func connect(
    _ guest: DomainID
  ) throws(MachineError) -> PathConnection {
    let ends: (ChannelID, ChannelID)
    do {
      ends = try machine.hypervisor.state.connectChannel(Machine.control, guest)
    } catch {
      throw MachineError(.noMemory, error.description, name: error.code)
    }
    let size = PathEndpoint.queueBytes
    let far = try memory(of: guest, 2 * size, alignment: size)
    let near = try memory(of: Machine.control, 2 * size, alignment: size)
    return PathConnection(
      guest: PathEndpoint(channel: ends.1, queues: far, role: .initiator),
      control: PathEndpoint(channel: ends.0, queues: near, role: .responder),
      guestChannel: ends.1, controlChannel: ends.0)
  }
}
