import Simulation
import Sun4v

/// P8: a machine's boot, from its first domain's to the last guest's agreement with the control
/// domain.
///
/// Building the machine is not timed.
enum BootRows {
  /// The numbers of guests.
  static let guests = [1, 10, 100, 1_000]

  static func make() throws -> [BenchmarkRow] {
    guests.map(row) + [.copying(bytes: 1 << 20, times: 100)]
  }

  private static func row(guests: Int) -> BenchmarkRow {
    BenchmarkRow("\(guests) guests", floor: "floor", operations: 1) {
      let setup = try MachineUnderTest(
        guests: guests, guestMemory: ByteSize(16 << 20), boots: false)
      let time = try ThreadClock.time { () throws(MachineError) in try setup.machine.boot() }
      guard setup.guests.allSatisfy(setup.machine.isRunning) else {
        throw BenchmarkError("boot: not every one of \(guests) guests runs")
      }
      return time
    }
  }
}
