import Hypervisor
import Simulation
import Sun4v

/// P3: the lookups of w4 through the hypervisor, as a device's access with every check, against a flat
/// table, the floor of every translation.
///
/// Every entry carries a device key, remembered translations are on, and faults are armed. The
/// addresses of the flat table are those that w4 publishes, and so is their sum; a domain's memory has
/// no such pages, so the engine's entries lead to another permutation, whose sum is checked as well.
public struct TranslationBenchmark {
  private let workload: TranslationWorkload
  private let table: FlatTable
  private let setup: MachineUnderTest

  /// Fills the tables.
  ///
  /// Throws `MachineError` where a machine cannot be built, `BenchmarkError` without memory.
  public init(_ workload: TranslationWorkload) throws {
    guard let table = FlatTable(pageCount: 1 << workload.bits) else {
      throw BenchmarkError("w4-\(workload.bits): no memory for the table")
    }
    table.fill()
    self.table = table
    self.workload = workload
    setup = try MachineUnderTest(
      windowPages: 1 << workload.bits, guests: 0,
      controlMemory: ByteSize((1 << workload.bits) << PageSize.size8K.shift))
    try setup.mapEverything(frames: 1 << UInt64(workload.bits))
  }

  /// The rows: independent lookups, and lookups of which each waits for the one before.
  public func makeRows() throws -> [BenchmarkRow] {
    let rootComplex = try setup.machine.rootComplex(setup.bus)
    let base = rootComplex.window.base.rawValue
    let physical = try setup.controlMemory.physical
    let frames = UInt64(1) << UInt64(workload.bits)
    let engineSum = workload.lookups.reduce(UInt64(0)) {
      $0 &+ physical &+ MachineUnderTest.frame(UInt64($1), of: frames) << PageSize.size8K.shift
    }
    let (table, hypervisor, bus) = (table, setup.machine.hypervisor, setup.bus)
    let device = MachineUnderTest.function
    func address(_ page: UInt64) -> DVMAAddress {
      DVMAAddress(base &+ page &<< PageSize.size8K.shift)
    }
    return [
      row("flat independent", workload.sum) { pages, _ in
        Self.sum(pages) { table.translate(Int(truncatingIfNeeded: $0)) }
      },
      row("flat dependent", workload.sum) {
        Self.sumInTurn($0, $1) { table.translate(Int(truncatingIfNeeded: $0)) }
      },
      row("series independent", floor: "flat independent", engineSum) { pages, _ in
        hypervisor.state.withAccesses(through: bus, by: device) { session in
          pages.withUnsafeBufferPointer { Self.sum($0, session, at: address) }
        } ?? 0
      },
      row("series dependent", floor: "flat dependent", engineSum) { pages, mask in
        hypervisor.state.withAccesses(through: bus, by: device) { session in
          Self.sumInTurn(pages, mask) { Self.physical(session.access(address($0), .read)) }
        } ?? 0
      },
      row("access independent", floor: "flat independent", engineSum) { pages, _ in
        Self.sum(pages) {
          Self.physical(hypervisor.access(bus, requester: device, address($0), .read))
        }
      },
      row("access dependent", floor: "flat dependent", engineSum) {
        Self.sumInTurn($0, $1) {
          Self.physical(hypervisor.access(bus, requester: device, address($0), .read))
        }
      },
    ]
  }

  /// The address that an access came to, 0 for a refused one.
  @inline(__always)
  private static func physical(_ found: Result<PhysicalRun, IOMMUFault>?) -> UInt64 {
    guard case .success(let run) = found else { return 0 }
    return run.address.rawValue
  }

  /// A row whose loop is given the lookups and a mask that is 0.
  private func row(
    _ subject: String, floor: String? = nil, _ expected: UInt64,
    _ loop: @escaping ([UInt32], UInt64) -> UInt64
  ) -> BenchmarkRow {
    let lookups = workload.lookups
    return BenchmarkRow(subject, floor: floor, operations: lookups.count) {
      let start = ThreadClock.now
      let sum = loop(lookups, start == 0 ? 1 : 0)
      let end = ThreadClock.now
      guard sum == expected else { throw BenchmarkError("\(subject): a wrong sum of addresses") }
      return end - start
    }
  }

  @inline(__always)
  private static func sum(_ pages: [UInt32], _ translate: (UInt64) -> UInt64) -> UInt64 {
    var sum: UInt64 = 0
    for page in pages { sum &+= translate(UInt64(page)) }
    return sum
  }

  /// A function of its own, so that the sum is in a register.
  @inline(__always)
  private static func sum(
    _ pages: UnsafeBufferPointer<UInt32>, _ session: borrowing AccessSession,
    at address: (UInt64) -> DVMAAddress
  ) -> UInt64 {
    var sum: UInt64 = 0
    session.accesses(pages.count, .read, at: { address(UInt64(pages[$0])) }) {
      sum &+= Self.physical($0)
    }
    return sum
  }

  /// Each lookup waits for the one before: its page depends on the answer, by the mask that is 0.
  @inline(__always)
  private static func sumInTurn(
    _ pages: [UInt32], _ mask: UInt64, _ translate: (UInt64) -> UInt64
  ) -> UInt64 {
    var sum: UInt64 = 0
    var previous: UInt64 = 0
    for page in pages {
      previous = translate(UInt64(page) ^ (previous & mask))
      sum &+= previous
    }
    return sum
  }
}
