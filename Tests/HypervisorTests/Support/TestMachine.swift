import Hypervisor
import Sun4v

/// A machine for tests: a control domain with one root complex, and one guest.
struct TestMachine {
  static let handle: UInt64 = 0x780
  static let controlMemory = RealAddress(0x8000_0000)
  static let guestMemory = RealAddress(0x1_0000_0000)
  static let list = RealAddress(0x8000_2000)
  static let network = BusDeviceFunction(rawValue: 0x0100)

  let hypervisor: Hypervisor
  let control: DomainPort
  let guest: DomainPort
  let bus: RootComplexID

  init(
    _ model: MachineModel = .t2, _ conformance: ConformanceMode = .deployed,
    allowsBypass: Bool = false, pages: UInt64? = nil, hasIOTLB: Bool = true
  ) throws {
    var state = HypervisorState(model: model, conformance: conformance)
    let primary = state.addDomain(name: "primary", role: .control)
    let other = state.addDomain(name: "ldg1", role: .guest)
    try state.installMemory(
      primary, base: Self.controlMemory, size: 0x4000_0000, physical: PhysicalAddress(0x4_8000_0000)
    )
    try state.installMemory(
      other, base: RealAddress(0x8000_0000), size: 0x1000_0000,
      physical: PhysicalAddress(0x6_0000_0000))
    var configuration = RootComplexConfiguration(
      name: "pci@780", handle: DeviceHandle(rawValue: Self.handle))
    configuration.allowsBypass = allowsBypass
    configuration.hasIOTLB = hasIOTLB
    if let pages { configuration.windowSize = pages * 8192 }
    bus = try state.addRootComplex(configuration, owner: primary)
    try state.addFunction(Self.network, name: "net0", to: bus)
    _ = try state.connectChannel(
      ChannelEnd(primary, channel: ChannelID(1)), ChannelEnd(other, channel: ChannelID(0)))
    hypervisor = Hypervisor(state: state)
    control = DomainPort(hypervisor, primary)
    guest = DomainPort(hypervisor, other)
    for port in [control, guest] {
      for group: APIGroup in [.pci, .dvma, .core, .softState, .atu] {
        port.coreTrap(0, group.rawValue, 1, 9)
      }
    }
  }

  /// Maps pages that are listed at `list`, in the memory of the domain that calls.
  @discardableResult
  func map(
    _ port: DomainPort, at index: UInt64, _ pages: [UInt64], attributes: UInt64 = 3
  ) -> HypercallResult {
    for (place, page) in pages.enumerated() {
      port.storeWord(page, at: RealAddress(Self.list.rawValue + UInt64(place) * 8))
    }
    return port.fastTrap(
      HypercallNumber.pciIOMMUMap, Self.handle, index, UInt64(pages.count), attributes,
      Self.list.rawValue)
  }

  /// Grants a range of the window to the guest.
  @discardableResult
  func grant(_ index: UInt64, pages: UInt64) -> HypercallResult {
    control.fastTrap(HypercallNumber.dvmaGrant, Self.handle, index, pages, 1)
  }

  /// The DVA of an entry.
  func address(_ index: UInt64) -> DVMAAddress {
    hypervisor.state.rootComplex(bus)?.window.address(of: index) ?? DVMAAddress(0)
  }
}
