import DMA
import Hypervisor
import Simulation
import Sun4v

/// P7: what a device reads and writes by DVA, page by page through the IOMMU, against a copy of as many
/// bytes.
enum DeviceRows {
  private static let large = 1 << 20
  private static let small = 64

  static func make() throws -> [BenchmarkRow] {
    let setup = try MachineUnderTest()
    let driver = try setup.driver(of: Machine.control)
    let port = DomainPort(setup.machine.hypervisor, Machine.control)
    let buffer = try setup.machine.allocate(Machine.control, UInt64(large))
    try driver.map(
      port, at: 0, count: UInt64(large) >> driver.pageSize.shift,
      memory: try setup.machine.buffer(buffer).base,
      attributes: IOAttributes(read: true, write: true, requester: MachineUnderTest.function))
    let target = DeviceTarget(setup, at: driver.address(of: 0))
    // Memory that nothing was written to is not there, and would be read faster than any other.
    try target.write(large, times: 1)
    return [
      .copying(bytes: large, times: 50, as: "copy 1 MiB"),
      .timed("read 1 MiB", floor: "copy 1 MiB", operations: 50) {
        try target.read(large, times: 50)
      },
      .timed("write 1 MiB", floor: "copy 1 MiB", operations: 50) {
        try target.write(large, times: 50)
      },
      .copying(bytes: small, times: 100_000, as: "copy 64"),
      .timed("read 64", floor: "copy 64", operations: 100_000) {
        try target.read(small, times: 100_000)
      },
      .timed("write 64", floor: "copy 64", operations: 100_000) {
        try target.write(small, times: 100_000)
      },
    ]
  }
}

/// A function, and the memory of its own that it reads into and writes from.
private struct DeviceTarget {
  private let setup: MachineUnderTest
  private let address: DVMAAddress
  private let bytes: DeviceBytes

  init(_ setup: MachineUnderTest, at address: DVMAAddress) {
    self.setup = setup
    self.address = address
    bytes = DeviceBytes()
  }

  func read(_ count: Int, times: Int) throws {
    let part = UnsafeMutableRawBufferPointer(rebasing: bytes.all[..<count])
    for _ in 0..<times {
      let done = setup.machine.hypervisor.deviceRead(
        setup.bus, requester: MachineUnderTest.function, address, into: part)
      guard done.bytes == count else {
        throw BenchmarkError("device: a read of \(count) bytes ended after \(done.bytes)")
      }
    }
  }

  func write(_ count: Int, times: Int) throws {
    let part = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes.all)[..<count])
    for _ in 0..<times {
      let done = setup.machine.hypervisor.deviceWrite(
        setup.bus, requester: MachineUnderTest.function, address, from: part)
      guard done.bytes == count else {
        throw BenchmarkError("device: a write of \(count) bytes ended after \(done.bytes)")
      }
    }
  }
}

/// One mebibyte that a device keeps.
private final class DeviceBytes {
  let all = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)

  init() { all.initializeMemory(as: UInt8.self, repeating: 0x5a) }

  deinit { all.deallocate() }
}
