import DMA
import Hypervisor
import Sun4v
import Testing

/// A domain that owns a root complex, its DMA driver, and space in hand.
struct DriverFixture {
  static let handle = DeviceHandle(rawValue: 0x780)
  static let memory = RealAddress(0x8000_0000)
  static let memorySize: UInt64 = 64 << 20
  /// Where tests take memory to map from.
  static let buffers = RealAddress(0x8010_0000)
  static let network = BusDeviceFunction(rawValue: 0x0100)

  let hypervisor: Hypervisor
  let port: DomainPort
  let bus: RootComplexID
  var driver: GuestDMA
  let device: Int

  /// - Parameters:
  ///   - space: the pages in hand, from the first index on.
  ///   - window: the size of the window in bytes.
  init(
    _ model: MachineModel = .t2, space: UInt64 = 1024, window: UInt64 = 0x8000_0000
  ) throws {
    var state = HypervisorState(model: model)
    let owner = state.addDomain(name: "primary", role: .control)
    try state.installMemory(
      owner, base: Self.memory, size: Self.memorySize, physical: PhysicalAddress(0x4_8000_0000))
    var configuration = RootComplexConfiguration(name: "pci@780", handle: Self.handle)
    configuration.windowSize = window
    bus = try state.addRootComplex(configuration, owner: owner)
    try state.addFunction(Self.network, name: "net0", to: bus)
    hypervisor = Hypervisor(state: state)
    port = DomainPort(hypervisor, owner)
    port.coreTrap(0, APIGroup.pci.rawValue, model == .atu ? 2 : 1, 9)
    let geometry = try #require(hypervisor.state.rootComplex(bus)).window
    driver = GuestDMA(
      incarnation: 1,
      windows: [
        DMAWindow(
          handle: Self.handle, base: geometry.base, pages: geometry.usableEntries,
          pageSize: geometry.pageSize)
      ],
      listAddress: Self.memory)
    device = try driver.device(Self.network, on: Self.handle)
    if space > 0 { driver.add(.privatePart, window: 0, firstIndex: 0, pages: space) }
  }

  /// The number of valid entries of the window.
  var validEntries: Int { hypervisor.state.rootComplex(bus)?.table.validCount ?? -1 }

  static func piece(_ offset: UInt64, _ length: UInt64) -> MemoryPiece {
    MemoryPiece(address: RealAddress(buffers.rawValue + offset), length: length)
  }

  /// A mapping that must be made with the space in hand.
  func handle(_ step: DMAStep) throws -> DMAHandle {
    guard case .mapped(let handle, _) = step else { throw LacksSpace() }
    return handle
  }

  struct LacksSpace: Error {}

  mutating func single(
    _ offset: UInt64, _ length: UInt64, _ direction: DMADirection = .bidirectional
  ) throws -> DMAHandle {
    try handle(
      driver.mapSingle(port, device: device, Self.piece(offset, length), direction))
  }

  mutating func scatter(
    _ pieces: [(UInt64, UInt64)], _ direction: DMADirection = .bidirectional
  ) throws -> DMAHandle {
    try handle(
      driver.mapScatter(
        port, device: device, pieces.map { Self.piece($0.0, $0.1) }, direction))
  }

  mutating func limit(_ change: (inout DeviceLimits) -> Void) throws {
    var limits = driver.limits(of: device)
    change(&limits)
    try driver.setLimits(limits, of: device)
  }
}
