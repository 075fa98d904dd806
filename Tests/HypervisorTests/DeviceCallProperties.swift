import Sun4v
import Testing

@testable import Hypervisor

/// Random, edge and nearly right arguments for every call on channels, interrupts, event queues,
/// configuration space and loaned functions: each gives a status, and the state stays sound.
@Suite struct DeviceCallProperties {
  private static let edges: [UInt64] = [
    0, 1, 2, 3, 7, 8, 32, 36, 62, 63, 64, 127, 128, 255, 256, 511, 512, 2047, 2048, 8191, 8192,
    0x200, 0x3c0, 0x400, 0x780, 0x7fff_0000, ChannelFixture.queueBase, ChannelFixture.transmitBase,
    ChannelFixture.mondoBase, BusFixture.ringBase, SharedMemoryTests.tableBase,
    0x8fff_ffc0, 0x9000_0000, 0x40_0000_0000, 0x40_1000_0000, 0xc8_1000_0000, 1 << 29, 1 << 30,
    1 << 57, 1 << 58, 1 << 60, 1 << 62, 1 << 63, .max - 63, .max - 7, .max,
  ]

  private static let calls = HypercallTable.standard.calls.filter { call in
    ["ldc_", "vintr_", "intr_", "pci_msi", "pci_msg_", "pci_config", "pci_real", "pci_p", "cpu_q"]
      .contains { call.name.hasPrefix($0) } || call.group == .sdio || call.group == .sdioError
  }

  private func argument(_ generator: inout SeededGenerator) -> UInt64 {
    switch generator.below(8) {
    case 0: generator.next()
    case 1: generator.next() >> UInt64(generator.below(64))
    case 2: UInt64(generator.below(16))
    case 3: UInt64(generator.below(64)) * 64
    case 4: 0x8000_0000 &+ UInt64(generator.below(1 << 16)) * 0x1000
    default:
      Self.edges[Int(generator.below(UInt32(Self.edges.count)))]
        &+ (generator.below(8) == 0 ? UInt64(generator.below(3)) &- 1 : 0)
    }
  }

  /// Values that an argument of a name may well have.
  private func likely(_ name: String, _ fixture: BusFixture) -> [UInt64] {
    switch name {
    case "handle": [fixture.handle, fixture.handle, 0x200]
    case "channel", "cpu", "flags": [0]
    case "devino": [1, 0, 27, 62]
    case "sysino": [fixture.sysino(27), fixture.sysino(62)]
    case "cookie": [1 << 13, 0xfeed00]
    case "type": [0, 1, 0x33]
    case "msiq": [3]
    case "msi": [7]
    case "base":
      [
        ChannelFixture.queueBase, ChannelFixture.transmitBase, ChannelFixture.mondoBase,
        BusFixture.ringBase,
      ]
    case "entries": [8, 64, 128]
    case "head", "tail": [0, 64, 128, 192]
    case "ra":
      [0x8060_0000, SharedMemoryTests.tableBase, 0xca_0000_0010, 0x40_0000_0000]
    case "size": [1, 2, 4, 8]
    case "length": [64]
    case "offset": [0, 4, 0x10]
    case "device": [BusFixture.nic.pciDevice, BusFixture.disk.pciDevice]
    case "queue": [0x3c, 0x3d, 0x3e, 0x3f]
    default: [0, 1]
    }
  }

  private func arguments(
    _ call: Hypercall, _ fixture: BusFixture, _ generator: inout SeededGenerator
  ) -> [UInt64] {
    (0..<5).map { index in
      guard index < call.arguments.count, generator.below(8) != 0 else {
        return argument(&generator)
      }
      let values = likely(call.arguments[index], fixture)
      return values[Int(generator.below(UInt32(values.count)))]
    }
  }

