import Hypervisor
import Simulation
import Sun4v

/// P10: the summary and the picture of an IOTSB of 2^22 pages, all of them valid, against a copy of
/// the table's 32 MiB.
enum InspectionRows {
  static func make() throws -> [BenchmarkRow] {
    let pages = 1 << 22
    let setup = try MachineUnderTest(windowPages: pages)
    try setup.mapEverything(frames: 1 << 16)
    let rootComplex = try setup.machine.rootComplex(setup.bus)
    guard rootComplex.table.summary().valid == pages else {
      throw BenchmarkError("inspection: not all of \(pages) entries are valid")
    }
    let view = IOTSBView(rootComplex)
    return [
      .copying(bytes: pages * 8, times: 1),
      .timed("summary", floor: "floor", operations: 1) {
        guard rootComplex.table.summary().runs > 0, !view.summary.isEmpty else {
          throw BenchmarkError("inspection: an empty summary")
        }
      },
      .timed("picture", floor: "floor", operations: 1) {
        let map = try setup.machine.map(of: setup.bus, cells: 4096)
        guard case .privateMapped = map.use(of: 0..<1) else {
          throw BenchmarkError("inspection: an empty picture")
        }
      },
    ]
  }
}
