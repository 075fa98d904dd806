import Foundation
import Hypervisor
import Sun4v
import Testing

/// Makes arguments that are likely to reach deep into a call, or to be refused at its edge.
struct ArgumentSource {
  var generator: SeededGenerator
  /// Indexes where something is.
  var interesting: [UInt64] = [0]

  static let edges: [UInt64] = [
    0, 1, 2, 3, 4, 7, 8, 63, 64, 65, 127, 128, 0x1fff, 0x2000, 0x3_ffbf, 0x3_ffc0, 0x3_ffff,
    0x4_0000, 1 << 31, 1 << 32, 1 << 40, 1 << 62, 1 << 63, .max, .max - 1, .max - 7,
    UInt64(Int64.max), 0xffff_0037, 0xfffc_0000_0000_0000,
  ]

  mutating func below(_ bound: UInt32) -> UInt64 { UInt64(generator.below(bound)) }

  /// A real address: in memory, at its edges, of imports or of nothing.
  mutating func address() -> UInt64 {
    let base: [UInt64] = [
      0x8000_0000, 0x8fff_e000, 0x9000_0000, 0xbfff_e000, 0xc000_0000, 0x40_0000_0000, 0,
    ]
    let page = base[Int(below(7))] &+ below(16) &* 8192
    return below(6) == 0 ? page &+ below(8192) : page
  }

  mutating func argument() -> UInt64 {
    switch below(10) {
    case 0...2: below(20)
    case 3: TestMachine.handle
    case 4: below(260)
    case 5...6: address()
    case 7: Self.edges[Int(below(UInt32(Self.edges.count)))]
    case 8: 1 << below(64)
    default: generator.next()
    }
  }

  /// Arguments in the form that each kind of call expects, most of the time.
  mutating func arguments(for call: Hypercall) -> [UInt64] {
    var values = call.arguments.map { name -> UInt64 in
      if below(12) == 0 { return argument() }
      switch name {
      case "handle": return TestMachine.handle
      case "tsbid" where below(2) == 0:
        return interesting[Int(below(UInt32(interesting.count)))] &+ below(4)
      case "tsbid", "index": return below(8) == 0 ? argument() : below(256)
      case "count", "pages", "size":
        return below(8) == 0 ? argument() : below(below(2) == 0 ? 6 : 70)
      case "attributes": return below(4) == 0 ? below(4) | below(0x400) << 16 : below(4)
      case "list": return below(6) == 0 ? address() : 0x8000_0000 &+ below(512) &* 8
      case "ra", "buffer", "base": return address() & ~7
      case "channel": return below(3)
      case "iotsb_handle": return below(5)
      default: return argument()
      }
    }
    while values.count < 5 { values.append(below(3) == 0 ? argument() : 0) }
    return values
  }
}

@Suite("Every call with every kind of argument")
struct CallPropertyTests {
  /// Calls of all cases together; with those of `DeviceCallProperties` they are a million.
  static let calls =
    ProcessInfo.processInfo.environment["DVMASH_PROPERTY_CALLS"].flatMap(Int.init) ?? 900_000
  private static let statuses = Set(HypervisorStatus.all.map(\.status))

