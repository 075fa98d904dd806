import MachineDescription
import Sun4v
import TestSupport
import Testing

@Suite struct BindingTests {
  static func guest() -> GuestDescription {
    GuestDescription(
      domainName: "ldg1", generation: 3,
      platform: .init(
        name: "SUNW,dvmash", bannerName: "A model", stickFrequency: 1_000_000_000, hostID: 7,
        macAddress: 0x14_4f_00_00_01),
      memory: [
        .init(base: RealAddress(0x8000_0000), size: 0x2000_0000),
        .init(base: RealAddress(0x4_0000_0000), size: 0x4000_0000),
      ],
      processors: [.init(id: 0, clockFrequency: 1_200_000_000, pageSizes: 0x2b), .init(id: 1)],
      rootComplexes: [
        .init(handle: DeviceHandle(rawValue: 0x400), syncOptions: []),
        .init(
          handle: DeviceHandle(rawValue: 0x440), compatible: [], addressRanges: [],
          childRanges: [
            .init(child: [0x0200_0000, 0, 0], parent: RealAddress(0xc2_0000_0000), size: 0x1_0000)
          ], buses: 2...255, interrupts: [], messageInterrupts: nil,
          syncOptions: [.beforeRead, .afterWrite],
          iommuAddressRanges: (0..<4).map {
            .init(base: DVMAAddress($0 << 40), size: 0x8_0000_0000)
          }, iommuPageSizes: 0x2b),
      ],
      channels: [.init(id: ChannelID(0)), .init(id: ChannelID(1)), .init(id: ChannelID(2))],
      virtualDevices: [
        .init(
          name: "virtual-channel", type: "serial", compatible: ["SUNW,sun4v-channel"],
          ports: [
            .init(id: 0, name: "vldc-port", service: "hvctl", channels: [ChannelID(0)]),
            .init(id: 1, channels: []),
          ])
      ],
      domainServices: [.init(id: 0, channels: [ChannelID(1), ChannelID(2)])])
  }

  static func hypervisor() -> HypervisorDescription {
    HypervisorDescription(
      stickFrequency: 100_000_000,
      guests: [
        .init(
          id: DomainID(0), name: "primary", descriptionAddress: PhysicalAddress(0x1f_1200_0000),
          firmwareBase: PhysicalAddress(0xff_f008_0000), firmwareSize: 0x80000),
        .init(
          id: DomainID(1), descriptionAddress: PhysicalAddress(0x1f_1300_0000),
          firmwareBase: PhysicalAddress(0xff_f008_0000), firmwareSize: 0x80000,
          virtualDevicesHandle: nil, channelDevicesHandle: nil),
      ],
      memory: [
        .init(
          resourceID: 0, physicalBase: PhysicalAddress(0x8000_0000), size: 0x4000_0000,
          realBase: RealAddress(0x8000_0000), owner: DomainID(0)),
        .init(
          resourceID: 1, physicalBase: PhysicalAddress(0xc000_0000), size: 0x4000_0000,
          realBase: RealAddress(0x8000_0000), owner: DomainID(1)),
      ],
      processors: [
        .init(resourceID: 0, physicalID: 0, virtualID: 0, partition: 1, owner: DomainID(0)),
        .init(resourceID: 1, physicalID: 1, virtualID: 0, partition: 2, owner: nil),
      ],
      buses: [
        .init(
          resourceID: 0, handle: DeviceHandle(rawValue: 0x400), allowsBypass: true,
          owner: DomainID(0))
      ],
      endpoints: [
        .init(
          resourceID: 0, channel: ChannelID(0), owner: DomainID(0),
          target: .hypervisor(ChannelID(0)),
          transmitInterrupt: 0, receiveInterrupt: 1),
        .init(
          resourceID: 1, channel: ChannelID(1), owner: DomainID(0),
          target: .guest(DomainID(1), ChannelID(0)), transmitInterrupt: 2, receiveInterrupt: 3),
        .init(
          resourceID: 2, channel: ChannelID(0), owner: DomainID(1),
          target: .guest(DomainID(0), ChannelID(1)), transmitInterrupt: 0, receiveInterrupt: 1),
        .init(
          resourceID: 3, channel: ChannelID(2), owner: DomainID(0),
          target: .serviceProcessor(ChannelID(3)), privateService: 2),
        .init(
          resourceID: 4, channel: ChannelID(0), owner: nil,
          target: .guest(DomainID(0), ChannelID(0)), service: 1),
      ])
  }

  @Test func aGuestComesBackFromItsDescription() throws {
    let bytes = try Self.guest().machineDescription.encoded()
    #expect(try GuestDescription(MachineDescription(bytes: bytes)) == Self.guest())
  }

  @Test func aHypervisorComesBackFromItsDescription() throws {
    let bytes = try Self.hypervisor().machineDescription.encoded()
    #expect(try HypervisorDescription(MachineDescription(bytes: bytes)) == Self.hypervisor())
  }

