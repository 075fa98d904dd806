import DMA
import Hypervisor
import Sun4v
import Testing

/// A domain that owns a root complex, with pages in hand, and a buffer to map.
struct MachineForCounting {
  static let handle = DeviceHandle(rawValue: 0x780)
  static let network = BusDeviceFunction(rawValue: 0x0100)
  static let memory = RealAddress(0x8000_0000)
  static let buffer = RealAddress(0x8010_0000)

  let hypervisor: Hypervisor
  let port: DomainPort
  let bus: RootComplexID
  let window: WindowGeometry
  let driver: IOMMUDriver

  init() throws {
    var state = HypervisorState(model: .t2)
    let owner = state.addDomain(name: "primary", role: .control)
    try state.installMemory(
      owner, base: Self.memory, size: 64 << 20, physical: PhysicalAddress(0x4_8000_0000))
    bus = try state.addRootComplex(
      RootComplexConfiguration(name: "pci@780", handle: Self.handle), owner: owner)
    try state.addFunction(Self.network, name: "net0", to: bus)
    hypervisor = Hypervisor(state: state)
    port = DomainPort(hypervisor, owner)
    port.coreTrap(0, APIGroup.pci.rawValue, 1, 9)
    window = try #require(hypervisor.state.rootComplex(bus)).window
    driver = IOMMUDriver(
      handle: Self.handle, windowBase: window.base, pageSize: window.pageSize,
      listAddress: Self.memory)
  }

  /// Maps pages of the buffer for the function to entries from one on.
  func map(at index: UInt64, pages: UInt64 = 1) throws {
    try driver.map(
      port, at: index, count: pages, memory: Self.buffer,
      attributes: IOAttributes(read: true, write: true, requester: Self.network))
  }
}