  @Test(
    "No arguments break a rule of the state",
    arguments: MachineModel.allCases, ConformanceMode.allCases)
  func rulesHold(model: MachineModel, conformance: ConformanceMode) throws {
    let machine = try TestMachine(model, conformance)
    var source = ArgumentSource(generator: SeededGenerator(seed: 7))
    let table = HypercallTable.standard.calls
    // Half of the calls go where the rules are at stake.
    let tables = table.filter {
      $0.group == .dvma || $0.group == .atu && model == .atu || $0.name.contains("iommu")
    }
    let pages = (0..<512).map { _ in source.address() }
    for port in [machine.control, machine.guest] {
      for (place, page) in pages.enumerated() {
        port.storeWord(page, at: RealAddress(0x8000_0000 + UInt64(place) * 8))
      }
    }
    let rounds = Self.calls / 6
    // Counted by place, not by name: a dictionary of names would take most of the test's time.
    var made = [Int](repeating: 0, count: table.count * 2)
    var succeeded = [Int](repeating: 0, count: table.count * 2)
    let places = Dictionary(
      uniqueKeysWithValues: table.enumerated().map { ($1.name, $0) })
    let tablePlaces = tables.compactMap { places[$0.name] }
    var round = 0
    while round < rounds {
      let port = source.below(2) == 0 ? machine.control : machine.guest
      let place =
        source.below(2) == 0
        ? Int(source.below(UInt32(table.count)))
        : tablePlaces[Int(source.below(UInt32(tablePlaces.count)))]
      let call = table[place]
      // A set of versions that is left to chance soon leaves no call enabled.
      if call.name == "api_set_version" && source.below(50) != 0 { continue }
      let values = source.arguments(for: call)
      let result =
        call.trap == .core
        ? port.coreTrap(call.number, values[0], values[1], values[2])
        : port.fastTrap(call.number, values[0], values[1], values[2], values[3], values[4])
      if !Self.statuses.contains(result.status) {
        Issue.record("\(call.name) \(values) gave \(result)")
      }
      made[place * 2 + port.domain.rawValue] += 1
      if result.status == .ok { succeeded[place * 2 + port.domain.rawValue] += 1 }
      round += 1
      if source.below(8) == 0 {
        _ = machine.hypervisor.state.access(
          machine.bus, requester: BusDeviceFunction(rawValue: UInt16(source.below(0x400))),
          DVMAAddress(0x8000_0000 &+ source.below(256) &* 8192),
          source.below(2) == 0 ? .read : .write)
      }
      if round % 2000 == 0 { try check(machine, round) }
      if round % 50 == 0, let bus = machine.hypervisor.state.rootComplex(machine.bus) {
        source.interesting = [0] + bus.grants.all.map(\.base)
      }
      if round % 500 == 0 { negotiate(machine) }
      if round % 100 == 0 { revokeOne(machine, source.below(100)) }
    }
    try check(machine, rounds)
    // Chance that never gets past the first check would test nothing.
    let wanted = [
      ("pci_iommu_map", 0), ("pci_iommu_map", 1), ("pci_iommu_demap", 1), ("dvma_grant", 0),
    ]
    for (name, domain) in wanted {
      let place = try #require(places[name])
      #expect(succeeded[place * 2 + domain] > rounds / 8000, "\(name) hardly ever succeeded")
    }
    for place in made.indices where made[place] == 0 {
      Issue.record("\(table[place / 2].name) was never called by domain \(place % 2)")
    }
    machine.hypervisor.state.releaseEverything(of: machine.guest.domain)
    try check(machine, rounds)
    let bus = try #require(machine.hypervisor.state.rootComplex(machine.bus))
    #expect(bus.validEntries(of: machine.guest.domain) == 0)
    #expect(bus.grants.count == 0)
  }

  private func negotiate(_ machine: TestMachine) {
    for port in [machine.control, machine.guest] {
      for group: APIGroup in [.pci, .dvma, .core, .softState, .atu, .ldc, .interrupt, .sdio] {
        port.coreTrap(0, group.rawValue, 1, 9)
      }
    }
  }

  /// Makes room for grants: takes one back, since chance alone does not hit on the bounds of one, and
  /// clears a part of the owner's own entries.
  private func revokeOne(_ machine: TestMachine, _ choice: UInt64) {
    for index in 0..<(choice < 50 ? 64 : 0) as Range<UInt64> {
      machine.control.fastTrap(
        HypercallNumber.pciIOMMUDemap, TestMachine.handle, (choice & 3) * 64 + index, 1)
    }
    guard let grants = machine.hypervisor.state.rootComplex(machine.bus)?.grants.all,
      grants.count > 6
    else { return }
    let grant = grants[Int(choice) % grants.count]
    machine.control.fastTrap(
      HypercallNumber.dvmaRevoke, TestMachine.handle, grant.base, grant.pages)
  }

  private func check(_ machine: TestMachine, _ round: Int) throws {
    let broken = machine.hypervisor.state.checkInvariants()
    try #require(broken.isEmpty, "after \(round) calls: \(broken.prefix(3))")
  }
}
