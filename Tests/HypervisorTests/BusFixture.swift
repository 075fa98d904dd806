import Sun4v

@testable import Hypervisor

/// A control domain that owns a root complex with two functions, and a guest that borrowed one.
struct BusFixture {
  static let nic = BusDeviceFunction(rawValue: 0x0100)
  static let disk = BusDeviceFunction(rawValue: 0x0200)
  static let bridge = BusDeviceFunction(rawValue: 0x0008)
  static let ringBase: UInt64 = 0x8040_0000
  static let mondoBase: UInt64 = 0x8030_0000

  let channels: ChannelFixture
  let bus: RootComplexID
  let handle: UInt64
  var owner: DomainPort { channels.left }
  var borrower: DomainPort { channels.right }
  var hypervisor: Hypervisor { channels.hypervisor }

  init(model: MachineModel = .t2, conformance: ConformanceMode = .deployed) throws {
    channels = try ChannelFixture(model: model, conformance: conformance)
    handle = model == .t1 ? 0x780 : model == .t2 ? 0 : 0x400
    var configuration = RootComplexConfiguration(
      name: "pci", handle: DeviceHandle(rawValue: handle))
    configuration.ioSegments = [
      .init(base: RealAddress(0xc8_1000_0000), size: 0x7_f000_0000)
    ]
    bus = try channels.hypervisor.state.addRootComplex(
      configuration, owner: channels.left.domain)
    for (address, name) in [(Self.bridge, "bridge0"), (Self.nic, "net0"), (Self.disk, "disk0")] {
      try hypervisor.state.addFunction(address, name: name, to: bus)
    }
    hypervisor.state.setConfiguration(
      ConfigurationSpace(
        bridge: FunctionIdentity(vendor: 0x10b5, device: 0x8533, classCode: 0x06_0400),
        primary: 0, secondary: 2, subordinate: 3),
      of: Self.bridge, on: bus)
    try hypervisor.state.assignFunction(Self.disk, of: bus, to: borrower.domain)
    for port in [owner, borrower] { _ = call(port, "cpu_qconf", 0x3d, Self.mondoBase, 16) }
  }

  @discardableResult
  func call(_ port: DomainPort, _ name: String, _ arguments: UInt64...) -> HypercallResult {
    guard let call = HypercallTable.standard.call(named: name) else {
      return HypercallResult(.badTrap)
    }
    let registers = arguments + Array(repeating: 0, count: 5 - arguments.count)
    return port.fastTrap(
      call.number, registers[0], registers[1], registers[2], registers[3], registers[4])
  }

  /// The system interrupt number of a device interrupt.
  func sysino(_ devino: UInt64) -> UInt64 { handle & 0x7c0 | devino }

  /// Makes event queue 3 and MSI 7 work for a domain, with the interrupt on CPU 0.
  func armMSI(_ port: DomainPort) {
    call(port, "pci_msiq_conf", handle, 3, Self.ringBase, 128)
    call(port, "pci_msiq_setvalid", handle, 3, 1)
    call(port, "pci_msi_setmsiq", handle, 7, 3, 0)
    call(port, "pci_msi_setvalid", handle, 7, 1)
    call(port, "intr_settarget", sysino(27), 0)
    call(port, "intr_setstate", sysino(27), 0)
    call(port, "intr_setenabled", sysino(27), 1)
  }
}