  @Test(.enabled(if: Repository.hasShared, .init(rawValue: Repository.sharedMissing)))
  func theRealGuestIsUnderstood() throws {
    let guest = try GuestDescription(RealFile.pcie.description())
    #expect(guest.memory == [.init(base: RealAddress(0x8000_0000), size: 0x1_0000_0000)])
    let complex = try #require(guest.rootComplexes.first)
    #expect(complex == RootComplexDescription(handle: DeviceHandle(rawValue: 0)))
    #expect(guest.channels == (0..<3).map { .init(id: ChannelID($0)) })
    let ports = try #require(guest.virtualDevices.first).ports
    #expect(ports.map(\.service) == ["hvctl", "ldom-primary"])
    #expect(ports.map(\.channels) == [[ChannelID(0)], [ChannelID(1)]])
    #expect(guest.platform.macAddress == 0x80_03de_ad03)
    #expect(try GuestDescription(guest.machineDescription) == guest)
  }

  @Test(.enabled(if: Repository.hasShared, .init(rawValue: Repository.sharedMissing)))
  func theRealHypervisorIsUnderstood() throws {
    let hypervisor = try HypervisorDescription(RealFile.pcieHypervisor.description())
    #expect(hypervisor.guests.map(\.name) == ["domain0"])
    #expect(hypervisor.guests.first?.channelDevicesHandle == 0x200)
    #expect(hypervisor.buses.map(\.owner) == [DomainID(0)])
    #expect(hypervisor.memory.map(\.physicalBase) == [PhysicalAddress(0x8000_0000)])
    #expect(hypervisor.endpoints.map(\.owner) == [DomainID(0), DomainID(0), DomainID(0), nil])
    #expect(hypervisor.endpoints[1].target == .guest(DomainID(0), ChannelID(2)))
    #expect(try HypervisorDescription(hypervisor.machineDescription) == hypervisor)
  }

  @Test(.enabled(if: Repository.hasShared, .init(rawValue: Repository.sharedMissing)))
  func anOldHypervisorDescriptionIsRefusedClearly() throws {
    let graph = try RealFile.oneUpHypervisor.description()
    #expect {
      try HypervisorDescription(graph)
    } throws: { ($0 as? BindingError)?.code == .contentVersion }
    #expect(try GuestDescription(RealFile.oneUp.description()).memory.count == 1)
  }

  /// Takes a property of the first node of a type away, or replaces it.
  private func changed(
    _ graph: MachineDescription, _ type: String, _ name: String,
    _ value: MachineDescription.Value?
  ) -> MachineDescription {
    var nodes = graph.nodes
    guard let position = nodes.firstIndex(where: { $0.type == type }) else { return graph }
    nodes[position].properties.removeAll { $0.name == name }
    if let value { nodes[position].properties.append(.init(name, value)) }
    return MachineDescription(nodes: nodes)
  }

  typealias Fault = (
    type: String, name: String, value: MachineDescription.Value?, code: BindingError.Code
  )

  static let guestFaults: [Fault] = [
    ("mblock", "size", nil, .missingProperty),
    ("mblock", "base", .string("0"), .wrongKind),
    ("mblock", "size", .integer(0), .badValue),
    ("mblock", "size", .integer(.max), .badValue),
    ("cpu", "id", nil, .missingProperty),
    ("platform", "name", nil, .missingProperty),
    ("iodevice", "virtual-dma", nil, .missingProperty),
    ("iodevice", "virtual-dma", .integer(1), .wrongKind),
    ("iodevice", "virtual-dma", .data(words: [1]), .badValue),
    ("iodevice", "virtual-dma", .data(words: [.max, 2]), .badValue),
    ("iodevice", "bus-ranges", .data(words: [0, 256]), .badValue),
    ("iodevice", "bus-ranges", .data(words: [9, 8]), .badValue),
    ("iodevice", "cfg-handle", nil, .missingProperty),
    ("iodevice", "msi-ranges", nil, .missingProperty),
    ("iodevice", "address-ranges", .data(words: [1, 2]), .badValue),
    ("channel-endpoint", "rx-ino", nil, .missingProperty),
    ("domain-services-port", "id", nil, .missingProperty),
    ("virtual-device-port", "id", .string("0"), .wrongKind),
  ]

  @Test(arguments: guestFaults)
  func faultsInAGuestAreNamed(fault: Fault) {
    let (type, name, value, code) = fault
    let graph = changed(Self.guest().machineDescription, type, name, value)
    #expect {
      try GuestDescription(graph)
    } throws: { error in
      let error = error as? BindingError
      return error?.code == code && error?.node?.hasPrefix(type) == true
        && error?.message.contains(name) == true
    }
  }

  static let hypervisorFaults: [Fault] = [
    ("mblock", "realbase", nil, .missingProperty),
    ("mblock", "memsize", .integer(.max), .badValue),
    ("guest", "mdpa", nil, .missingProperty),
    ("guest", "resource_id", .integer(.max), .badValue),
    ("pcie_bus", "cfghandle", .string("x"), .wrongKind),
    ("ldc_endpoint", "channel", .integer(4080), .badValue),
    ("ldc_endpoint", "target_type", .integer(3), .badValue),
    ("ldc_endpoint", "tx-ino", nil, .missingProperty),
    ("ldc_endpoint", "back", nil, .missingProperty),
    ("root", "content-version", .integer(0x2_0000_0000), .contentVersion),
  ]

  @Test(arguments: hypervisorFaults)
  func faultsInAHypervisorAreNamed(fault: Fault) {
    let (type, name, value, code) = fault
    let graph = changed(Self.hypervisor().machineDescription, type, name, value)
    #expect {
      try HypervisorDescription(graph)
    } throws: { error in
      let error = error as? BindingError
      return error?.code == code && error?.node?.hasPrefix(type) == true
    }
  }
}