  private func problems(in state: HypervisorState) -> [String] {
    var found: [String] = []
    for domain in state.domains {
      for channel in domain.channels.endpoints {
        for queue in [channel.transmit, channel.receive] {
          if queue.size != 0 && (queue.head >= queue.size || queue.tail >= queue.size) {
            found.append("a channel queue's offsets leave it")
          }
          if queue.size & (queue.size &- 1) != 0 || (queue.head | queue.tail) & 63 != 0 {
            found.append("a channel queue is misshapen")
          }
          if queue.isConfigured,
            domain.memoryMap.physical(queue.base, guestSize: queue.size) != queue.physical
          {
            found.append("a channel queue is outside its domain's memory")
          }
        }
      }
      for processor in domain.processors {
        let queue = processor.deviceQueue
        if queue.size != 0 && (queue.head >= queue.size || queue.tail >= queue.size) {
          found.append("a mondo queue's offsets leave it")
        }
        if !queue.waiting.isEmpty && queue.hasRoom { found.append("a mondo waits beside room") }
      }
      for (slot, page) in domain.imports.used {
        let isExporters =
          page.exporter.map { state.domains[$0.rawValue] }?.memoryMap.segments
          .contains { page.physical.rawValue &- $0.offset &- $0.base.rawValue < $0.size } ?? false
        if !isExporters { found.append("slot \(slot) holds a page of nobody") }
      }
    }
    for view in state.rootComplexes.flatMap(\.bus.views) {
      for queue in view.msi.queues where queue.head > 127 || queue.tail > 127 {
        found.append("an event queue's offsets leave it")
      }
    }
    return found
  }

  @Test(arguments: [
    (MachineModel.t1, ConformanceMode.deployed, UInt64(1)), (.t1, .specified, 2),
    (.t2, .deployed, 3), (.t2, .specified, 4), (.atu, .deployed, 5),
  ])
  func anyArgumentsGiveAStatus(model: MachineModel, mode: ConformanceMode, seed: UInt64) throws {
    let fixture = try BusFixture(model: model, conformance: mode)
    fixture.channels.configureQueues()
    fixture.channels.armRight()
    fixture.hypervisor.state.channelFaults = ChannelFaultPlan(
      drop: 0.1, duplicate: 0.1, reorder: 0.1, delay: 0.1, corrupt: 0.1, seed: seed)
    for port in [fixture.owner, fixture.borrower] {
      let entry = MapTableEntry(
        page: SharedMemoryTests.page, pageSize: .size8K, rights: [.read, .copyIn, .copyOut])
      port.storeWord(entry.rawValue, at: RealAddress(SharedMemoryTests.tableBase + 16))
    }
    var generator = SeededGenerator(seed: seed)
    var succeeded: Set<String> = []
    for round in 0..<20_000 {
      let port = generator.below(2) == 0 ? fixture.owner : fixture.borrower
      let call = Self.calls[Int(generator.below(UInt32(Self.calls.count)))]
      let registers = arguments(call, fixture, &generator)
      let result = port.fastTrap(
        call.number, registers[0], registers[1], registers[2], registers[3], registers[4])
      if result.status.rawValue > HypervisorStatus.unavailable.rawValue {
        Issue.record("\(call.name) gave \(result.status)")
      }
      if result.status == .ok { succeeded.insert(call.name) }
      switch generator.below(64) {
      case 0: while port.takeMondo() != nil {}
      case 1:
        _ = fixture.hypervisor.state.signalMSI(
          fixture.bus, number: generator.below(260),
          requester: BusDeviceFunction(rawValue: UInt16(generator.below(3)) << 8))
      case 2 where generator.below(16) == 0:
        fixture.hypervisor.state.resetDomain(port.domain)
      default: break
      }
      fixture.hypervisor.state.now = fixture.hypervisor.state.now.advanced(byNanoseconds: 1000)
      if round % 1000 == 0 {
        let broken = problems(in: fixture.hypervisor.state)
        #expect(broken.isEmpty, "after \(round) calls: \(broken)")
      }
    }
    // The arguments are near enough to right that most calls succeed at times.
    #expect(succeeded.count > Self.calls.count * 2 / 3)
  }
}
