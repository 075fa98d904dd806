import DMA
import Simulation
import Sun4v

/// Frames of 1500 bytes through a controller: mapped, moved by descriptors and bus addresses, compared
/// byte for byte, unmapped; against a copy of as many bytes.
enum NetworkRows {
  private static let frames: UInt64 = 20_000
  private static let size: UInt64 = 1_500

  static func make() throws -> [BenchmarkRow] {
    let setup = try MachineUnderTest()
    let machine = setup.machine
    let guest = setup.guests[0]
    let device = try machine.addNetworkDevice(
      DeviceReference(rootComplex: setup.bus, function: MachineUnderTest.function))
    try machine.attachNetwork(device, to: guest, entries: 256, interrupt: nil)
    let buffer = try machine.allocate(guest, 512 << 10)
    func row(_ name: String, _ direction: DMADirection) -> BenchmarkRow {
      .timed(name, floor: "floor", operations: Int(frames)) {
        let report = try machine.networkTraffic(
          device, frames: frames, size: size, buffer: buffer, direction: direction)
        guard report.bytes == frames * size else {
          throw BenchmarkError("network: \(report.frames) frames of \(frames)")
        }
      }
    }
    return [
      row("receive", .fromDevice), row("send", .toDevice),
      .copying(bytes: Int(size), times: 100_000),
    ]
  }
}
