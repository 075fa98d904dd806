import Hypervisor
import Sun4v
import Testing

/// A machine that hypercalls are made on twice: with a listener, where entries are written one by one,
/// and without, where they are written in runs.
private struct TwoMachines {
  let heard: TestMachine
  let silent: TestMachine

  init(_ model: MachineModel, _ conformance: ConformanceMode) throws {
    heard = try TestMachine(model, conformance, pages: 256)
    silent = try TestMachine(model, conformance, pages: 256)
    for machine in [heard, silent] {
      machine.grant(64, pages: 64)
      _ = machine.hypervisor.events.drain()
    }
    heard.hypervisor.events.isListening = true
  }

  /// Stores a list in both, in the memory of the control domain or the guest's.
  func store(_ words: [UInt64], at address: UInt64, byGuest: Bool) -> Bool {
    [heard, silent].map { machine in
      (byGuest ? machine.guest : machine.control).storeWords(
        words.count, at: RealAddress(address)
      ) { words[$0] }
    } == [true, true]
  }

  /// Makes a call on both; `nil` where the answers differ.
  func call(
    byGuest: Bool, _ number: UInt64, _ a1: UInt64, _ a2: UInt64, _ a3: UInt64, _ a4: UInt64
  ) -> HypercallResult? {
    let results = [heard, silent].map { machine in
      (byGuest ? machine.guest : machine.control).fastTrap(
        number, TestMachine.handle, a1, a2, a3, a4)
    }
    return results[0] == results[1] ? results[0] : nil
  }
}

@Suite("Lists of pages")
struct ListedPageTests {
  static let memory = TestMachine.controlMemory.rawValue
  /// The guest's memory is the smaller one.
  static let guestEnd = memory + 0x1000_0000

  /// A page as lists have them: mostly good, else off the alignment, behind the memory's end, or anywhere.
  private static func page(_ random: inout SeededGenerator, byGuest: Bool) -> UInt64 {
    let good = memory + UInt64(random.below(0x8000)) << 13
    return switch random.below(40) {
    case 0: good + 8
    case 1: byGuest ? guestEnd : memory + 0x4000_0000
    case 2: byGuest ? guestEnd - 8192 : memory + 0x3fff_e000
    case 3: UInt64(random.below(64)) << 34
    default: good
    }
  }

  @Test(
    "Written in runs or one by one, a list gives the same answer and the same entries",
    arguments: [
      (MachineModel.t1, ConformanceMode.deployed), (.t1, .specified), (.t2, .deployed),
      (.t2, .specified), (.atu, .specified),
    ])
  func runs(model: MachineModel, conformance: ConformanceMode) throws {
    let machines = try TwoMachines(model, conformance)
    var random = SeededGenerator(seed: 7)
    var events = 0
    for step in 0..<400 {
      let byGuest = step % 2 == 0
      // Lists begin shortly before 64 KiB boundaries, where memory is in another piece.
      let list =
        Self.memory + UInt64(random.below(8) + 1) << 16 - 8 * UInt64(random.below(80))
      let words = (0...Int(random.below(70))).map { _ in Self.page(&random, byGuest: byGuest) }
      if step % 16 != 15 { #expect(machines.store(words, at: list, byGuest: byGuest)) }
      let first = UInt64(byGuest ? 60 + random.below(64) : random.below(200))
      let answer = try #require(
        machines.call(
          byGuest: byGuest, HypercallNumber.pciIOMMUMap, first, UInt64(words.count),
          UInt64(random.below(4)), list))
      if answer.status == .ok {
        #expect(answer.ret1 > 0 && answer.ret1 <= min(64, UInt64(words.count)))
      }
      _ = try #require(
        machines.call(
          byGuest: byGuest, HypercallNumber.pciIOMMUDemap, UInt64(random.below(200)),
          UInt64(random.below(70)), 0, 0))
      if step % 25 == 24 {
        #expect(machines.heard.hypervisor.state == machines.silent.hypervisor.state)
      }
      events += machines.heard.hypervisor.events.drain().count
    }
    #expect(events > 2_000)
    let table = try #require(machines.silent.hypervisor.state.rootComplex(machines.silent.bus))
      .table
    #expect(table.validCount == table.summary().valid)
  }

  @Test("A list that was never written names the page at 0")
  func unwritten() throws {
    let machine = try TestMachine()
    let list = RealAddress(Self.memory + 0x3000_0000)
    let answer = machine.control.fastTrap(
      HypercallNumber.pciIOMMUMap, TestMachine.handle, 0, 2, 3, list.rawValue)
    #expect(answer == HypercallResult(.noRealAddress, 0, 0))
  }

  @Test(
    "No translation is left of entries that were demapped, however many at once",
    arguments: [UInt64(1), 2, 63, 64, 65])
  func flushes(count: UInt64) throws {
    let machine = try TestMachine(pages: 256)
    let (hypervisor, bus) = (machine.hypervisor, machine.bus)
    let pages = (0..<64).map { Self.memory + 0x10_0000 + UInt64($0) << 13 }
    for first: UInt64 in [0, 31, 64, 100] {
      for base in stride(from: UInt64(0), to: 256, by: 64) {
        machine.map(machine.control, at: base, pages)
      }
      for index: UInt64 in 0..<256 {
        _ = hypervisor.access(bus, requester: TestMachine.network, machine.address(index), .read)
      }
      // The last 64 accesses are remembered: entries 192 to 255, so go back over those of the range.
      for index in first..<(first + count) {
        _ = hypervisor.access(bus, requester: TestMachine.network, machine.address(index), .read)
      }
      var done: UInt64 = 0
      while done < count {
        let answer = machine.control.fastTrap(
          HypercallNumber.pciIOMMUDemap, TestMachine.handle, first + done, count - done)
        #expect(answer.status == .ok)
        done += answer.ret1
      }
      let lines = try #require(hypervisor.state.rootComplex(bus)).iotlb.lines
      #expect(!lines.contains { $0.index >= first && $0.index < first + count })
      // What else was remembered still is.
      #expect(lines.count == 64 - Int(min(count, 64)))
    }
  }

  @Test("Numbers are stored across pieces of memory, or not at all")
  func stores() throws {
    let port = try TestMachine().control
    let start = RealAddress(Self.memory + 0x1_0000 - 16)
    #expect(port.storeWords(9, at: start) { UInt64($0) + 1 })
    for place: UInt64 in 0..<9 {
      #expect(port.loadWord(RealAddress(start.rawValue + place * 8)) == place + 1)
    }
    let end = Self.memory + 0x4000_0000
    for (count, address) in [
      (1, Self.memory + 4), (3, end - 16), (1, end), (0, Self.memory), (-1, Self.memory),
      (Int.max, Self.memory), (1, UInt64.max - 7),
    ] {
      #expect(!port.storeWords(count, at: RealAddress(address)) { _ in 7 })
    }
    #expect(port.loadWord(RealAddress(end - 16)) == 0 && port.loadWord(RealAddress(end - 8)) == 0)
  }
}
